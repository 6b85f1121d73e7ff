"""The plans of the recipes for tables: literals, steps with reasons, and the contract.

One function a recipe, from what the data needs to what the recipe does about it.
"""

from pydantic import JsonValue

from agents.models import BlueprintStep, CandidatePlan, Contract, ContractObject, Task
from agents.recipes.needs import MANY_WORDS, Needs

TEXT = "str"
FEW_ROWS = 3_000
"""Up to here, kernels are quick and every row counts."""
_TREES = 100
_CURVES = 16
_LOSSES: dict[str, tuple[str, str]] = {
    "mae": ("absolute_error", "MAE"),
    "rmse": ("squared_error", "RMSE"),
    "rmsle": ("squared_error", "RMSE"),
    "r2": ("squared_error", "RMSE"),
}
"""By metric: the loss of histogram boosting, and CatBoost's."""


def plan_baseline(needs: Needs) -> CandidatePlan:
    """A hundred small trees on whatever the tables hold: a fair score within seconds."""
    steps = [*needs.steps]
    if needs.words:
        steps.append(
            _step(
                "codes prep",
                "Number the words by how often they occur.",
                "Trees can split on such codes, and finding them costs nothing.",
            )
        )
    steps.append(
        _step(
            "trees model",
            f"Grow {_TREES} trees of at most 15 leaves for {_every_target(needs.task)}.",
            f"{needs.profile.rows_train} rows take seconds, so there is a score at once.",
        )
    )
    return CandidatePlan(
        track="baseline",
        name="baseline",
        recipe="tables/baseline",
        literals={**needs.literals, **_target(needs.task, 0)},
        steps=(*steps, *_target_steps(needs), *_evaluation(needs)),
        contract=_contract(needs, ("float32",), nullable=True),
        reason="A valid submission first of all, and a score that everything else must beat.",
    )


def plan_boosting(needs: Needs) -> CandidatePlan:
    """CatBoost on numbers and words."""
    steps = [*needs.steps]
    words = "numbers and words" if needs.words else "numbers"
    steps += [
        _step(
            "boost model",
            f"Boost trees of depth 6 on {words} with CatBoost, {_boosted(needs.task)}.",
            "It takes words without an encoding that could leak the target."
            if needs.words
            else "Trees need neither scaling nor imputation and find interactions by themselves.",
        ),
        _early_stop(needs),
    ]
    return CandidatePlan(
        track="traditional",
        name="boosting",
        recipe="tables/boosting",
        literals={
            **needs.literals,
            **_target(needs.task, 1),
            "SETTINGS": _boosting_settings(needs),
            "RATE": 0.07 if needs.task.problem == "multilabel" else 0.05,
            "REFIT": _few(needs),
        },
        steps=(*steps, *_target_steps(needs), *_evaluation(needs)),
        contract=_contract(needs, ("float32", TEXT), nullable=True),
        reason="Boosted trees are the strongest single model on most tables.",
    )


def plan_linear(needs: Needs) -> CandidatePlan:
    """Ridge or logistic regression on curves, or kernels where rows are few."""
    kernel = _few(needs) and needs.task.problem == "regression"
    curves = 0 if _few(needs) else _CURVES
    steps = [*needs.steps, *_scaling_steps(needs, curves)]
    steps += _linear_steps(needs, kernel=kernel)
    return CandidatePlan(
        track="traditional",
        name="linear",
        recipe="tables/linear",
        literals={
            **needs.literals,
            **_target(needs.task, 0),
            "CURVES": curves,
            "MANY_WORDS": MANY_WORDS if _many_words(needs) else 0,
            "KERNEL": kernel,
            "ROUNDS": 3 if _few(needs) else 1,
        },
        steps=(*steps, *_target_steps(needs), *_evaluation(needs)),
        contract=_contract(needs, ("float32",), nullable=False),
        reason="It errs elsewhere than trees do, so a blend of both is better than either.",
    )


def _scaling_steps(needs: Needs, curves: int) -> list[BlueprintStep]:
    gaps = [column for column in needs.features if column.missing > 0]
    rows = needs.profile.rows_train
    impute = _step(
        "impute prep",
        "Fill missing numbers with the median, and say in a column beside it where.",
        f"{len(gaps)} of {len(needs.features)} columns have gaps, and linear models cannot."
        if gaps
        else "No column has gaps now; new rows may.",
    )
    scale = _step(
        "scale prep",
        f"Turn each number into its rank, and the rank into curves over {curves} knots."
        if curves
        else "Bring numbers near a normal distribution, and cut them at four deviations.",
        f"{rows} rows are enough to learn the shape of each effect."
        if curves
        else f"With {rows} rows one far value would tilt the model.",
    )
    return [impute, scale, *_encoding_steps(needs)]


def _encoding_steps(needs: Needs) -> list[BlueprintStep]:
    steps = []
    if needs.words:
        steps.append(
            _step(
                "one_hot prep",
                "Give every word that occurs five times or more a column of its own.",
                "A linear model needs a weight a word.",
            )
        )
    if _many_words(needs):
        steps.append(
            _step(
                "target_means prep",
                f"Replace words of more than {MANY_WORDS} kinds by the target's mean over other "
                "rows.",
                "A column a word would be more columns than such words can teach.",
            )
        )
    return steps


