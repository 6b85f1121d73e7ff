"""Variations of a candidate for the search: other literals, with the reason for each.

A variation changes literals of the plan that it comes from and nothing else, so that the same steps
and the same contract hold. The best ideas come first; another seed, which seldom disappoints and
never surprises, comes last.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

from agents.models import CandidatePlan, Profile
from agents.recipes.plans.neural import neural_variations
from agents.recipes.plans.variation import Variation

__all__ = ["Variation", "variations"]


def variations(plan: CandidatePlan, profile: Profile) -> tuple[Variation, ...]:
    """Changes worth trying, the most promising first.

    Args:
        plan: The candidate that is to be varied.
        profile: What was measured about the data.

    Returns:
        At most eight; none for a recipe that has nothing to vary.
    """
    make = _IDEAS.get(plan.recipe)
    return tuple(make(plan, profile)) if make else ()


def _settings(plan: CandidatePlan, **changes: JsonValue) -> dict[str, JsonValue]:
    """The settings of a plan with some of them changed."""
    settings = plan.literals.get("SETTINGS", {})
    assert isinstance(settings, dict)
    return {"SETTINGS": {**settings, **changes}}


def _setting(plan: CandidatePlan, name: str, usual: int) -> int:
    """A whole number among the settings of a plan."""
    settings: Any = plan.literals.get("SETTINGS", {})
    return int(settings.get(name, usual))


def _boosting(plan: CandidatePlan, profile: Profile) -> list[Variation]:
    depth = _setting(plan, "depth", 6)
    ideas = [
        Variation(
            "slower",
            {"RATE": 0.025, "USUAL_TREES": 1_000, "PATIENCE": 100},
            "Smaller steps find finer sums of trees, where time allows more of them.",
        ),
        Variation(
            "shallower",
            _settings(plan, depth=max(3, depth - 2)),
            "Small trees keep to simple effects, which new rows share.",
        ),
        Variation(
            "deeper",
            _settings(plan, depth=min(9, depth + 2), l2_leaf_reg=8),
            "Deep trees find how several columns work together.",
        ),
        Variation(
            "held_back",
            _settings(plan, l2_leaf_reg=12, random_strength=2),
            "Noisy targets ask for leaves that dare less.",
        ),
        Variation(
            "sparser",
            _settings(plan, rsm=0.25),
            "Trees that see few columns lean on all of them in turn.",
        ),
    ]
    if (
        plan.recipe == "tables/boosting"
        and plan.literals.get("WORDS")
        and profile.rows_train <= 50_000
    ):
        words = _settings(plan, max_ctr_complexity=3, one_hot_max_size=4)
        ideas.insert(2, Variation("worded", words, "Words may mean something only in company."))
    return [*ideas, _longer(plan), _other_seed()]


def _gradient(plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    leaves = _setting(plan, "num_leaves", 16)
    ideas = [
        Variation(
            "slower",
            {"RATE": 0.02, "USUAL_TREES": 800, "PATIENCE": 100},
            "Smaller steps find finer sums of trees, where time allows more of them.",
        ),
        Variation(
            "smaller",
            _settings(plan, num_leaves=max(4, leaves // 2), reg_lambda=1.0),
            "Small trees keep to simple effects, which new rows share.",
        ),
        Variation(
            "larger",
            _settings(plan, num_leaves=leaves * 2, min_child_samples=40, reg_lambda=20.0),
            "Large trees find how several columns work together.",
        ),
        Variation(
            "random",
            _settings(plan, extra_trees=True, num_leaves=leaves * 2, colsample_bytree=0.8),
            "Splits drawn at random vary more from tree to tree, and their sum less.",
        ),
        Variation(
            "sparser",
            _settings(plan, colsample_bytree=0.25, subsample=0.6),
            "Trees that see few columns and rows lean on all of them in turn.",
        ),
    ]
    if plan.literals.get("MANY_WORDS"):
        ideas.append(
            Variation("doubtful", {"PRIOR_ROWS": 40}, "Rare words should prove themselves.")
        )
    return [*ideas, _longer(plan), _other_seed()]


def _forest(plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    return [
        Variation(
            "coarser",
            _settings(plan, min_samples_leaf=8),
            "Large leaves average away more noise.",
        ),
        Variation(
            "greedier",
            _settings(plan, max_features=0.9),
            "Where few columns matter, each split should see nearly all.",
        ),
        Variation(
            "finer", _settings(plan, min_samples_leaf=1), "Where rows are exact, each one counts."
        ),
        _other_seed(),
    ]


def _linear(plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    curves = plan.literals.get("CURVES")
    ideas = [
        Variation("smooth", {"CURVES": 8}, "Fewer knots learn smoother effects."),
        Variation("wiggly", {"CURVES": 32}, "More knots follow effects that turn often."),
    ]
    if curves:
        ideas.append(Variation("straight", {"CURVES": 0}, "Straight lines need fewest rows."))
    else:
        ideas.append(Variation("plain", {"BENT": False}, "Distances may matter as they are."))
    return [*ideas, Variation("common", {"RAREST": 20}, "Rare words teach a weight little.")]


def _kernel(_plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    return [
        Variation(
            "wider",
            {"WIDTHS": [[100, 0.01], [300, 0.003], [1000, 0.001]]},
            "Wide kernels are nearly straight, and less is left to chance.",
        ),
        Variation(
            "narrower",
            {"WIDTHS": [[1, 0.5], [3, 0.3], [10, 0.2]]},
            "Narrow kernels follow what only near rows share.",
        ),
        Variation("plain", {"BENT": False}, "Distances may matter as they are."),
        Variation("common", {"RAREST": 20}, "Rare words put rows apart that belong together."),
    ]


def _discriminant(_plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    return [Variation("plain", {"BENT": False}, "Numbers may be normal enough as they are.")]


def _neural(plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    return [*neural_variations(plan)]


def _neighbours(_plan: CandidatePlan, _profile: Profile) -> list[Variation]:
    return [
        Variation("nearest", {"NEAREST": 1}, "One near row may say more than the mean of two."),
        Variation("bent", {"BENT": True}, "Heavy tails stretch distances."),
    ]


def _longer(plan: CandidatePlan) -> Variation:
    """More trees than held-out rows asked for, or more rows to grow them on."""
    if plan.literals.get("REFIT"):
        return Variation("longer", {"LONGER": 1.4}, "All rows bear more trees than most of them.")
    return Variation("trusting", {"HELD_OUT": 0.05}, "Rows that are held out teach nothing.")


def _other_seed() -> Variation:
    return Variation("reseeded", {"SEED_SHIFT": 1_000}, "The mean of two seeds errs less than one.")


_IDEAS: Mapping[str, Callable[[CandidatePlan, Profile], list[Variation]]] = {
    "tables/boosting": _boosting,
    "tables/boosting_encoded": _boosting,
    "tables/gradient": _gradient,
    "tables/forest": _forest,
    "tables/linear": _linear,
    "tables/kernel": _kernel,
    "tables/discriminant": _discriminant,
    "tables/neighbours": _neighbours,
    "tables/neural": _neural,
}
