from pathlib import Path

from agents.api import Place
from agents.journal import events as facts
from agents.journal.choices import POLICY, Answer, as_row
from agents.journal.events import Event
from agents.journal.state import State
from iml_tui.looking_back.review import Review, answer_of, base_of, review_of, said_of, standing_of
from iml_tui.scene import Scene
from iml_tui.widgets.letter import Standing, above, beside
from tests.iml_tui.runs import BUILDING, FAULT, round_of, state_after

OPENED = facts.GateOpened(
    gate="neural-2",
    topic="proposal",
    about="net",
    question="Keep it?",
    options=("keep", "undo"),
    default="keep",
    track="neural",
    round=2,
    commit="d" * 40,
    base="c" * 40,
)
FAILED: tuple[Event, ...] = (
    *round_of("neural", "net"),
    facts.ProposalMade(track="neural", round=1, candidate="net", commit="c" * 40, program="p"),
    facts.FaultFound(track="neural", round=1, candidate="net", fault=FAULT),
    facts.ProposalRejected(
        track="neural", round=1, candidate="net", commit="c" * 40, reason="shape"
    ),
)
REPAIRED: tuple[Event, ...] = (
    *BUILDING,
    *FAILED,
    facts.RoundStarted(track="neural", round=2, candidate="net", what="net: take it apart"),
    OPENED,
)


def taken(answer: Answer, by: str = "you", *, refused: bool = False) -> Event:
    return facts.DecisionTaken(
        gate="neural-2", choice=as_row(answer), by=by, outcome="So it is.", refused=refused
    )


def review(state: State) -> Review:
    moment = state.moment("neural/2")
    assert moment is not None
    return review_of(state, moment)


def test_a_repair_is_told_with_its_fault_its_reason_and_what_it_changes() -> None:
    state = state_after(REPAIRED)
    told = review(state)
    assert (told.mended, told.reason, told.is_open) == (FAULT, "take it apart", True)
    assert base_of(state, told.moment) == "c" * 40


def test_what_was_measured_is_told_beside_the_fault_which_is_told_once() -> None:
    stands = "On fold 1 of 5: accuracy 0.8031, row by row 0.0021 ±0.0019 behind linear."
    measured = f"It mends {FAULT.kind} in preprocess.py of round 1. {stands}"
    opened = OPENED.model_copy(update={"measured": measured})
    told = review(state_after((*REPAIRED[:-1], opened)))
    for notes in (
        above(told, Standing(), 100, small=False),
        beside(told, Standing(), "", 40, whole=False),
    ):
        letter = " ".join(" ".join(note.content.plain for note in notes).split())
        assert stands in letter
        assert letter.count(FAULT.kind) == 1


def test_a_repair_that_never_met_data_is_compared_with_what_it_repairs() -> None:
    state = state_after(REPAIRED[:-1])
    told = review(state)
    assert (told.mended, told.gate, told.is_open) == (FAULT, None, False)
    assert base_of(state, told.moment) == "c" * 40


def test_an_answer_is_whole_only_when_every_change_is_chosen() -> None:
    assert answer_of({1: "keep"}, [1, 2]) is None
    assert answer_of({}, []) is None
    assert answer_of({1: "keep", 2: "keep"}, [1, 2]) == Answer(option="keep")
    assert answer_of({1: "undo", 2: "undo"}, [1, 2]) == Answer(option="undo")
    assert answer_of({1: "undo", 2: "keep", 3: "keep"}, [1, 2, 3]) == Answer(
        option="keep", hunks=(2, 3)
    )


def test_what_is_chosen_is_never_told_as_given_and_the_journal_outweighs_it() -> None:
    told = review(state_after(REPAIRED))
    part = Answer(option="keep", hunks=(2,))
    assert standing_of(told, 1, {}, None) == "to look at"
    assert standing_of(told, 1, {1: "undo"}, None) == "undo"
    assert standing_of(told, 1, {1: "keep"}, part) == "undo given"
    decided = review(state_after((*REPAIRED, taken(part))))
    assert standing_of(decided, 1, {1: "keep"}, None) == "undone"
    assert standing_of(decided, 2, {2: "undo"}, None) == "kept"
    assert said_of(decided, {1: "keep"}, [1, 2], None) == "So it is."
    assert not decided.is_open


def test_a_policys_answer_can_still_be_outweighed() -> None:
    told = review(state_after((*REPAIRED, taken(Answer(option="keep"), by=POLICY))))
    assert told.is_open
    assert standing_of(told, 1, {}, None) == "kept"
    assert standing_of(told, 1, {1: "undo"}, None) == "undo"
    assert "outweighs" in said_of(told, {}, [1], None)


def test_a_round_that_ended_otherwise_asks_for_nothing() -> None:
    ended = facts.ProposalRejected(
        track="neural", round=2, candidate="net", commit="d" * 40, reason="no better"
    )
    told = review(state_after((*REPAIRED, ended)))
    assert not told.is_open
    assert standing_of(told, 1, {1: "keep"}, None) == "not kept"
    assert "no better" in said_of(told, {}, [1], None)


def test_in_ask_mode_a_track_waits_in_the_other_modes_none_does() -> None:
    for mode, word in (("ask", "waits for you"), ("review", "to look at")):
        changed = facts.SettingsChanged(settings={"mode": mode}, changed=("mode",))
        told = review(state_after((*REPAIRED, changed)))
        assert standing_of(told, 1, {}, None) == word
        assert mode in said_of(told, {}, [1], None)


def test_what_waits_for_an_answer_stays_in_view_whatever_is_written_meanwhile() -> None:
    asked = facts.SettingsChanged(settings={"mode": "ask"}, changed=("mode",))
    later = (*REPAIRED, *round_of("traditional", "linear", "sample"))
    place = Place(competition=Path("ferry"), workspace=Path("ferry/pipeline"))
    for events, key in (
        (later, "traditional/1"),
        ((*later, asked), "neural/2"),
        ((*later, asked, taken(Answer(option="keep"))), "traditional/1"),
    ):
        moment = Scene(place, state_after(events)).moment
        assert moment is not None
        assert moment.key == key


def test_the_persons_words_are_told_with_the_round_that_answers_them() -> None:
    undone = facts.ProposalRejected(
        track="neural",
        round=2,
        candidate="net",
        commit="d" * 40,
        reason="undone (the number is random) by you",
    )
    again = facts.RoundStarted(track="neural", round=3, candidate="net", what="net: left out")
    state = state_after((*REPAIRED, undone, again))
    moment = state.moment("neural/3")
    assert moment is not None
    told = review_of(state, moment)
    assert (told.wish, told.mended, told.reason) == ("the number is random", None, "left out")
