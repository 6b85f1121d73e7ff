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
    reading_seconds,
    step,
    target_literals,
    target_steps,
    width,
    word_steps,
)

_TREES = 300


def plan_forest(needs: Needs) -> CandidatePlan:
    """Extremely randomised trees on codes and means of words."""
    settings: Literals = {"min_samples_leaf": 2 if few(needs) else 3, "max_features": 0.5}
    if not as_number(needs):
        settings["max_features"] = "sqrt" if width(needs) > 50 else 0.5
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
        seconds=round(
            reading_seconds(needs) + _TREES * needs.profile.rows_train * width(needs) * 4e-8, 2
        ),
    )
