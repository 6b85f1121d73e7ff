"""What every test may rely on: nothing of the person or machine that runs them leaks in."""

import gc
import os
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"
"""Before anything reads it, and for what tests start: several tests run side by side, and threads
of libraries would wait for each other longer than such small data are worth."""


def pytest_collection_finish() -> None:
    """Leaves what is loaded out of every search for garbage, and searches less often.

    The screen makes and drops so much that a tenth of the time of its tests went into looking
    through modules and collected tests, which stay to the end.
    """
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(autouse=True)
def no_settings_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Takes away `IML_…` variables, the user's own configuration, list of runs, and models."""
    for name in os.environ:
        if name.startswith("IML_"):
            monkeypatch.delenv(name)
    for name in ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(_empty(tmp_path_factory)))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(_empty(tmp_path_factory)))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def _empty(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / "no-configuration"
    folder.mkdir(exist_ok=True)
    return folder
