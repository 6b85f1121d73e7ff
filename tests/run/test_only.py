"""`--only` keeps the baseline and what was named; what nothing is called is refused at once."""

import pytest

from agents.errors import InputError
from agents.models import Blueprint, CandidatePlan, Contract, MetricChoice, SplitPlan
from agents.run.only import check_only, left_unplanned, only_named


def plan(track: str, name: str) -> CandidatePlan:
    return CandidatePlan(
        track=track,
        name=name,
        recipe=name,
        literals={},
        steps=(),
        contract=Contract(objects=()),
        reason="",
    )


BLUEPRINT = Blueprint(
    version=1,
    summary="",
    candidates=(
        plan("baseline", "baseline"),
        plan("traditional", "linear"),
        plan("traditional", "forest"),
    ),
    split=SplitPlan(splitter="random", folds=5, seed=7),
    metric=MetricChoice(name="mae", direction="lower", title="MAE", source="default"),
    declined={"neural": "Too few rows."},
)


def test_what_was_named_is_tried_beside_the_baseline() -> None:
    kept = only_named(BLUEPRINT, "linear")
    assert [one.name for one in kept.candidates] == ["baseline", "linear"]
    alone = only_named(BLUEPRINT, "baseline")
    assert [one.name for one in alone.candidates] == ["baseline"]
    assert alone.declined["traditional"] == "Left out by --only."
    assert only_named(BLUEPRINT, None) is BLUEPRINT


def test_what_does_not_suit_the_data_is_said_and_declined_tracks_say_it_themselves() -> None:
    assert left_unplanned(BLUEPRINT, "kernel, linear, neural") == ["kernel"]
    assert left_unplanned(BLUEPRINT, None) == []


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    check_only("linear, neural")
    check_only(None)
    with pytest.raises(InputError, match=r"'linaer' \(did you mean linear\?\): --only takes"):
        check_only("linaer")
