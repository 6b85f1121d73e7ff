"""What wants the person's eye is counted and called by what it is."""

from pathlib import Path

from agents.api import Place
from agents.journal import events as facts
from agents.journal.events import Event
from iml_tui.scene import Scene
from iml_tui.words.sentence import looking_back, sentence
from iml_tui.words.waiting import left_open, waiting
from tests.iml_tui import runs

ROUND = {"track": "traditional", "candidate": "sums"}


def proposed(number: int, *, base: str = "m" * 40) -> tuple[Event, ...]:
    """A round of a model whose program is shown; `base` is what it changes."""
    return (
        facts.RoundStarted(round=number, what="sums", **ROUND),
        facts.ProposalMade(round=number, commit=f"{number}" * 40, program=f"p{number}", **ROUND),
        facts.GateOpened(
            gate=f"traditional-{number}",
            topic="proposal",
            about="sums",
            question=f"Keep round {number} of traditional?",
            options=("keep", "undo"),
            default="keep",
            track="traditional",
            round=number,
            base=base,
        ),
    )


DRAFT = proposed(1)
FAILED = (
    facts.FaultFound(round=1, fault=runs.FAULT, **ROUND),
    facts.ProposalRejected(round=1, commit="1" * 40, reason="failed", **ROUND),
)
REPAIR = proposed(2, base="1" * 40)
CHANGE = proposed(3, base="2" * 40)
OWN_WORDS = facts.GateOpened(
    gate="instruction-1",
    topic="instruction",
    about="no deep nets",
    question="There are none; drop it?",
    options=("drop", "insist"),
    default="drop",
)


def test_a_first_draft_is_no_repair_and_what_changes_a_valid_program_is_neither() -> None:
    state = runs.state_after((*runs.BUILDING, *DRAFT))
    assert waiting(state)[0] == "1 draft to look at"
    state = runs.state_after((*runs.BUILDING, *DRAFT, *FAILED, *REPAIR))
    assert waiting(state)[0] == "1 repair to look at"
    state = runs.state_after((*runs.BUILDING, *DRAFT, *FAILED, *REPAIR, *CHANGE, *proposed(4)))
    assert waiting(state)[0] == "1 repair, 1 draft, 1 change to look at"
    assert left_open(state).startswith("1 repair, 1 draft, 1 change are yours to look at;")


def test_what_waits_at_the_end_is_said_in_words_and_not_by_the_name_of_its_gate() -> None:
    state = runs.state_after((*runs.BUILDING, OWN_WORDS, facts.RunFinished(card=runs.CARD)))
    said = sentence(state, alive=False)
    assert said.endswith("The question about your words waits for your answer.")


def test_who_looks_at_a_round_that_waits_for_them_is_told_so() -> None:
    asking = facts.SettingsChanged(settings={"mode": "ask"}, changed=("mode",))
    state = runs.state_after((*runs.BUILDING, asking, *DRAFT, *proposed(2)))
    scene = Scene(
        Place(competition=Path("/data"), workspace=Path("/data/pipeline")), state, active=90.0
    )
    later = looking_back(scene.looking_at("traditional/2"), 200)
    assert later.startswith("Looking at traditional 2, ")
    assert later.endswith(" ago, which waits for your answer.")
    review = runs.state_after((*runs.BUILDING, *DRAFT, *proposed(2)))
    older = Scene(scene.place, review, active=90.0).looking_at("traditional/1")
    assert looking_back(older, 200).endswith("Looking changes nothing; the run goes on.")
