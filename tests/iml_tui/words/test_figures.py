import math

import pytest

from agents.models import Comparison, Member
from iml_tui.words import figures
from tests.iml_tui import runs


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0:00"), (372, "6:12"), (3600, "1:00:00"), (-3, "0:00")]
)
def test_times_are_minutes_and_seconds_and_hours_when_needed(seconds: float, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.8105, 0.0047, "0.8105 ±0.0047"),
        (12.3456, 0.5, "12.346 ±0.500"),
        (23456.7, 123.4, "23,457 ±123"),
        (0.0000123, 0.0000011, "1.2e-05 ±1.1e-06"),
        (math.nan, 0.1, "\N{EN DASH} ±0.1000"),
        (0.5, math.inf, "0.5000"),
    ],
)
def test_value_and_error_have_the_same_decimals(value: float, error: float, text: str) -> None:
    assert figures.score_text(runs.score(value, error)) == text


def test_a_missing_score_is_a_dash() -> None:
    assert figures.score_text(None) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("difference", "text"), [(0.0047, "+0.0047 ±0.0016"), (-0.0047, "-0.0047 ±0.0016")]
)
def test_a_difference_always_has_its_sign(difference: float, text: str) -> None:
    comparison = Comparison(first="a", second="b", difference=difference, error=0.0016)
    assert figures.difference_text(comparison) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "\N{EN DASH}"), (0.0001, "<0.1%"), (0.0249, "2.5%"), (1, "100.0%")]
)
def test_shares_have_one_decimal(share: float, text: str) -> None:
    assert figures.share(share) == text


def test_counts_have_commas_and_a_plural() -> None:
    assert figures.count(1, "row") == "1 row"
    assert figures.count(6954, "row") == "6,954 rows"


def test_names_are_listed_as_people_list_them() -> None:
    assert [figures.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_members_are_told_by_weight() -> None:
    members = (Member(candidate="a", weight=0.2), Member(candidate="b", weight=0.8))
    assert figures.members_text(members) == "b 0.80, a 0.20"
