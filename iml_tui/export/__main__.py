"""The exporting process: `python -P -m iml_tui.export COMPETITION WORKSPACE FORM OUTPUT`.

Writes what was asked for, or says on stderr in one sentence why not and exits with 2.
"""

import sys
from pathlib import Path

from agents import api
from agents.api import Place
from agents.errors import ImlError
from iml_tui.export.bundle import archive, script_files
from iml_tui.export.notebook import notebook_text
from iml_tui.export.report import report_page
from iml_tui.export.story import Story, read_story, refuse_without_program

UNUSABLE_STATUS = 2


def main(arguments: list[str]) -> int:
    """Exports; returns the exit status."""
    competition, workspace, form, output = arguments
    place = Place(competition=Path(competition), workspace=Path(workspace))
    try:
        write(read_story(place), form, Path(output))
    except ImlError as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE_STATUS
    except OSError as error:
        sys.stderr.write(f"{error.filename or output} cannot be written: {error.strerror}.\n")
        return UNUSABLE_STATUS
    return 0


def write(story: Story, form: str, output: Path) -> None:
    """Writes one form of a run; a folder for `script`, a file for all others.

    Raises:
        WorkspaceError: no program won; the page alone tells of such a run.
    """
    if form != "html":
        refuse_without_program(story)
    match form:
        case "notebook":
            output.write_text(notebook_text(story), encoding="utf-8")
        case "html":
            output.write_text(_page(story), encoding="utf-8")
        case "script":
            output.mkdir(exist_ok=True)
            for name, text in script_files(story).items():
                (output / name).write_text(text, encoding="utf-8")
        case _:
            notebook = f"{story.file_name}.ipynb"
            beside = {notebook: notebook_text(story), "report.html": _page(story)}
            output.write_bytes(archive(story, beside))


def _page(story: Story) -> str:
    return report_page(story, api.hindsight(story.place))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
