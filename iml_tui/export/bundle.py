"""The winner as a folder that stands alone, and everything together as one archive.

The archive holds the workspace's tracked files, so neither data nor models nor `.iml` are in it.
"""

import io
import zipfile

from agents import api
from iml_tui.export.requirements import requirements_text
from iml_tui.export.story import Story, repeats_line, score_lines, time_limit

STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every file in an archive, so that the same run gives the same bytes."""


def script_files(story: Story) -> dict[str, str]:
    """The program, what it needs, and how it is used."""
    return {
        "solution.py": story.solution,
        "requirements.txt": requirements_text(story.solution, story.added),
        "README.md": _readme(story),
    }


def archive(story: Story, beside: dict[str, str]) -> bytes:
    """A zip of the tracked files, the program's folder, and what else was made.

    Args:
        story: The run.
        beside: More files by name, such as the notebook and the report.
    """
    tip = api.resolve_revision(story.place, "main")
    files = {f"workspace/{path}": text for path, text in api.read_files(story.place, tip).items()}
    files |= {f"solution/{name}": text for name, text in script_files(story).items()}
    submission = story.place.workspace / (story.card.submission or "submission.csv")
    if story.card.submission is not None and submission.is_file():
        files["submission.csv"] = submission.read_text(encoding="utf-8")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in sorted({**files, **beside}.items()):
            entry = zipfile.ZipInfo(f"{story.file_name}/{name}", STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, text.encode())
    return made.getvalue()


def _readme(story: Story) -> str:
    lines = [
        f"# {story.name}: {story.card.winner}",
        "",
        *score_lines(story),
        f"Everything random is drawn from seed {story.settings_seed}.",
        repeats_line(story),
        "",
        "```",
        "pip install -r requirements.txt",
        f"python solution.py run --data DATA --output submission.csv{time_limit(story)}",
        "```",
        "",
        "`DATA` is the competition's folder. `fit` and `predict` do the two halves apart:",
        "",
        "```",
        f"python solution.py fit --data DATA --model model{time_limit(story)}",
        "python solution.py predict --data NEW_DATA --model model --output answers.csv",
        "```",
    ]
    return "\n".join(lines) + "\n"
