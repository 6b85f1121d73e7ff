from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.api import Connection, Place, read_commit, read_files, state_of
from agents.journal.choices import Answer
from agents.journal.events import GateOpened
from agents.journal.store import Journal
from agents.lock import EngineLock
from iml_tui.app import ImlApp
from iml_tui.screens.say_why import SayWhy
from iml_tui.widgets.code import CodePane
from tests.picture import Viewer, press, settled, shown
from tests.replay import replay

GATE = "traditional-4"
TO_THE_REPAIR = ("4", "left_square_bracket")
SIZE = (120, 36)


@pytest.fixture
def repaired(root: Path) -> Iterator[Place]:
    """A run whose fourth round repaired a fault by three changes; an engine holds the lock."""
    place = replay("repair", root)
    lock = EngineLock(place.state_dir)
    assert lock.take()
    yield place
    lock.release()


def code_of(app: ImlApp) -> CodePane:
    return app.bench.query_one(CodePane)


def given(place: Place, gate: str = GATE) -> Answer | None:
    """What lies in the journal as the answer to a proposal, the repair by default."""
    connection = Connection(place)
    try:
        return connection.given(gate)
    finally:
        connection.close()


async def answered(pilot: Pilot[None], place: Place) -> Answer:
    """The answer, as soon as it lies in the journal."""
    for _ in range(100):
        await pilot.pause(0.02)
        found = given(place)
        if found is not None:
            return found
    raise TimeoutError


# --- judging a repair -----------------------------------------------------------------------------


async def test_a_repair_is_shown_with_its_fault_its_reason_and_its_changes(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR)
    assert "4 Code  traditional, round 4" in text
    assert "change 1 of 3" in text
    assert "contract usage" in text
    assert "The labels are called y_train" in text
    assert "to look at" in text
    assert "y keep" in text


async def test_where_there_is_room_the_letter_stands_beside_the_code(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "plus")
    lines = text.splitlines()
    assert any("model.py" in line and "Fault" in line for line in lines)
    assert any("Without an answer it stays: review mode." in line for line in lines)
    assert "j k next, previous change" in lines[-1]


async def test_nothing_is_given_until_every_change_is_chosen(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "plus", "y")
        assert "keep, not given yet" in text
        assert "1 of 3 chosen, not given yet" in text
        assert "change 2 of 3" in text
        text = await press(pilot, "u")
        assert "undo, not given yet" in text
        assert given(repaired) is None
        assert code_of(app).answers.ungiven == (GATE,)
        await pilot.press("y")
        assert await answered(pilot, repaired) == Answer(option="keep", hunks=(1, 3))
        text = await press(pilot, "k")
    assert "undo, given" in text
    assert "the engine has not taken it up yet" in " ".join(text.split())


async def test_a_choice_is_kept_while_other_rounds_are_looked_at(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "u", "left_square_bracket")
        text = await press(pilot, "right_square_bracket")
    assert "1 of 3 chosen, not given yet" in text
    assert given(repaired) is None


async def test_leaving_says_once_that_a_choice_is_not_given(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "u", "q")
        assert f"What you chose of {GATE} is not given yet" in text
        assert app.is_running
        await pilot.press("q")
    assert app.closing_words


async def test_the_same_key_takes_a_choice_back(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "u", "k")
        text = await press(pilot, "u")
        assert "not given yet" not in text
        assert code_of(app).answers.draft(GATE) == {}


async def test_capitals_answer_for_all_that_is_left(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "u")
        await pilot.press("Y")
        assert await answered(pilot, repaired) == Answer(option="keep", hunks=(2, 3))


async def test_undo_all_undoes_what_was_chosen_to_be_kept_too(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "y")
        await pilot.press("U")
        assert await answered(pilot, repaired) == Answer(option="undo")


@pytest.mark.parametrize("zoomed", [True, False])
async def test_undo_and_say_why_sends_the_words(repaired: Place, zoomed: bool) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, *(("plus",) if zoomed else ()), "r")
        assert isinstance(app.screen, SayWhy)
        await pilot.press("enter")
        assert "Write some words" in shown(app)
        await pilot.press(*"no [/] deck")
        assert "no [/] deck" in shown(app)
        await pilot.press("enter")
        assert await answered(pilot, repaired) == Answer(option="undo", why="no [/] deck")


async def test_leaving_the_question_why_undoes_nothing(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "r", "a", "escape")
        assert not isinstance(app.screen, SayWhy)
        assert given(repaired) is None
        assert "to look at" in shown(app)


async def test_an_answer_given_elsewhere_first_counts_and_is_shown(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR)
        connection = Connection(repaired)
        connection.answer(state_of(repaired), GATE, Answer(option="keep"), "somebody")
        connection.close()
        await pilot.press("U")
        for _ in range(100):
            await pilot.pause(0.02)
            if "answered already" in shown(app):
                break
        assert "the first answer counts" in " ".join(shown(app).split())
        assert given(repaired) == Answer(option="keep")


async def test_an_answer_that_lies_there_untaken_is_shown_as_given(repaired: Place) -> None:
    connection = Connection(repaired)
    connection.answer(state_of(repaired), GATE, Answer(option="undo"), "somebody")
    connection.close()
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "y")
    assert "undo, given" in text
    assert "y keep" not in text


async def test_a_click_takes_the_keys_of_the_letter(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "plus")
        lines = text.splitlines()
        y = next(at for at, line in enumerate(lines) if "undo all" in line)
        await pilot.click(offset=(lines[y].index("undo all"), y))
        assert await answered(pilot, repaired) == Answer(option="undo")


