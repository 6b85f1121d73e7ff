import os
from pathlib import Path

import pytest

from agents.workspace.repository import Repository
from tests.workspace.support import WHEN


@pytest.fixture(autouse=True)
def _no_configuration_of_the_developer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "wörk 'space" / "pipeline"


@pytest.fixture
def repository(workspace: Path) -> Repository:
    repository = Repository(workspace)
    repository.scaffold("Spaceship", WHEN)
    return repository
