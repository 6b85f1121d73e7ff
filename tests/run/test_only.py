"""`--only` keeps the baseline and what was named; what nothing is called is refused at once."""

import pytest

from agents.errors import InputError
from agents.models import Blueprint, CandidatePlan, Contract, MetricChoice, SplitPlan
from agents.roles.guideline_agent import blueprint_markdown
from agents.run.only import check_only, left_unplanned, only_named
from tests.iml_tui.runs import TASK


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
    whole = only_named(BLUEPRINT, None)
    assert whole.candidates == BLUEPRINT.candidates


def test_the_blueprint_says_what_is_planned_and_who_left_the_rest_out() -> None:
    assert only_named(BLUEPRINT, None).summary == "Planned: baseline, linear, forest."
    kept = only_named(BLUEPRINT, "linear")
    assert kept.summary == "Planned: baseline, linear. Left out by --only: forest."
    written = blueprint_markdown(kept, TASK)
    assert "- **forest**: Left out by --only." in written
    assert "## forest" not in written


def test_what_does_not_suit_the_data_is_said_and_declined_tracks_say_it_themselves() -> None:
    assert left_unplanned(BLUEPRINT, "kernel, linear, neural") == ["kernel"]
    assert left_unplanned(BLUEPRINT, None) == []


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    check_only("linear, neural")
    check_only(None)
    with pytest.raises(InputError, match=r"'linaer' \(did you mean linear\?\): --only takes"):
        check_only("linaer")