# --- looking at code ------------------------------------------------------------------------------


async def test_the_faults_place_is_shown_as_it_was_and_marked(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "enter")
        assert "traditional, before round 4" in text
        assert "y keep" not in text
        marked = next(line for line in text.splitlines() if "▎" in line)
        assert code_of(app).place is not None
        assert str(code_of(app).place) in marked
        text = await press(pilot, "escape")
        assert "change 1 of 3" in text


async def test_other_panes_lead_to_a_line(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        code_of(app).show_place("solution.py", 120)
        await settled(pilot)
        lines = [line for line in shown(app).splitlines() if "▎" in line]
        assert any(" 120 " in f"{line} " for line in lines)


async def test_all_files_of_the_moment_can_be_opened(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "plus", "f")
        for name in ("tracks/", "traditional/", "baseline/", "task.json", "blueprint.md"):
            assert name in text
        commit = code_of(app).sources
        assert commit is not None
        files = read_files(repaired, commit.commit)
        names = [leaf.path for leaf in code_of(app).leaves if leaf.path]
        steps = names.index("profile.md") - names.index("tracks/traditional/model.py")
        await pilot.press(*["down"] * steps)
        assert files["profile.md"].splitlines()[0] in await press(pilot, "enter")
        assert "tracks/" not in await press(pilot, "escape")


async def test_in_a_narrow_terminal_the_files_take_the_place_of_the_code(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "f")
        assert "task.json" in text
        assert "self.model" not in text
        assert "…" not in next(row for row in text.splitlines() if "task.json" in row)
        text = await press(pilot, "enter")
        assert "task.json" not in text
        assert "Logistic regression." in text


async def test_old_stands_beside_new_where_both_fit_and_by_a_key_everywhere(
    repaired: Place,
) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR)
        assert not any(line.count("SETTINGS") == 2 for line in text.splitlines())
        text = await press(pilot, "t")
        assert any(line.count("SETTINGS = {") == 2 for line in text.splitlines())
        await pilot.resize_terminal(120, 36)  # as it was wanted, it would be cut in halves
        text = await press(pilot)
        assert not any(line.count("SETTINGS = {") == 2 for line in text.splitlines())
        await pilot.resize_terminal(200, 50)
        text = await press(pilot, "t", "plus")
        assert not any(line.count("SETTINGS = {") == 2 for line in text.splitlines())
        code_of(app).sides = "auto"
        code_of(app).rebuild()
        await pilot.pause()
        assert any(line.count("SETTINGS = {") == 2 for line in shown(app).splitlines())


async def test_long_lines_scroll_sideways_or_are_wrapped(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "j", "j")
        assert "columns=names)" not in text
        text = await press(pilot, "right", "right", "right")
        assert "columns=names)" in text
        text = await press(pilot, "left", "left", "left")
        assert "names)" not in text
        assert "names)" in await press(pilot, "w")


async def test_a_line_is_gone_to_by_its_number(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "4", "L")
        await pilot.press(*"300", "enter")
        await settled(pilot)
        lines = [line for line in shown(app).splitlines() if "▎" in line]
        assert any(" 300 " in f"{line} " for line in lines)


async def test_a_search_goes_through_the_changes(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR, "slash")
        await pilot.press(*"predict_proba", "enter")
        await settled(pilot)
        found = code_of(app).found
        assert found is not None
        assert found.total == 2
        assert "predict_proba" in shown(app)


async def test_what_was_never_written_down_is_said_to_be_so(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.bench.selected = "traditional/2"
        await press(pilot, "4")
        text = shown(app)
    assert "The name 'DECKS' is not defined." in text
    assert "This round ended before its code was written down." in text


async def test_a_rejected_proposal_can_be_looked_at(repaired: Place) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        text = await press(pilot, *TO_THE_REPAIR, "left_square_bracket")
        assert "traditional, round 3" in text
        assert "contract usage" in text
        assert "SETTINGS" in await press(pilot, "l")


@pytest.mark.parametrize("size", [(200, 50), (120, 36), (80, 24), (40, 10), (20, 6)])
async def test_every_key_is_harmless_at_every_size(repaired: Place, size: tuple[int, int]) -> None:
    app = Viewer(repaired)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, *TO_THE_REPAIR)
        await pilot.press(*"jkdtwfjjfhlhld", "enter", "escape", "end", "home", "space", "right")
        await pilot.press("f", "enter", "pagedown", "pageup", "f", "down", "up", "escape")
        await settled(pilot)
        assert app.return_code is None


# --- a whole draft --------------------------------------------------------------------------------


async def test_a_draft_is_read_as_files_and_judged_as_a_whole(root: Path) -> None:
    place = replay("ferry", root)
    moment = next(one for one in state_of(place).moments if one.key == "traditional/1")
    assert moment.proposal is not None
    journal = Journal(place.state_dir)
    journal.append(
        GateOpened(
            gate="traditional-1",
            topic="proposal",
            about=moment.candidate,
            question="Keep it?",
            options=("keep", "undo"),
            default="keep",
            track="traditional",
            round=1,
            commit=moment.proposal,
            base=read_commit(place, moment.proposal).parents[0],
        )
    )
    journal.close()
    app = Viewer(place)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.bench.selected = "traditional/1"
        text = await press(pilot, "4", "plus")
        assert "preprocess.py   model.py" in text
        assert "undo and say why" in text
        assert "this change" not in text
        await pilot.press("u")
        for _ in range(100):
            await pilot.pause(0.02)
            if given(place, "traditional-1") is not None:
                break
        assert given(place, "traditional-1") == Answer(option="undo")
