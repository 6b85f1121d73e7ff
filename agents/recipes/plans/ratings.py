"""The plan for ratings: users, items, and what each user thinks of some of the items."""

from agents.models import BlueprintStep, CandidatePlan, ColumnProfile
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import (
    as_number,
    contract,
    early_stop,
    evaluation,
    few,
    lightgbm_settings,
    reading_seconds,
    step,
    target_literals,
    target_steps,
    width,
)

_FEWEST_NAMES = 20
_FEWEST_RATINGS = 3.0
"""Ratings a user and an item must have on average."""
_MOST_OTHERS = 5
_SPARSE = 0.5
"""Where more than this share of all pairs occurs, rows are a full panel and no ratings."""
_FACTORS = 8
_MOST_BYTES = 2e8


def plan_ratings(needs: Needs) -> CandidatePlan | None:
    """Biases, habits and tastes into LightGBM; None where rows are no ratings."""
    pair = rating_pair(needs)
    if pair is None:
        return None
    user, item = pair
    others = [one for one in needs.features if one.name not in {user.name, item.name}]
    words = any(one.semantic in {"category", "delimited", "json"} for one in others)
    widest = max(user.distinct, item.distinct)
    factors = max(1, min(_FACTORS, int((_MOST_BYTES / 8 / widest) ** 0.5)))
    rows = needs.profile.rows_train
    return CandidatePlan(
        track="traditional",
        name="ratings",
        recipe="tables/ratings",
        literals={
            **needs.literals,
            **target_literals(needs),
            "USER": user.name,
            "ITEM": item.name,
            "FACTORS": factors,
            "OTHER_WORDS": words or bool(needs.crosses),
            "SETTINGS": lightgbm_settings(needs, leaves=16, fewest=30, columns=0.7),
            "REFIT": few(needs),
        },
        steps=_steps(needs, pair, factors),
        contract=contract(needs, ("float32",), nullable=True),
        reason="Rows are ratings: names that come again and hardly anything else.",
        seconds=round(reading_seconds(needs) + rows * (2e-4 + 3e-6 * width(needs)), 2),
    )


def _steps(
    needs: Needs, pair: tuple[ColumnProfile, ColumnProfile], factors: int
) -> tuple[BlueprintStep, ...]:
    user, item = pair
    return (
        *needs.steps,
        step(
            "ratings prep",
            f"Measure how `{user.name}` rates and how `{item.name}` is rated, and how well the "
            f"tastes of both agree ({factors} factors), each row from other rows only.",
            f"{needs.profile.rows_train} rows pair {user.distinct} x {item.distinct} names, each "
            "of which comes again: what they did elsewhere says most about the next rating.",
        ),
        step(
            "boost model",
            "Boost trees of at most 16 leaves on these measures with LightGBM.",
            "How far a bias can be trusted depends on the number of ratings behind it.",
        ),
        early_stop(needs),
        *target_steps(needs),
        *evaluation(needs),
    )


def rating_pair(needs: Needs) -> tuple[ColumnProfile, ColumnProfile] | None:
    """The columns that name users and items, or None where rows are no ratings."""
    if not as_number(needs) or len(needs.task.targets) > 1:
        return None
    own = [one for one in needs.features if one in needs.profile.columns]
    rows = needs.profile.rows_train
    names = [
        one
        for one in own
        if one.semantic == "category"
        and one.distinct >= _FEWEST_NAMES
        and rows >= _FEWEST_RATINGS * one.distinct
    ]
    if len(names) < 2 or len(own) > _MOST_OTHERS + 2:
        return None
    chosen = sorted(names, key=lambda one: -one.distinct)[:2]
    user, item = sorted(chosen, key=own.index)
    return (user, item) if rows <= _SPARSE * user.distinct * item.distinct else None
