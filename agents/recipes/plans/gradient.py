"""The plans of gradient boosting by LightGBM, one a way of looking at the target."""

from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    contract,
    early_stop,
    evaluation,
    every_target,
    few,
    lightgbm_settings,
    many_words,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
    width,
    word_steps,
)

_MANY_ROWS = 30_000
"""The fewer the rows, the smaller the trees."""
_SKEWED = 10.0
"""A largest target this many times the mean means a long tail."""


def plan_gradient(needs: Needs) -> CandidatePlan:
    """LightGBM on codes and means of words."""
    return _plan(
        needs,
        "gradient",
        {},
        "It grows leaf by leaf where CatBoost grows level by level, so both err differently.",
    )


def plan_gradient_tail(needs: Needs) -> CandidatePlan | None:
    """LightGBM on another scale of a target with a long tail; None where it has none.

    Counts get a Poisson loss (Nelder and Wedderburn 1972), other quantities their logarithm, and
    a metric that compares logarithms already gets the plain target's Tweedie loss.
    """
    tail = _tail(needs)
    if tail is None:
        return None
    counts, log = tail
    if log:
        return _plan(
            needs,
            "gradient_log",
            {"LOG_TARGET": True},
            "The target has a long tail, and its logarithm tames it.",
        )
    objective = "poisson" if counts else "tweedie"
    return _plan(
        needs,
        f"gradient_{objective}",
        {"LOG_TARGET": False, "OBJECTIVE": objective},
        "Counts scatter the more the larger they are."
        if counts
        else "Many targets are zero and the others scatter the more the larger they are.",
    )


def _tail(needs: Needs) -> tuple[bool, bool] | None:
    """Whether a target with a long tail is a count, and whether its logarithm suits it."""
    if needs.task.problem != "regression" or len(needs.task.targets) > 1:
        return None
    name = needs.task.targets[0].name
    target = next((one for one in needs.profile.columns if one.name == name), None)
    if target is None or target.minimum is None or target.mean is None or target.maximum is None:
        return None
    if target.minimum < 0 or target.mean <= 0 or target.maximum < _SKEWED * target.mean:
        return None
    logarithms = bool(target_literals(needs)["LOG_TARGET"])
    return target.integer, not target.integer and not logarithms


def _plan(needs: Needs, name: str, changes: Literals, reason: str) -> CandidatePlan:
    literals: Literals = {**needs.literals, **target_literals(needs), **changes}
    objective = literals.pop("OBJECTIVE", None)
    leaves = 24 if needs.profile.rows_train < _MANY_ROWS else 48
    fewest = 10 if few(needs) else 20
    settings = lightgbm_settings(needs, leaves=leaves, fewest=fewest, columns=0.5)
    if objective is not None:
        settings["objective"] = objective
    literals |= {
        "SETTINGS": settings,
        "REFIT": few(needs),
        "MANY_WORDS": MANY_WORDS if many_words(needs) else 0,
    }
    steps = [*needs.steps, *word_steps(needs)]
    steps.append(
        step(
            "boost model",
            f"Boost trees of at most {settings['num_leaves']} leaves for "
            f"{every_target(needs.task)} with LightGBM, each on {settings['colsample_bytree']:.0%} "
            "of the columns.",
            reason,
        )
    )
    scale = [one for one in target_steps(needs) if one.id != "log_target"]
    if literals["LOG_TARGET"]:
        scale.insert(0, _log_step(needs))
    return CandidatePlan(
        track="traditional",
        name=name,
        recipe="tables/gradient",
        literals=literals,
        steps=(*steps, early_stop(needs), *scale, *evaluation(needs)),
        contract=contract(needs, ("float32",), nullable=True),
        reason=reason,
        seconds=round(_seconds(needs), 2),
    )


def _log_step(needs: Needs) -> BlueprintStep:
    planned = [one for one in target_steps(needs) if one.id == "log_target"]
    return (
        planned[0]
        if planned
        else step(
            "log_target train",
            "Learn the logarithm of the target.",
            "A few targets are far larger than the others and would rule the fit.",
        )
    )


def _seconds(needs: Needs) -> float:
    """What some 400 trees cost, as `settings_for` of the recipe counts it (measured)."""
    goals = 1 if as_number(needs) else outputs(needs)
    rows = needs.profile.rows_train
    a_tree = 3e-4 + 6e-8 * rows + width(needs) * (2e-5 + 1.5e-9 * rows)
    fits = 2 if few(needs) else 1
    return reading_seconds(needs) + 400 * fits * (0.35 + 0.65 * goals) * a_tree
