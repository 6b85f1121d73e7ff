"""How submissions name classes, and what is no such naming."""

import pytest

from agents.competition.stating.sample_forms import match_names


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        (("b", "a"), ("a", "b")),
        (("Red Oak", "ELM"), ("elm", "red_oak")),
        (("Status_C", "Status_CL", "Status_D"), ("C", "CL", "D")),
        (("prob_setosa", "prob_virginica"), ("setosa", "virginica")),
        (("class_1_prob", "class_2_prob"), ("1", "2")),
        (("Class_1", "Class_2"), ("Class_1", "Class_2")),
        (("p0", "p1"), ("0.0", "1.0")),
    ],
)
def test_classes_are_found_by_name(said: tuple[str, ...], classes: tuple[str, ...]) -> None:
    naming = match_names(said, classes)
    assert naming is not None
    assert not naming.by_order
    assert set(naming.names) == set(classes)
    assert tuple(naming.names.values()) == said
    longest = max(classes, key=len).strip("0.").lower().replace("_", "")
    assert longest in naming.names[max(classes, key=len)].lower().replace(" ", "").replace("_", "")


def test_whole_numbers_are_found_by_their_order() -> None:
    naming = match_names(("rank2", "rank1", "rank3"), ("0", "1", "2"))
    assert naming is not None
    assert naming.by_order
    assert naming.names == {"1": "rank2", "0": "rank1", "2": "rank3"}


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        (("a", "b"), ("a", "b", "c")),
        (("a", "b", "c", "d"), ("a", "b")),
        (("low", "high"), ("small", "large")),
        (("width", "depth"), ("x", "y")),
        (("a", "A"), ("a", "b")),
    ],
)
def test_what_does_not_fit_one_to_one_is_no_naming(
    said: tuple[str, ...], classes: tuple[str, ...]
) -> None:
    assert match_names(said, classes) is None
