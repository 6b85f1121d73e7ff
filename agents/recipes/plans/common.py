"""What the plans of all recipes share: steps, contract, targets, evaluation, costs."""

from pydantic import JsonValue

from agents.models import BlueprintStep, Contract, ContractObject, Task
from agents.recipes.needs.needs import MANY_WORDS, MOST_ITEMS, Needs

Literals = dict[str, JsonValue]
TEXT = "str"
_RANK_METRICS = {"kappa", "kappa_linear"}
FEW_ROWS = 3_000
"""Up to here, kernels are quick and every row counts."""
MANY_CLASSES = 30
"""Boosting grows a tree a class and round: with more classes than this it only pays with many
rows."""
ROWS_A_CLASS = 50
"""Fewer rows than this a class teach a tree little."""


def step(place: str, directive: str, reason: str) -> BlueprintStep:
    """A step from `id part`, what to do and why."""
    name, part = place.split()
    return BlueprintStep.model_validate(
        {"id": name, "part": part, "directive": directive, "reason": reason}
    )


def few(needs: Needs) -> bool:
    """Whether there are so few rows that each one counts and slow methods are quick."""
    return needs.profile.rows_train <= FEW_ROWS


def tiny_classes(needs: Needs) -> bool:
    """Whether there are many classes of few rows, where trees have nothing to split."""
    classes = len(needs.task.targets[0].classes)
    if needs.task.problem != "multiclass" or classes < MANY_CLASSES:
        return False
    return needs.profile.rows_train < ROWS_A_CLASS * classes


def many_words(needs: Needs) -> bool:
    """Whether words of so many kinds occur that a column a word would be too many."""
    wide = any(column.distinct > MANY_WORDS for column in needs.of("category"))
    return wide or bool(needs.of("delimited") or needs.of("json") or needs.crosses)


def every_target(task: Task) -> str:
    """The targets in words."""
    return "the target" if len(task.targets) == 1 else f"each of {len(task.targets)} targets"


def outputs(needs: Needs) -> int:
    """How many columns of numbers a model has to learn."""
    first = needs.task.targets[0]
    return max(len(needs.task.targets), len(first.classes) if len(first.classes) > 2 else 1)


def encoding_steps(needs: Needs) -> list[BlueprintStep]:
    """Words as numbers, for models that take numbers only."""
    steps = []
    if needs.words:
        steps.append(
            step(
                "one_hot prep",
                "Give every word that occurs five times or more a column of its own.",
                "A linear model needs a weight a word.",
            )
        )
    if many_words(needs):
        steps.append(means_step())
    return steps


def word_steps(needs: Needs) -> list[BlueprintStep]:
    """Words as numbers that trees can split."""
    steps = []
    if needs.words:
        steps.append(
            step(
                "codes prep",
                "Number the words by how often they occur.",
                "Trees can split on such codes, and how frequent a word is may matter by itself.",
            )
        )
    if many_words(needs):
        steps.append(means_step())
    return steps


def means_step() -> BlueprintStep:
    """Words of many kinds by what they stand beside."""
    return step(
        "target_means prep",
        f"Replace words of more than {MANY_WORDS} kinds by the target's mean over other rows.",
        "A column a word would be more columns than such words can teach.",
    )


def early_stop(needs: Needs) -> BlueprintStep:
    """When boosting ends."""
    what = {"grouped": "whole groups", "last": "the last rows in time"}.get(
        str(needs.literals["HOLDOUT"]), "rows"
    )
    directive = f"Stop when {what} held out from training no longer improve."
    reason = f"With {needs.profile.rows_train} rows the right number of trees is not known before"
    if few(needs):
        directive += " Then fit that many trees to all rows."
        reason += ", and held-out rows are too many to lose"
    return step("early_stop train", directive, f"{reason}.")


def evaluation(needs: Needs) -> list[BlueprintStep]:
    """How the engine judges; no program follows these."""
    split, metric = needs.profile.split, needs.task.metric
    then = ", and once on all rows for the test" if split.refit else " and average the fits"
    return [
        step(
            "folds eval",
            f"Fit once for each of {split.folds} {split.splitter} folds{then}.",
            split.evidence[0] if split.evidence else "Every row is blind once.",
        ),
        step(
            "metric eval",
            f"Score {metric.title} on the blind rows.",
            metric.words or f"The metric comes from the {metric.source}.",
        ),
    ]


def contract(needs: Needs, dtypes: tuple[str, ...], *, nullable: bool) -> Contract:
    """What preprocessing hands to the model.

    Args:
        needs: The columns of the competition.
        dtypes: Of the features.
        nullable: Whether features may be missing.
    """
    features = promised("X_train", "train", "DataFrame", "features", dtypes)
    features = features.model_copy(update={"nullable": nullable})
    same = {"name": "X_test", "side": "test", "same_columns_as": "X_train"}
    objects = [features, _target(needs.task), features.model_copy(update=same)]
    objects.append(promised("row_id", "test", "Series", "row_id", (TEXT,)))
    if needs.group:
        objects.append(promised("groups_train", "train", "Series", "groups", (TEXT,)))
    if needs.weighted:
        objects.append(promised("weight_train", "train", "Series", "sample_weight", ("float64",)))
    if needs.literals["HOLDOUT"] == "last":
        time = promised("time_train", "train", "Series", "time", ("float64",))
        objects.append(time.model_copy(update={"nullable": True}))
    return Contract(
        objects=tuple(objects),
        transductive=needs.group is not None,
        declined=needs.declined,
    )


