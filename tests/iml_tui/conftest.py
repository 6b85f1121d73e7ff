"""What tests of the screen and the command line share."""

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in: paths on the screen are short and the same everywhere."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
