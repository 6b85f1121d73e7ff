"""The plans of boosted trees by CatBoost: on words as they are, and on numbers only."""

from agents.models import CandidatePlan
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    TEXT,
    Literals,
    as_number,
    as_ranks,
    contract,
    early_stop,
    evaluation,
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

_WORD_COLUMNS = 5
"""A column of words costs as much as so many more columns of numbers, where rows are many."""


def plan_boosting(needs: Needs) -> CandidatePlan:
    """CatBoost on numbers and words, with settings that make it quick."""
    settings: Literals = {"depth": 6, "border_count": 128, "boosting_type": "Plain"}
    settings |= {"max_ctr_complexity": 1, "one_hot_max_size": 10}
    if few(needs):
        settings = {"depth": 5, "rsm": 0.3, "one_hot_max_size": 40}
    return _plan(
        needs,
        "boosting",
        settings,
        directive=f"Boost trees of depth {settings['depth']}",
        reason="Boosted trees are the strongest single model on most tables.",
    )


def plan_boosting_encoded(needs: Needs) -> CandidatePlan:
    """CatBoost on codes and means of words: deeper trees that see fewer columns and rows."""
    settings: Literals = {"depth": 8, "boosting_type": "Plain", "border_count": 64}
    settings |= {"bootstrap_type": "Bernoulli", "subsample": 0.7, "rsm": 0.4, "l2_leaf_reg": 10}
    if few(needs):
        settings |= {"depth": 6, "rsm": 0.2, "l2_leaf_reg": 5}
    return _plan(
        needs,
        "boosting_encoded",
        settings,
        directive=f"Boost trees of depth {settings['depth']}, each on a part of columns and rows,",
        reason="The same method with other habits errs elsewhere, and both together err less.",
    )


def _plan(
    needs: Needs, name: str, settings: Literals, *, directive: str, reason: str
) -> CandidatePlan:
    encoded = name != "boosting"
    words = "numbers and words" if needs.words and not encoded else "numbers"
    steps = [
        *needs.steps,
        *(word_steps(needs) if encoded else ()),
        step(
            "boost model",
            f"{directive} on {words} with CatBoost, {_boosted(needs)}.",
            "It takes words without an encoding that could leak the target."
            if words != "numbers"
            else "Trees need neither scaling nor imputation and find interactions by themselves.",
        ),
        early_stop(needs),
    ]
    if needs.task.problem == "multilabel":
        settings = {**settings, "leaf_estimation_iterations": 1}
        settings.pop("boosting_type", None)
    return CandidatePlan(
        track="traditional",
        name=name,
        recipe=f"tables/{name}",
        literals={
            **needs.literals,
            **target_literals(needs),
            "SETTINGS": {"loss_function": _loss(needs), **settings},
            "RATE": 0.07 if needs.task.problem == "multilabel" else 0.05,
            "REFIT": few(needs),
            "EFFORT": _effort(needs, encoded=encoded),
            "WORD_COLUMNS": _word_columns(needs, encoded=encoded),
            **({"MANY_WORDS": MANY_WORDS if many_words(needs) else 0} if encoded else {}),
        },
        steps=(*steps, *target_steps(needs), *evaluation(needs)),
        contract=contract(needs, ("float32",) if encoded else ("float32", TEXT), nullable=True),
        reason=reason,
        seconds=round(_seconds(needs, encoded=encoded), 2),
    )


def _loss(needs: Needs) -> str:
    """CatBoost's name of the loss that the metric asks for."""
    return "RMSE" if as_ranks(needs) else needs.loss.catboost


def _boosted(needs: Needs) -> str:
    if needs.task.problem == "multilabel":
        return f"one model for all {len(needs.task.targets)} labels"
    return f"loss {_loss(needs)}"


def _word_columns(needs: Needs, *, encoded: bool) -> int:
    """How many columns of numbers a column of words costs on top of one."""
    return 0 if encoded or few(needs) or not needs.words else _WORD_COLUMNS


def _effort(needs: Needs, *, encoded: bool) -> float:
    """How many times as long a tree takes as one of depth 6 for one goal."""
    goals = 1 if as_number(needs) else outputs(needs)
    if goals > 1:
        return (1 + goals / 4 if few(needs) else goals) * (0.5 if encoded and few(needs) else 1.0)
    return 0.5 if encoded and few(needs) else 1.0


def _seconds(needs: Needs, *, encoded: bool) -> float:
    """What some 500 trees cost, as `settings_for` of the recipe counts it (measured)."""
    rows = needs.profile.rows_train
    columns = width(needs) + len(needs.of("category")) * _word_columns(needs, encoded=encoded)
    a_tree = 2e-4 + 5e-8 * rows + columns * (4e-5 + 5e-9 * rows)
    fits = 2 if few(needs) else 1
    return reading_seconds(needs) + 500 * fits * a_tree * _effort(needs, encoded=encoded)
