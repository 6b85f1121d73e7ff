"""The end card: what happened, why, where the answers lie, what to open; also where nothing won."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents import api
from agents.journal import events as facts
from iml_tui.app import ImlApp
from iml_tui.looking_back.rounds import Past, winner
from iml_tui.widgets.card import CardPane, yours_text
from tests.iml_tui.runs import BUILDING, CARD, round_of, state_after, submitted
from tests.picture import Viewer, settled, shown
from tests.replay import replay


async def opened(pilot: Pilot[None]) -> str:
    await settled(pilot)
    app = pilot.app
    assert isinstance(app, ImlApp)
    return shown(app)


async def test_the_card_says_what_won_why_and_where_the_answers_lie(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    async with app.run_test(size=(120, 40)) as pilot:
        text = await opened(pilot)
    assert "Done  submission.csv is valid, 102 rows" in text
    assert "winner      boosting" in text
    assert "w tells more" in text
    assert "answers     ferry/pipeline/submission.csv" in text
    for key in ("o  report", "k  notebook", "s  solution", "p  predict", "i  go on"):
        assert key in text


async def test_the_command_for_new_rows_is_copied_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    place = replay("ferry", root)
    app = Viewer(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("p")
        await app.workers.wait_for_complete()
        await pilot.pause()
    card = api.state_of(place).card
    assert card is not None
    assert (place.state_dir / "clip.txt").read_text(encoding="utf-8") == card.predict_command


def test_what_time_cut_short_is_still_the_winner_where_its_answers_are_handed_in() -> None:
    cut = facts.ProposalRejected(
        track="baseline", round=1, candidate="baseline", commit="c" * 40, reason="the time was over"
    )
    later = round_of("traditional", "boosting", "parses")
    ended = facts.TrackEnded(track="baseline", state="unfinished")
    card = CARD.model_copy(update={"winner": "baseline", "members": ()})
    over = facts.RunFinished(card=card)
    begun = round_of("baseline", "baseline", "parses")
    scored = submitted()[:2]
    state = state_after([*BUILDING, *begun, *scored, *later, cut, ended, over])
    won = winner(state)
    assert won is not None
    assert won.key == "baseline/1"
    line = next(entry for entry in Past(state) if entry.key == won.key)
    assert (line.mark, line.best, line.decision[0]) == ("done", True, "handed in")


async def test_a_run_without_a_test_table_leaves_a_program(root: Path) -> None:
    app = Viewer(replay("boats", root))
    async with app.run_test(size=(120, 40)) as pilot:
        text = await opened(pilot)
    assert "a scored model, ready for new rows" in text
    assert "program     " in text
    assert "answers  " not in text


async def test_an_export_that_cannot_be_written_says_why_on_the_card(root: Path) -> None:
    app = Viewer(replay("ferry", root))
    (root / "ferry.html").write_text("mine", encoding="utf-8")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("o")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "is there already" in shown(app)
        assert app.screen.query_one(CardPane).written["html"]
    assert (root / "ferry.html").read_text(encoding="utf-8") == "mine"


def test_what_the_person_did_is_counted() -> None:
    edited = facts.UserEdited(commit="c" * 40, paths=("tracks/traditional/model.py",))
    wished = facts.InstructionGiven(gate="tell/1", words="no deep nets", directive="None.")
    back = facts.WentBack(track="traditional", to="t", commit="c")
    state = state_after([*BUILDING, edited, wished, wished, back])
    assert yours_text(state) == "1 edit of yours, 2 wishes of yours and back once"
    assert yours_text(state_after(BUILDING)) == ""


def test_nothing_is_offered_to_be_handed_on_where_only_answers_are_there() -> None:
    told = [row.plain for row in CardPane()._to_open(CARD, 80)]
    assert [row[:1] for row in told[1:]] == ["o", "k", "s", "p", "i"]
    cut = CARD.model_copy(update={"solution": None, "predict_command": None})
    assert [row.plain[:1] for row in CardPane()._to_open(cut, 80)[1:]] == ["i"]
