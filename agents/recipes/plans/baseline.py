"""The plan of the quick first candidate."""

from agents.competition.reading.words import some
from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import (
    Literals,
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
_MOST_LETTERS = 30_000_000
"""Of all texts together: weighing the words of so many takes some seconds."""
_SHORTEST_TEXT, _LONGEST_TEXT = 60, 2_000
_SECONDS_A_TEXT = 4e-5


def plan_baseline(needs: Needs) -> CandidatePlan:
    """A hundred small trees on whatever the tables hold: a fair score within seconds."""
    trees = max(10, min(_TREES, _MOST_TREES // outputs(needs)))
    texts = [column.name for column in needs.of("text")]
    rows = needs.profile.rows_train
    cells = rows * width(needs)
    reading = rows * len(texts) * _SECONDS_A_TEXT
    plain = as_ranks(needs) or needs.loss.quantile is not None
    return CandidatePlan(
        track="baseline",
        name="baseline",
        recipe="tables/baseline",
        literals={
            **needs.literals,
            **target_literals(needs),
            **_text_literals(needs, texts),
            "TREES": trees,
            "LOSS": "squared_error" if plain else needs.loss.sklearn,
        },
        steps=(*_steps(needs, texts, trees), *target_steps(needs), *evaluation(needs)),
        contract=contract(needs, ("float32",), nullable=True),
        reason="A valid submission first of all, and a score that everything else must beat.",
        seconds=round(0.3 + reading + trees * outputs(needs) * (2e-3 + cells * 7e-9), 2),
    )


def _steps(needs: Needs, texts: list[str], trees: int) -> list[BlueprintStep]:
    """What is done with the columns, and the model."""
    steps = [one for one in needs.steps if one.id != "text_scores"]
    if texts:
        steps.append(
            step(
                "text_scores prep",
                f"Score {some(texts)} by words, every row by models that saw others.",
                "Words say most of what a text says, and weighing them takes a second or two.",
            )
        )
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
    return steps


def _text_literals(needs: Needs, texts: list[str]) -> Literals:
    """How words are weighed in a fraction of the time that other recipes take for it."""
    cells = max(1, needs.profile.rows_train * len(texts))
    return {
        "SCORED_TEXTS": [*texts],
        "LONGEST_TEXT": min(_LONGEST_TEXT, max(_SHORTEST_TEXT, _MOST_LETTERS // cells)),
        "TEXT_FITS": 3,
        "PAIRS": False,
        "CHARACTERS": False,
        "TOPICS": 0,
        "TELLING_ONLY": False,
    }
