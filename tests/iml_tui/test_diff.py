import subprocess
from pathlib import Path

from iml_tui.diff import parse

BEFORE = "import os\n\n\ndef fit(self):\n    a = 1\n    b = 2\n    return a\n"
AFTER = "import os\n\n\ndef fit(self):\n    a = 1\n    b = 3\n    c = '--- x'\n    return a\n"


def diff_of(tmp_path: Path) -> str:
    old, new = tmp_path / "a", tmp_path / "b"
    for folder, text in ((old, BEFORE), (new, AFTER)):
        folder.mkdir()
        (folder / "model.py").write_text(text, encoding="utf-8")
    (new / "added.py").write_text("x = 1\n", encoding="utf-8")
    command = ["git", "diff", "--no-index", "--no-color", "a", "b"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout


def test_every_line_knows_its_number_on_both_sides(tmp_path: Path) -> None:
    changed = next(file for file in parse(diff_of(tmp_path)) if file.name == "model.py")
    lines = [line for line in changed.hunks[0].lines if line.kind != "same"]
    assert [(line.kind, line.old, line.new, line.text) for line in lines] == [
        ("removed", 6, None, "    b = 2"),
        ("added", None, 6, "    b = 3"),
        ("added", None, 7, "    c = '--- x'"),
    ]
    assert changed.counts() == (2, 1)
    assert changed.hunks[0].span == "lines 3 to 8"


def test_a_new_file_is_told_from_a_changed_one(tmp_path: Path) -> None:
    files = {file.name: file.is_new for file in parse(diff_of(tmp_path))}
    assert files == {"model.py": False, "added.py": True}


def test_what_is_no_diff_gives_nothing() -> None:
    assert parse("") == []
    assert parse("hello\n+ world\n@@ nonsense") == []
