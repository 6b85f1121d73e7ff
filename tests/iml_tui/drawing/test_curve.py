import re

from iml_tui.drawing.curve import Series, plot

BEST = Series("best", ((0.0, 0.5), (10.0, 0.75)), "$good")
BASE = Series("baseline", ((0.0, 0.5),), "$dim")


def test_the_best_rises_at_its_time_and_is_named_at_its_end() -> None:
    lines = [line.plain for line in plot([BEST, BASE], 20.0, 60, 10)]
    assert len(lines) == 10
    assert "best 0.7500" in lines[0] + lines[1]
    assert "baseline 0.5000" in lines[6] + lines[7]
    assert lines[-1].split() == ["0:00", "0:20"]


def test_values_at_the_axis_are_round_and_true() -> None:
    close = Series("best", ((0.0, 0.8105), (1.0, 0.8118)), "$good")
    lines = [line.plain for line in plot([close], 2.0, 60, 14)]
    ticks = [
        (row, float(line.split("│")[0]))
        for row, line in enumerate(lines)
        if re.match(r"\s+0", line) and "│" in line
    ]
    assert len(ticks) >= 2
    assert all(0.8103 <= value <= 0.812 for _, value in ticks)
    assert [value for _, value in ticks] == sorted((value for _, value in ticks), reverse=True)


def test_names_of_lines_that_end_together_stand_in_the_order_of_their_values() -> None:
    many = [Series(str(index), ((0.0, 0.5 + index / 10_000),), "$fg") for index in range(4)]
    low = Series("low", ((0.0, 0.1),), "$dim")
    lines = [line.plain for line in plot([*many, low], 5.0, 60, 12)]
    named = [line.split()[-2] for line in lines[:-2] if re.search(r" \d\.\d{4}\s*$", line)]
    assert named == ["3", "2", "1", "0", "low"]


def test_a_flat_curve_and_one_point_are_no_trouble() -> None:
    for points in (((0.0, 0.0),), ((0.0, 3.0), (5.0, 3.0))):
        assert plot([Series("best", points, "$good")], 5.0, 60, 8)


def test_where_there_is_no_room_nothing_is_drawn() -> None:
    assert plot([BEST], 20.0, 20, 10) == []
    assert plot([BEST], 20.0, 60, 3) == []
    assert plot([], 20.0, 60, 10) == []
