"""The plans of models that need comparable numbers: linear, kernels, discriminants, neighbours."""

from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    contract,
    encoding_steps,
    evaluation,
    every_target,
    few,
    many_words,
    one_hot_width,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
    tiny_classes,
)

MOST_KERNEL_ROWS = 6_000
_CURVES = 16


def plan_linear(needs: Needs) -> CandidatePlan:
    """Ridge or logistic regression, on curves where there are rows enough."""
    curves = 0 if few(needs) else _CURVES
    if as_number(needs):
        directive = f"Fit ridge regression for {every_target(needs.task)}."
        reason = "Squared errors shrunk to zero are stable however columns correlate."
    else:
        directive = f"Fit logistic regression for {every_target(needs.task)}."
        reason = "Its probabilities are well calibrated."
    literals: Literals = {"CURVES": curves, "ROUNDS": 3 if few(needs) else 1}
    if tiny_classes(needs):
        literals |= {"STRENGTHS": [100, 30, 10, 3, 1], "ROUNDS": 2}
    return _plan(
        needs,
        "linear",
        literals,
        [step("linear model", directive, reason), _strength(needs)],
        reason="It errs elsewhere than trees do, so a blend of both is better than either.",
        seconds=_linear_seconds(needs, curves),
        curves=curves,
    )


def plan_kernel(needs: Needs) -> CandidatePlan | None:
    """Support vector machines; None where rows are too many for them."""
    rows, labels = needs.profile.rows_train, len(needs.task.targets)
    if rows * labels > MOST_KERNEL_ROWS * (2 if as_number(needs) else 1):
        return None
    machine = "regression" if as_number(needs) else "classification"
    steps = [
        step(
            "kernel model",
            f"Fit support vector {machine} with Gaussian kernels for {every_target(needs.task)}.",
            f"At {rows} rows kernels are quick, and outliers hardly count.",
        ),
        _strength(needs) if as_number(needs) else _link(),
    ]
    columns = one_hot_width(needs)
    literals: Literals = {"ROUNDS": 3 if few(needs) else 1}
    if tiny_classes(needs):
        literals["WIDTHS"] = [[10, 0.3], [100, 0.1], [100, 0.03]]
    return _plan(
        needs,
        "kernel",
        literals,
        steps,
        reason="It bends smoothly where trees make steps.",
        seconds=rows * rows * (columns + 40) * labels * 13 * 2e-10 * _kernel_effort(needs),
    )


def _linear_seconds(needs: Needs, curves: int) -> float:
    """What scaling, trying five strengths on some rows, and the last fit cost (measured)."""
    rows, columns, goals = needs.profile.rows_train, one_hot_width(needs), outputs(needs)
    if not curves:
        return rows * columns * (6e-6 + 3e-7 * goals)
    tried = min(rows, 20_000)
    return columns * curves * (rows * (3e-8 + 2e-8 * goals) + tried * 5e-8 * goals)


def _kernel_effort(needs: Needs) -> float:
    """How much longer machines take than for two classes of twice their number (measured)."""
    if as_number(needs):
        return 2.0
    classes = 1 if needs.task.problem == "multilabel" else outputs(needs)
    return 0.6 * (1 + classes / 8)


def plan_discriminant(needs: Needs) -> CandidatePlan | None:
    """Linear discriminant analysis; only where classes are many and rows a class few."""
    if not tiny_classes(needs):
        return None
    directive = "Fit a normal distribution a class, all of one shape, drawn to a ball."
    reason = "A few rows tell where a class lies, but only all rows together its shape."
    return _plan(
        needs,
        "discriminant",
        {},
        [step("discriminant model", directive, reason), _link()],
        reason="With few rows a class, what classes share has to be learned from all of them.",
        seconds=needs.profile.rows_train * one_hot_width(needs) * 5e-6,
    )


def plan_neighbours(needs: Needs) -> CandidatePlan | None:
    """Nearest rows; only where classes are many and rows a class few."""
    if not tiny_classes(needs):
        return None
    directive = "Measure how far each class's nearest rows are."
    reason = "Classes of few rows have no shape of their own to be learned."
    return _plan(
        needs,
        "neighbours",
        {"BENT": False},
        [step("neighbours model", directive, reason), _link()],
        reason="It assumes nothing about the shape of a class.",
        seconds=needs.profile.rows_train * 1e-3,
        bent=False,
    )


def _plan(  # noqa: PLR0913 (what tells four recipes apart)
    needs: Needs,
    name: str,
    literals: Literals,
    steps: list[BlueprintStep],
    *,
    reason: str,
    seconds: float,
    curves: int = 0,
    bent: bool = True,
) -> CandidatePlan:
    return CandidatePlan(
        track="traditional",
        name=name,
        recipe=f"tables/{name}",
        literals={
            **needs.literals,
            **target_literals(needs),
            "MANY_WORDS": MANY_WORDS if many_words(needs) else 0,
            **literals,
        },
        steps=(
            *needs.steps,
            *_scaling_steps(needs, curves, bent=bent),
            *steps,
            *target_steps(needs),
            *evaluation(needs),
        ),
        contract=contract(needs, ("float32",), nullable=False),
        reason=reason,
        seconds=round(0.3 + reading_seconds(needs) + seconds, 2),
    )


def _scaling_steps(needs: Needs, curves: int, *, bent: bool) -> list[BlueprintStep]:
    gaps = [column for column in needs.features if column.missing > 0]
    rows = needs.profile.rows_train
    impute = step(
        "impute prep",
        "Fill missing numbers with the median, and say in a column beside it where.",
        f"{len(gaps)} of {len(needs.features)} columns have gaps, and this model cannot."
        if gaps
        else "No column has gaps now; new rows may.",
    )
    if curves:
        directive = f"Turn each number into its rank, and the rank into curves over {curves} knots."
        reason = f"{rows} rows are enough to learn the shape of each effect."
    else:
        directive = "Bring numbers to one scale, and cut them at four deviations."
        if bent:
            directive = "Bring numbers near a normal distribution, and cut them at four deviations."
        reason = f"With {rows} rows one far value would tilt the model."
    return [impute, step("scale prep", directive, reason), *encoding_steps(needs)]


def _strength(needs: Needs) -> BlueprintStep:
    rounds = "three fifths in turn" if few(needs) else "a fifth of the rows"
    return step(
        "strength train",
        f"Choose how strongly it is held back on {rounds} held out from the fit.",
        "The right strength depends on the data, and only held-out rows can tell it.",
    )


def _link() -> BlueprintStep:
    return step(
        "link train",
        "Choose the settings, and turn decision values into probabilities, on rows outside the "
        "fit.",
        "The model ranks classes but does not say how sure it is.",
    )
