"""The past of a run is the same whoever reads it: this process, another one, or both."""

import os
import signal
from pathlib import Path

import pytest

from agents.api import state_of
from iml_tui.log.hearing import Hearing
from iml_tui.past import Forerunner, Past, read_past
from tests.replay import replay


def heard_of(past: Past) -> list[Hearing]:
    """All that the log hears of it."""
    heard = []
    while (part := past.heard()) is not None:
        heard += [one for one in part if not one.is_empty]
    return heard


@pytest.mark.parametrize("dies", ["never", "at once", "on the way"])
def test_a_process_of_its_own_tells_what_this_one_would_whenever_it_dies(
    tmp_path: Path, dies: str
) -> None:
    place = replay("boats", tmp_path)
    ahead = Forerunner(place)
    if dies == "at once":
        os.kill(ahead.process, signal.SIGKILL)
    past = ahead.past()
    assert past.state == state_of(place)
    if dies == "on the way":
        os.kill(ahead.process, signal.SIGKILL)
    heard = heard_of(past)
    assert heard == heard_of(read_past(place))
    assert any(one.sentence for one in heard)
    with pytest.raises(ChildProcessError):  # nothing of it is left
        os.waitpid(ahead.process, os.WNOHANG)


def test_where_nothing_ran_yet_there_is_no_past(tmp_path: Path) -> None:
    place = replay("boats", tmp_path)
    (place.state_dir / "journal.db").unlink()
    assert Forerunner.of(place) is None
