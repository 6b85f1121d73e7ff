"""What a stranger may get wrong at the command line: one sentence, exit 2, nothing written.

The sentences about data are tested where the data is read (`tests/competition/stating/`); here
it is shown that they reach the terminal, and that folders stay as they were.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.builders import write_competition

UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Lets root meet the permissions that everybody else meets."""


def iml_tui(
    *words: str, prefix: tuple[str, ...] = (), **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*prefix, sys.executable, "-P", "-m", "iml_tui.cli", *words],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )


def content(folder: Path) -> dict[str, str]:
    """Digests of all files below a folder, and its sub-folders, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


def refused(folder: Path, *options: str, prefix: tuple[str, ...] = (), **environment: str) -> str:
    """The sentence with which a run is refused; that it is one, and that nothing was written."""
    before = content(folder)
    said = iml_tui("run", str(folder), "--headless", *options, prefix=prefix, **environment)
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith("iml-tui: ")
    assert said.stderr.endswith((".\n", "?\n"))
    assert said.stderr.count("\n") == 1
    assert content(folder) == before
    return said.stderr


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    return write_competition(tmp_path / "plants", "multiclass", rows=60)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--target", ""], "target = '' from the command line cannot be used: say a name"),
        (["--target", " ,"], "say a name"),
        (["--id", ""], "say a name"),
        (["--metric", " "], "say a name"),
        (["--time-limit", "soon"], "'--time-limit': 'soon' is no time: write 300, 90s, 5m"),
        (["--time-limit", "5"], "time_limit = 5.0 from the command line cannot be used: say a"),
        (["--seed", "-1"], "say a number of at least 0"),
        (["--seed", "x"], "'--seed'"),
        (["--cores", "0"], "say a number of at least 1"),
        (["--aggregation", "magic"], "say one of 'greedy', 'best'"),
        (["--colour"], "--colour"),
        (["--workspace"], "--workspace"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(
    plants: Path, options: list[str], sentence: str
) -> None:
    assert sentence in refused(plants, *options)


def test_an_empty_variable_of_the_environment_counts_as_not_set(plants: Path) -> None:
    assert "say a number of at least 1" in refused(plants, "--cores", "0", IML_TARGET="")


def test_a_workspace_that_is_a_file_or_lies_in_one_is_refused(plants: Path) -> None:
    table = plants / "train.csv"
    remedy = "train.csv is a file: name an empty or new folder with --workspace."
    assert remedy in refused(plants, "--workspace", str(table))
    assert remedy in refused(plants, "--workspace", str(table / "below"))
    (plants / "pipeline").write_text("mine", encoding="utf-8")
    assert "pipeline is a file" in refused(plants)


@pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere"
)
def test_a_workspace_that_cannot_be_written_to_is_refused_at_once(
    plants: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    prefix = tuple(UNPRIVILEGED) if os.geteuid() == 0 else ()

    sentence = refused(plants, "--workspace", str(locked / "new"), prefix=prefix)

    assert f"{locked} cannot be written to: name an empty or new folder" in sentence


def test_a_machine_without_git_is_told_to_install_it(plants: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert "git is not installed: install it" in refused(plants, PATH=str(tmp_path / "nothing"))


def test_a_name_that_no_candidate_has_is_refused_before_the_data_is_read(plants: Path) -> None:
    assert "'linaer' (did you mean linear?)" in refused(plants, "--only", "linaer")


@pytest.mark.slow
def test_somebody_elses_repository_stays_as_it_is(plants: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run(["git", "init", "--quiet", str(theirs)], check=True)
    (theirs / "notes.md").write_text("mine", encoding="utf-8")
    before = content(theirs)

    sentence = refused(plants, "--workspace", str(theirs))

    assert "is another repository: name an empty or new folder" in sentence
    assert content(theirs) == before


@pytest.mark.slow
def test_a_zip_that_climbs_out_is_refused_and_nothing_is_unpacked(plants: Path) -> None:
    with zipfile.ZipFile(plants / "train.zip", "w") as archive:
        archive.write(plants / "train.csv", "../../train.csv")
    (plants / "train.csv").unlink()

    assert "'../../train.csv', a name that leads out" in refused(plants)
    assert not (plants.parent / "train.csv").exists()


@pytest.mark.slow
def test_a_table_that_was_cut_off_is_named_with_its_last_line(plants: Path) -> None:
    table = plants / "train.csv"
    table.write_bytes(table.read_bytes()[:-12])

    assert "train.csv seems cut off: its last line, 61," in refused(plants)
