"""The plans of the recipes: literals, steps with reasons, and the contract.

One function a recipe (or a character of it), from what the data needs to what the recipe does about
it; None where the recipe does not suit the data.
"""

from collections.abc import Callable

from agents.models import CandidatePlan
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.baseline import plan_baseline
from agents.recipes.plans.boosting import plan_boosting, plan_boosting_encoded
from agents.recipes.plans.common import tiny_classes
from agents.recipes.plans.forest import plan_forest
from agents.recipes.plans.gradient import plan_gradient, plan_gradient_tail
from agents.recipes.plans.media import NAMES as MEDIA_NAMES
from agents.recipes.plans.media import plan_media
from agents.recipes.plans.nearby import plan_nearby
from agents.recipes.plans.ratings import plan_ratings
from agents.recipes.plans.scaled import (
    plan_discriminant,
    plan_kernel,
    plan_linear,
    plan_neighbours,
)
from agents.recipes.plans.series import plan_seasonal_naive, plan_series

__all__ = ["plan_baseline", "plan_media", "plan_portfolio", "recipe_names"]

Make = Callable[[Needs], CandidatePlan | None]

_USUAL: tuple[Make, ...] = (
    plan_seasonal_naive,
    plan_series,
    plan_nearby,
    plan_ratings,
    plan_boosting,
    plan_linear,
    plan_kernel,
    plan_gradient,
    plan_forest,
    plan_boosting_encoded,
    plan_gradient_tail,
)
_FEW_A_CLASS: tuple[Make, ...] = (
    plan_discriminant,
    plan_neighbours,
    plan_linear,
    plan_kernel,
    plan_forest,
)
"""Boosting grows a tree a class and round, and has nothing to split in a few rows a class."""


def recipe_names() -> tuple[str, ...]:
    """Names of all candidates of the `traditional` track that data may call for."""
    makers = dict.fromkeys((*_USUAL, *_FEW_A_CLASS))
    return (*(make.__name__.removeprefix("plan_") for make in makers), *MEDIA_NAMES)


def plan_portfolio(needs: Needs) -> tuple[CandidatePlan, ...]:
    """The `traditional` track of a table: the strongest cheap candidates first."""
    planned = (make(needs) for make in (_FEW_A_CLASS if tiny_classes(needs) else _USUAL))
    return tuple(plan for plan in planned if plan is not None)