def _target(task: Task) -> ContractObject:
    kinds = {"multilabel": ("int8",), "regression": ("float64",)}
    kind = "DataFrame" if len(task.targets) > 1 else "Series"
    return promised("y_train", "train", kind, "y", kinds.get(task.problem, (TEXT,)))


def promised(name: str, side: str, kind: str, role: str, dtypes: tuple[str, ...]) -> ContractObject:
    """An object without gaps that preprocessing hands over; the words are those of the contract."""
    return ContractObject.model_validate(
        {"name": name, "side": side, "kind": kind, "role": role, "dtypes": dtypes}
    )


def as_ranks(needs: Needs) -> bool:
    """Whether ordered classes are learned as their ranks, since the metric counts how far off."""
    return needs.task.problem == "ordinal" and needs.task.metric.name in _RANK_METRICS


def as_number(needs: Needs) -> bool:
    """Whether models predict numbers instead of probabilities."""
    return needs.task.problem == "regression" or as_ranks(needs)


def in_logarithms(needs: Needs) -> bool:
    """Whether the logarithm of the target is learned: for the metric, and no target is negative."""
    names = {target.name for target in needs.task.targets}
    lows = [one.minimum for one in needs.profile.columns if one.name in names]
    return needs.loss.log_target and all(low is None or low >= 0 for low in lows)


def target_literals(needs: Needs) -> Literals:
    """How the target is learned."""
    return {"AS_NUMBER": as_number(needs), "LOG_TARGET": in_logarithms(needs)}


def target_steps(needs: Needs) -> list[BlueprintStep]:
    """The scale on which the target is learned, and how rows are weighed."""
    steps = []
    if in_logarithms(needs):
        steps.append(
            step(
                "log_target train",
                "Learn the logarithm of the target.",
                f"{needs.task.metric.title} compares logarithms, so errors count in proportion.",
            )
        )
    if as_ranks(needs):
        steps.append(
            step(
                "ranks train",
                f"Learn the rank of each of the {len(needs.task.targets[0].classes)} classes.",
                f"{needs.task.metric.title} counts how many ranks an answer is off.",
            )
        )
    return steps + weight_steps(needs)


def lightgbm_settings(needs: Needs, *, leaves: int, fewest: int, columns: float) -> Literals:
    """LightGBM's settings for the loss that the metric asks for.

    Args:
        needs: The columns of the competition.
        leaves: At most so many a tree.
        fewest: Rows that a leaf must have.
        columns: The share of columns that each tree sees.
    """
    settings: Literals = {
        "objective": "regression" if as_ranks(needs) else needs.loss.lightgbm,
        "num_leaves": leaves,
        "min_child_samples": fewest,
        "colsample_bytree": columns,
        "subsample": 0.8,
        "subsample_freq": 1,
        "reg_lambda": 5.0,
    }
    if needs.loss.quantile:
        settings["alpha"] = needs.loss.quantile
    return settings


def width(needs: Needs) -> int:
    """About how many columns of features there are before words become columns."""
    texts = len(needs.of("text"))
    lists = sum(1 + min(MOST_ITEMS, len(column.items)) for column in needs.of("list"))
    parts = sum(max(1, column.parts) for column in needs.of("delimited"))
    keys = sum(len(column.items) for column in needs.of("json"))
    plain = sum(len(needs.of(kind)) for kind in ("number", "boolean", "category"))
    dates = 7 * len(needs.of("date"))
    measures = needs.sides.measures + len(needs.crosses)
    return max(1, plain + dates + parts + keys + lists + 20 * texts + measures)


def one_hot_width(needs: Needs) -> int:
    """About how many columns there are once words have become columns."""
    words = sum(min(column.distinct, MANY_WORDS) for column in needs.of("category"))
    return width(needs) + words


def reading_seconds(needs: Needs) -> float:
    """What describing all rows costs before any model; texts are read five times over."""
    rows = needs.profile.rows_train
    return 0.2 + rows * (2e-6 * width(needs) + 6e-4 * len(needs.scored_texts))


def weight_steps(needs: Needs) -> list[BlueprintStep]:
    """Rows count as the metric counts them."""
    told = []
    if needs.weight_column:
        told.append(f"as `{needs.weight_column}` says")
    if needs.inverse_weights:
        told.append("by one over its target")
    if not told:
        return []
    directive, reason = f"Weigh every row {' and '.join(told)}.", needs.task.metric.title
    return [step("weights train", directive, f"{reason} counts errors so.")]
