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
        _step(
            "early_stop train",
            f"Stop when {'whole groups' if needs.group else 'rows'} held out from training "
            "no longer improve" + (", then fit that many trees to all rows." if _few(needs) else "."),
            f"With {needs.profile.rows_train} rows the right number of trees is not known "
            "beforehand" + ("; held-out rows are too many to lose." if _few(needs) else "."),
        ),
    ]
    return CandidatePlan(
        track="traditional",
        name="boosting",
        recipe="tables/boosting",
        literals={**needs.literals, **_target(needs.task, 1), "REFIT": _few(needs)},
        steps=(*steps, *_target_steps(needs), *_evaluation(needs)),
        contract=_contract(needs, ("float32", TEXT), nullable=True),
        reason="Boosted trees are the strongest single model on most tables.",
    )


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
    several = len(needs.task.targets) > 1
    kinds = {"multilabel": ("int8",), "regression": ("float64",)}
    objects = [
        ContractObject(
            name="X_train", side="train", kind="DataFrame", role="features", dtypes=dtypes,
            nullable=nullable,
        ),
        ContractObject(
            name="y_train", side="train", kind="DataFrame" if several else "Series", role="y",
            dtypes=kinds.get(needs.task.problem, (TEXT,)),
        ),
        ContractObject(
            name="X_test", side="test", kind="DataFrame", role="features", dtypes=dtypes,
            nullable=nullable, same_columns_as="X_train",
        ),
        ContractObject(name="row_id", side="test", kind="Series", role="row_id", dtypes=(TEXT,)),
    ]
    if needs.group and TEXT in dtypes:
        objects.append(
            ContractObject(
                name="groups_train", side="train", kind="Series", role="groups", dtypes=(TEXT,)
            )
        )
    return Contract(
        objects=tuple(objects),
        transductive=needs.group is not None,
        declined={
            table.path: "this recipe reads one table; joins of side tables are not part of it"
            for table in needs.task.tables
            if table.role == "side"
        },
    )
