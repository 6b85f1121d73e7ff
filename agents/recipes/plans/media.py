"""The plans of rows that are files: images, sounds, records; every model on the same description.

All have one preprocessing, so that the files of a fold are read once for all of them.
"""

from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    contract,
    early_stop,
    encoding_steps,
    evaluation,
    every_target,
    few,
    lightgbm_settings,
    many_words,
    one_hot_width,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
)
from agents.recipes.plans.scaled import MOST_KERNEL_ROWS

NAMES = ("media_linear", "media_kernel", "media_discriminant", "media_gradient")
_COLUMNS = 150
"""About so many describe a file."""
_SECONDS_A_FILE = {"image": 6e-3, "sound": 1.5e-2, "record": 1e-2}
"""What reading and describing one costs on one core (measured on files of usual size)."""
_ADVICE = "A linear model on what files show is the least that anything else must beat."


def plan_media(needs: Needs) -> tuple[CandidatePlan, ...]:
    """Candidates for rows that are files; none where no row has a file that can be read."""
    if not needs.media.described:
        return ()
    planned = [_linear(needs), _kernel(needs), _discriminant(needs), _gradient(needs)]
    return tuple(plan for plan in planned if plan is not None)


def _beside(needs: Needs) -> bool:
    """Whether the table says something beside naming files."""
    return bool(needs.features or needs.sides.measures)


def _linear(needs: Needs) -> CandidatePlan:
    """The baseline, unless the table has columns for a quicker one."""
    what = "ridge regression" if as_number(needs) else "logistic regression"
    steps = [
        step("linear model", f"Fit {what} for {every_target(needs.task)}.", _ADVICE),
        step(
            "strength train",
            "Choose how strongly it is held back on a fifth of the rows held out from the fit.",
            "The right strength depends on the data, and only held-out rows can tell it.",
        ),
    ]
    seconds = needs.profile.rows_train * _COLUMNS * (6e-6 + 3e-7 * outputs(needs))
    plan = _plan(needs, "baseline", steps, {"ROUNDS": 1}, seconds)
    if _beside(needs):
        return plan.model_copy(update={"name": "media_linear"})
    first = "A valid submission first of all, and a score that everything else must beat."
    return plan.model_copy(update={"track": "baseline", "name": "baseline", "reason": first})


def _kernel(needs: Needs) -> CandidatePlan | None:
    rows, labels = needs.profile.rows_train, len(needs.task.targets)
    if rows * labels > MOST_KERNEL_ROWS * (2 if as_number(needs) else 1):
        return None
    machine = "regression" if as_number(needs) else "classification"
    steps = [
        step(
            "kernel model",
            f"Fit support vector {machine} with Gaussian kernels for {every_target(needs.task)}.",
            f"At {rows} rows kernels are quick, and what is alike lies near.",
        ),
        _strength() if as_number(needs) else _link(),
    ]
    effort = 2.0 if as_number(needs) else 0.6 * (1 + outputs(needs) / 8)
    seconds = rows * rows * (_COLUMNS + 40) * labels * 13 * 2e-10 * effort
    literals: Literals = {"ROUNDS": 1, "WIDTHS": [[3, 1.0], [10, 0.5], [10, 0.2], [30, 0.1]]}
    return _plan(needs, "kernel", steps, literals, seconds)


def _discriminant(needs: Needs) -> CandidatePlan | None:
    """Only for classes of one target."""
    if needs.task.problem not in {"binary", "multiclass"}:
        return None
    directive = "Fit a normal distribution a class, all of one shape, drawn to a ball."
    reason = "What classes share is learned from all rows together, and costs next to nothing."
    steps = [step("discriminant model", directive, reason), _link()]
    seconds = needs.profile.rows_train * _COLUMNS * 5e-6
    return _plan(needs, "discriminant", steps, {}, seconds)


def _gradient(needs: Needs) -> CandidatePlan | None:
    """Where statistics bound what trees split, or rows are too many for kernels."""
    rows = needs.profile.rows_train
    if needs.media.kind != "record" and rows <= MOST_KERNEL_ROWS:
        return None
    settings = lightgbm_settings(needs, leaves=16, fewest=10 if few(needs) else 20, columns=0.3)
    steps = [
        step(
            "boost model",
            f"Boost trees of at most {settings['num_leaves']} leaves for "
            f"{every_target(needs.task)} with LightGBM, each on {settings['colsample_bytree']:.0%} "
            "of the columns.",
            "Trees find thresholds and exceptions that no line has.",
        ),
        early_stop(needs),
    ]
    goals = 1 if as_number(needs) else outputs(needs)
    a_tree = 3e-4 + 6e-8 * rows + _COLUMNS * (2e-5 + 1.5e-9 * rows)
    seconds = 400 * (2 if few(needs) else 1) * (0.35 + 0.65 * goals) * a_tree
    return _plan(needs, "gradient", steps, {"SETTINGS": settings, "REFIT": few(needs)}, seconds)


def _plan(
    needs: Needs,
    name: str,
    steps: list[BlueprintStep],
    literals: Literals,
    seconds: float,
) -> CandidatePlan:
    reading = needs.profile.rows_train * _SECONDS_A_FILE[needs.media.kind]
    return CandidatePlan(
        track="traditional",
        name=f"media_{name}",
        recipe=f"media/{name}",
        literals={
            **needs.literals,
            **needs.media.literals,
            **target_literals(needs),
            "BESIDE": _beside(needs),
            "BENT": False,
            "MANY_WORDS": MANY_WORDS if many_words(needs) else 0,
            **literals,
        },
        steps=(
            *needs.steps,
            *needs.media.steps,
            *needs.media.describing(),
            *(_scaling_steps(needs) if _beside(needs) else ()),
            *steps,
            *target_steps(needs),
            *evaluation(needs),
        ),
        contract=contract(needs, ("float32",), nullable=False),
        reason=steps[0].reason,
        seconds=round(0.3 + reading + reading_seconds(needs) + seconds, 2),
    )


def _scaling_steps(needs: Needs) -> list[BlueprintStep]:
    """The columns beside the files, as numbers on the files' scale."""
    gaps = [column for column in needs.features if column.missing > 0]
    impute = step(
        "impute prep",
        "Fill missing numbers with the median, and say in a column beside it where.",
        f"{len(gaps)} of {len(needs.features)} columns have gaps; new rows may have others.",
    )
    scale = step(
        "scale prep",
        "Bring the numbers beside the files to one scale, and cut them at four deviations.",
        f"With {one_hot_width(needs)} columns beside the files none may drown the others.",
    )
    return [impute, scale, *encoding_steps(needs)]


def _strength() -> BlueprintStep:
    return step(
        "strength train",
        "Choose how wide the kernel is on rows held out from the fit.",
        "The right width depends on the data, and only held-out rows can tell it.",
    )


def _link() -> BlueprintStep:
    return step(
        "link train",
        "Choose the settings, and turn decision values into probabilities, on rows outside the "
        "fit.",
        "The model ranks classes but does not say how sure it is.",
    )
