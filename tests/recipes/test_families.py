"""Every recipe is of a kind that a person can leave out, but the baseline of tables."""

from pathlib import Path

import agents.recipes
from agents.recipes.families import FAMILIES, NICKNAMES, family_of

RECIPES = Path(agents.recipes.__file__).parent


def test_every_recipe_but_one_has_one_family() -> None:
    there = {f"{one.parent.parent.name}/{one.parent.name}" for one in RECIPES.glob("*/*/model.py")}
    there.remove("tables/baseline")
    named = [recipe for recipes in FAMILIES.values() for recipe in recipes]

    assert sorted(named) == sorted(there)
    assert family_of("tables/baseline") == ""


def test_what_people_say_means_families_that_there_are() -> None:
    assert {family for families in NICKNAMES.values() for family in families} <= FAMILIES.keys()
