"""From a recipe and a plan to one part of a program: inlined, filled, pruned, with a heading."""

from functools import cache
from textwrap import wrap

from pydantic import JsonValue

from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.writing.claims import steps_claimed_in
from agents.recipes.writing.inline import inline, load_source
from agents.recipes.writing.literals import constants_of, specialise
from agents.recipes.writing.source import Module, compose, parse, reached

WIDTH = 100


def instantiate(plan: CandidatePlan, part: str, root: str) -> str:
    """Write one part of a program from a recipe.

    Args:
        plan: Names the recipe (`tables/boosting`) and the literals that specialise it.
        part: `preprocess` or `model`.
        root: The class that the part must define; what it does not need is left out.

    Returns:
        The source, which needs nothing of this project.
    """
    recipe = _recipe(plan.recipe, part)
    settled = reached(specialise(_inlined(plan.recipe, part), plan.literals), [root])
    steps = steps_claimed_in(compose(settled), plan.steps)
    heading = _heading(recipe.docstring.partition("\n")[0], steps)
    return compose(Module(heading, settled.imports, settled.pieces))


def constants_in(plan: CandidatePlan, part: str) -> dict[str, JsonValue]:
    """The constants that one part of a recipe can be written with, as its source has them."""
    return constants_of(compose(_inlined(plan.recipe, part)))


@cache
def _inlined(recipe: str, part: str) -> Module:
    """What every program of a recipe begins with."""
    return parse(compose(inline(_recipe(recipe, part))))


def _recipe(recipe: str, part: str) -> Module:
    return parse(load_source(f"agents.recipes.{recipe.replace('/', '.')}.{part}"))


def _heading(title: str, steps: list[BlueprintStep]) -> str:
    """A docstring that names the steps that the code follows, and what each is."""
    if not steps:
        return title
    lines = [title, "", *wrap(f"Steps: {', '.join(step.id for step in steps)}", WIDTH)]
    for step in steps:
        lines += wrap(
            f"{step.id}: {step.directive}",
            WIDTH,
            initial_indent="    ",
            subsequent_indent="        ",
            break_on_hyphens=False,
        )
    return "\n".join(lines)
