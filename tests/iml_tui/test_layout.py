import pytest

from agents.journal import events as facts
from iml_tui.layout import Breadth, View, arrange, breadth_of, natural_view
from tests.iml_tui import runs


@pytest.mark.parametrize(
    ("size", "breadth"),
    [
        ((40, 10), "tiny"),
        ((59, 50), "tiny"),
        ((80, 13), "tiny"),
        ((80, 24), "narrow"),
        ((200, 24), "narrow"),
        ((116, 30), "medium"),
        ((179, 50), "medium"),
        ((180, 50), "wide"),
    ],
)
def test_four_sizes(size: tuple[int, int], breadth: Breadth) -> None:
    assert breadth_of(*size) == breadth


def test_a_narrow_terminal_shows_one_pane_and_the_last_line_of_the_log() -> None:
    for view in ("tracks", "data", "blueprint", "code", "history", "card"):
        place = arrange("narrow", view, "code")
        assert place.shown == (view,)
        assert place.last_line
    assert not arrange("narrow", "log", "code").last_line
    assert not arrange("tiny", "code", "code").last_line


def test_a_medium_terminal_has_a_sidebar_and_code_over_log() -> None:
    place = arrange("medium", "code", "code")
    assert place.shown == ("tracks", "history", "code", "log")


def test_data_and_history_take_the_whole_of_a_medium_terminal() -> None:
    for view in ("data", "history"):
        assert arrange("medium", view, "data").shown == (view,)
    first = arrange("medium", "data", "data", chosen=False)
    assert first.shown == ("tracks", "history", "data", "log")


def test_a_wide_terminal_shows_log_and_blueprint_below() -> None:
    place = arrange("wide", "data", "data")
    assert place.shown == ("tracks", "history", "data", "log", "blueprint")


@pytest.mark.parametrize("breadth", ["narrow", "medium", "wide"])
@pytest.mark.parametrize("view", ["tracks", "data", "blueprint", "code", "log", "history", "card"])
@pytest.mark.parametrize("main", ["data", "blueprint", "code", "card"])
def test_what_is_looked_at_is_always_shown_and_zoom_shows_it_alone(
    breadth: Breadth, view: View, main: View
) -> None:
    main = view if view in {"data", "blueprint", "code", "card"} else main
    assert view in arrange(breadth, view, main).shown
    assert arrange(breadth, view, main, zoomed=True).shown == (view,)


def test_unless_somebody_chooses_data_then_code_then_the_card_is_shown() -> None:
    proposed = (*runs.BUILDING, *runs.round_of("baseline", "baseline", "parses"))
    done = (*proposed, facts.RunFinished(card=runs.CARD))
    assert natural_view(runs.state_after(runs.STARTED), "medium") == "data"
    assert natural_view(runs.state_after(proposed), "medium") == "code"
    assert natural_view(runs.state_after(proposed), "narrow") == "tracks"
    assert natural_view(runs.state_after(done), "tiny") == "card"
