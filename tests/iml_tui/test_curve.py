from iml_tui.curve import Series, plot

BEST = Series("best", ((0.0, 0.5), (10.0, 0.75)), "$good")
BASE = Series("baseline", ((0.0, 0.5),), "$dim")


def test_the_best_rises_at_its_time_and_is_named_at_its_end() -> None:
    lines = [line.plain for line in plot([BEST, BASE], 20.0, 60, 10)]
    assert len(lines) == 10
    assert "best 0.7500" in lines[0] + lines[1]
    assert "baseline 0.5000" in lines[6] + lines[7]
    assert lines[-1].split() == ["0:00", "0:20"]


def test_a_flat_curve_and_one_point_are_no_trouble() -> None:
    for points in (((0.0, 0.0),), ((0.0, 3.0), (5.0, 3.0))):
        assert plot([Series("best", points, "$good")], 5.0, 60, 8)


def test_where_there_is_no_room_nothing_is_drawn() -> None:
    assert plot([BEST], 20.0, 20, 10) == []
    assert plot([BEST], 20.0, 60, 3) == []
    assert plot([], 20.0, 60, 10) == []
