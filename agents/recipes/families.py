"""Families of recipes: which learn in the same way, and what people call them.

A person leaves out a kind of model ("no forest"), not a recipe.
"""

from collections.abc import Mapping
from typing import Final

FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "catboost": ("tables/boosting", "tables/boosting_encoded"),
    "lightgbm": (
        "tables/gradient",
        "tables/ratings",
        "media/gradient",
        "pretrained/gradient",
        "series/boosting",
        "series/nearby",
    ),
    "forest": ("tables/forest",),
    "linear": ("tables/linear", "media/baseline", "pretrained/linear"),
    "kernel": ("tables/kernel", "media/kernel"),
    "discriminant": ("tables/discriminant", "media/discriminant"),
    "neighbours": ("tables/neighbours",),
    "seasonal": ("series/seasonal",),
    "network": ("tables/neural",),
}
"""Recipes by family; the baseline of tables is of none."""

_BOOSTING: Final = ("catboost", "lightgbm")
NICKNAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "boosting": _BOOSTING,
    "boosted": _BOOSTING,
    "gbm": _BOOSTING,
    "gbms": _BOOSTING,
    "gbdt": _BOOSTING,
    "trees": (*_BOOSTING, "forest"),
    "tree": (*_BOOSTING, "forest"),
    "forests": ("forest",),
    "extratrees": ("forest",),
    "ridge": ("linear",),
    "logistic": ("linear",),
    "lasso": ("linear",),
    "svm": ("kernel",),
    "svms": ("kernel",),
    "svc": ("kernel",),
    "svr": ("kernel",),
    "kernels": ("kernel",),
    "lda": ("discriminant",),
    "knn": ("neighbours",),
    "neighbors": ("neighbours",),
} | {name: (name,) for name in FAMILIES if name != "network"}
"""Families by the words, in lower case, that people use for them; networks are a track."""


def family_of(recipe: str) -> str:
    """The family of a recipe; empty where it is of none, or no recipe."""
    return next((name for name, recipes in FAMILIES.items() if recipe in recipes), "")