def _linear_steps(needs: Needs, *, kernel: bool) -> list[BlueprintStep]:
    if kernel:
        directive = "Fit support vector regression with Gaussian kernels."
        reason = f"At {needs.profile.rows_train} rows kernels are quick, and outliers hardly count."
    elif needs.task.problem == "regression":
        directive = f"Fit ridge regression for {_every_target(needs.task)}."
        reason = "Squared errors shrunk to zero are stable however columns correlate."
    else:
        directive = f"Fit logistic regression for {_every_target(needs.task)}."
        reason = "Its probabilities are well calibrated."
    rounds = "three fifths in turn" if _few(needs) else "a fifth of the rows"
    return [
        _step("linear model", directive, reason),
        _step(
            "strength train",
            f"Choose how strongly it is held back on {rounds} held out from the fit.",
            "The right strength depends on the data, and only held-out rows can tell it.",
        ),
    ]


def _many_words(needs: Needs) -> bool:
    wide = any(column.distinct > MANY_WORDS for column in needs.of("category"))
    return wide or bool(needs.of("delimited"))


def _few(needs: Needs) -> bool:
    return needs.profile.rows_train <= FEW_ROWS


def _target(task: Task, which: int) -> dict[str, JsonValue]:
    """The loss that the metric asks for."""
    literals: dict[str, JsonValue] = {"LOG_TARGET": task.metric.name == "rmsle"}
    if task.problem == "regression":
        loss = _LOSSES.get(task.metric.name, _LOSSES["rmse"])[which]
        several = which and len(task.targets) > 1
        return literals | {"LOSS": "MultiRMSE" if several else loss}
    kinds = {"binary": "Logloss", "multilabel": "MultiLogloss"}
    return literals | ({"LOSS": kinds.get(task.problem, "MultiClass")} if which else {})


def _target_steps(needs: Needs) -> list[BlueprintStep]:
    if needs.task.metric.name != "rmsle":
        return []
    return [
        _step(
            "log_target train",
            "Learn the logarithm of the target.",
            f"{needs.task.metric.title} compares logarithms, so errors count in proportion.",
        )
    ]


def _every_target(task: Task) -> str:
    return "the target" if len(task.targets) == 1 else f"each of {len(task.targets)} targets"


def _early_stop(needs: Needs) -> BlueprintStep:
    what = "whole groups" if needs.group else "rows"
    directive = f"Stop when {what} held out from training no longer improve."
    reason = f"With {needs.profile.rows_train} rows the right number of trees is not known before"
    if _few(needs):
        directive += " Then fit that many trees to all rows."
        reason += ", and held-out rows are too many to lose"
    return _step("early_stop train", directive, f"{reason}.")


def _boosting_settings(needs: Needs) -> dict[str, JsonValue]:
    """CatBoost's settings: with few rows, small trees that each see a third of the columns."""
    settings: dict[str, JsonValue] = {"loss_function": _target(needs.task, 1)["LOSS"]}
    if _few(needs):
        return settings | {"depth": 5, "rsm": 0.3, "one_hot_max_size": 40}
    if needs.task.problem == "multilabel":
        settings["leaf_estimation_iterations"] = 1
    return settings | {"depth": 6, "border_count": 128}


def _boosted(task: Task) -> str:
    if task.problem == "multilabel":
        return f"one model for all {len(task.targets)} labels"
    return f"loss {_target(task, 1)['LOSS']}"


def _evaluation(needs: Needs) -> list[BlueprintStep]:
    split, metric = needs.profile.split, needs.task.metric
    return [
        _step(
            "folds eval",
            f"Fit once for each of {split.folds} {split.splitter} folds and average the fits.",
            split.evidence[0] if split.evidence else "Every row is blind once.",
        ),
        _step(
            "metric eval",
            f"Score {metric.title} on the blind rows.",
            metric.words or f"The metric comes from the {metric.source}.",
        ),
    ]


def _step(place: str, directive: str, reason: str) -> BlueprintStep:
    """A step from `id part`, what to do and why."""
    name, part = place.split()
    return BlueprintStep.model_validate(
        {"id": name, "part": part, "directive": directive, "reason": reason}
    )


def _contract(needs: Needs, dtypes: tuple[str, ...], *, nullable: bool) -> Contract:
    kinds = {"multilabel": ("int8",), "regression": ("float64",)}
    labels = ContractObject(
        name="y_train",
        side="train",
        kind="DataFrame" if len(needs.task.targets) > 1 else "Series",
        role="y",
        dtypes=kinds.get(needs.task.problem, (TEXT,)),
    )
    train = ContractObject(
        name="X_train",
        side="train",
        kind="DataFrame",
        role="features",
        dtypes=dtypes,
        nullable=nullable,
    )
    test = train.model_copy(update={"name": "X_test", "side": "test", "same_columns_as": "X_train"})
    objects = [train, labels, test, _texts("row_id", "test", "row_id")]
    if needs.group and TEXT in dtypes:
        objects.append(_texts("groups_train", "train", "groups"))
    return Contract(
        objects=tuple(objects),
        transductive=needs.group is not None,
        declined={
            table.path: "this recipe reads one table; joins of side tables are not part of it"
            for table in needs.task.tables
            if table.role == "side"
        },
    )


def _texts(name: str, side: str, role: str) -> ContractObject:
    """A series of texts."""
    return ContractObject.model_validate(
        {"name": name, "side": side, "kind": "Series", "role": role, "dtypes": (TEXT,)}
    )
