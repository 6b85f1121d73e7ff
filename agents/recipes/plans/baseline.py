"""The plan of the quick first candidate."""

from agents.models import CandidatePlan
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import (
    as_ranks,
    contract,
    evaluation,
    every_target,
    outputs,
    step,
    target_literals,
    target_steps,
    width,
)

_TREES = 100
_MOST_TREES = 1_000
"""Of all classes together: each class has trees of its own."""


def plan_baseline(needs: Needs) -> CandidatePlan:
    """A hundred small trees on whatever the tables hold: a fair score within seconds."""
    trees = max(10, min(_TREES, _MOST_TREES // outputs(needs)))
    steps = [one for one in needs.steps if one.id != "text_scores"]
    if needs.words:
        steps.append(
            step(
                "codes prep",
                "Number the words by how often they occur.",
                "Trees can split on such codes, and finding them costs nothing.",
            )
        )
    steps.append(
        step(
            "trees model",
            f"Grow {trees} trees of at most 15 leaves for {every_target(needs.task)}.",
            f"{needs.profile.rows_train} rows take seconds, so there is a score at once.",
        )
    )
    cells = needs.profile.rows_train * width(needs)
    plain = as_ranks(needs) or needs.loss.quantile is not None
    return CandidatePlan(
        track="baseline",
        name="baseline",
        recipe="tables/baseline",
        literals={
            **needs.literals,
            **target_literals(needs),
            "SCORED_TEXTS": [],
            "TREES": trees,
            "LOSS": "squared_error" if plain else needs.loss.sklearn,
        },
        steps=(*steps, *target_steps(needs), *evaluation(needs)),
        contract=contract(needs, ("float32",), nullable=True),
        reason="A valid submission first of all, and a score that everything else must beat.",
        seconds=round(0.3 + trees * outputs(needs) * (2e-3 + cells * 7e-9), 2),
    )
