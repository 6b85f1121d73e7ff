from pathlib import Path

from agents.api import Place
from agents.journal import events as facts
from agents.journal.events import Event
from agents.models import Fault
from iml_tui.scene import Scene
from iml_tui.widgets.problems import problem_rows, problems
from tests.iml_tui import runs

PLACE = Place(competition=Path("/data/ferry"), workspace=Path("/data/ferry/pipeline"))


def failed(track: str, number: int, fault: Fault = runs.FAULT) -> tuple[Event, ...]:
    return (
        facts.RoundStarted(track=track, round=number, candidate="linear", what="repair"),
        facts.FaultFound(track=track, round=number, candidate="linear", fault=fault),
        facts.ProposalRejected(
            track=track, round=number, candidate="linear", commit=None, reason="it fails"
        ),
    )


def mended(track: str, number: int) -> tuple[Event, ...]:
    return (*runs.round_of(track, "linear", number=number), scored(track, number))


def scored(track: str, number: int) -> Event:
    return facts.CandidateScored(
        track=track, round=number, candidate="linear", program="p", score=runs.score()
    )


PATH = Fault(kind="path", component="model.py", message="FileNotFoundError: [x]", line=3)
RUN = (
    *runs.BUILDING,
    *failed("traditional", 1),
    *mended("traditional", 2),
    *failed("traditional", 3),
    *failed("traditional", 4, PATH),
    *failed("baseline", 1),
)


def test_a_fault_is_mended_by_the_next_round_of_its_plan_that_got_a_score() -> None:
    told = {one.moment.key: one for one in problems(runs.state_after(RUN))}
    by = told["traditional/1"].by
    assert (told["traditional/1"].outcome, by and by.round) == ("mended", 2)
    assert told["traditional/3"].outcome == "open"


def test_a_fault_of_a_track_that_is_over_was_given_up() -> None:
    over = (*RUN, facts.TrackEnded(track="baseline", state="failed"))
    told = {one.moment.key: one.outcome for one in problems(runs.state_after(over))}
    assert told["baseline/1"] == "given up"


def test_open_faults_come_first_by_class_and_place() -> None:
    scene = Scene(place=PLACE, state=runs.state_after(RUN))
    told = problem_rows(scene, 100)
    assert [row.key for row in told] == [
        None,
        "traditional/4",
        None,
        "traditional/3",
        "baseline/1",
        None,
        "traditional/1",
    ]
    assert "path" in told[0].content.plain
    assert "model.py:3" in told[1].content.plain
    assert "FileNotFoundError: [x]" in told[1].content.plain
    assert "by round 2" in told[6].content.plain


def test_what_does_not_fit_is_said_whole_of_the_marked_one() -> None:
    long = Fault(kind="path", component="model.py", message="OSError: " + "word " * 40 + "end")
    state = runs.state_after((*runs.BUILDING, *failed("baseline", 1, long)))
    for width in (38, 78, 110):
        told = problem_rows(Scene(place=PLACE, state=state), width, 0)
        assert all(row.content.cell_length <= width for row in told)
        assert told[-1].content.plain.rstrip().endswith("end")
