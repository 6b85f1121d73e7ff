"""The plan of extremely randomised trees."""

from agents.models import CandidatePlan
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    contract,
    evaluation,
    every_target,
    few,
    many_words,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
    width,
    word_steps,
)

_TREES = 300
_MANY_COLUMNS = 50
"""With more columns than this, splits of classes look at the root of their number."""


def plan_forest(needs: Needs) -> CandidatePlan:
    """Extremely randomised trees on codes and means of words."""
    settings: Literals = {"min_samples_leaf": 2 if few(needs) else 3, "max_features": 0.5}
    if not as_number(needs):
        settings["max_features"] = "sqrt" if width(needs) > _MANY_COLUMNS else 0.5
    return CandidatePlan(
        track="traditional",
        name="forest",
        recipe="tables/forest",
        literals={
            **needs.literals,
            **target_literals(needs),
            "SETTINGS": settings,
            "MANY_WORDS": MANY_WORDS if many_words(needs) else 0,
        },
        steps=(
            *needs.steps,
            *word_steps(needs),
            step(
                "forest model",
                f"Grow {_TREES} deep trees with random splits for {every_target(needs.task)}.",
                "Averaging many random trees errs less on noisy rows than boosting does.",
            ),
            *target_steps(needs),
            *evaluation(needs),
        ),
        contract=contract(needs, ("float32",), nullable=True),
        reason="It never chases its own errors, so noise leads it astray least.",
        seconds=round(_seconds(needs), 2),
    )


def _seconds(needs: Needs) -> float:
    """What all trees cost (measured): deep ones, so that rows count somewhat more than once."""
    rows, columns = needs.profile.rows_train, float(width(needs))
    if not as_number(needs) and columns > _MANY_COLUMNS:
        columns = 2 * columns**0.5
    a_tree = 3e-3 + 5e-8 * rows * columns * float((rows / 10_000) ** (1 / 3))
    return reading_seconds(needs) + _TREES * a_tree * (1 + outputs(needs) / 30)
