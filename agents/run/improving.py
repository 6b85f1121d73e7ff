"""Improvement after validity (3.4.3): one change at a time, kept where it shows on blind rows.

One loop for whoever has ideas: a language model changes the block of its solution that matters most
(`agents.run.by_models.model_ideas`), and recipes are varied by their literals, which needs no
model. It ends when time is over or nobody has an idea left.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from agents.models import CandidatePlan
from agents.recipes.plans.variations import Variation, variations
from agents.run.building import Building
from agents.run.candidates.draft import Draft
from agents.run.candidates.proving import prove, usual_fit_s
from agents.run.candidates.trial import Trial
from agents.run.choosing.selection import Build, Scored, ranked, round_of
from agents.run.world import World

PATIENCE = 5
"""After so many variations in a row that brought nothing, the search has found what there is."""
REPEATABLE_IDEAS = 2
"""How many ideas a repeatable run tries, since no clock bounds it."""
AROUND = 2
"""Variations are made of so many of the best."""


class Idea(NamedTuple):
    """A changed program, and the one that it comes from."""

    trial: Trial
    parent: Scored
    again: bool = False
    """Whether it was tried before and is repaired: it is no new idea."""


class Ideas(Protocol):
    """Where ideas come from."""

    async def next(self) -> Sequence[Idea]:
        """Those to be tried next, side by side; none where there are none left."""

    def came_to(self, idea: Idea, *, improved: bool) -> None:
        """Learns what became of an idea."""


async def improve(world: World, build: Build, building: Building, ideas: Ideas) -> None:
    """Tries ideas until none helps, or none at all where the person wants no changes."""
    if not world.settings.improve_rounds:
        return
    tried = 0
    while not (world.repeatable and tried >= REPEATABLE_IDEAS):
        found = [one for one in await ideas.next() if building.may_begin(one.trial, first=True)]
        if not found:
            return
        by_trial = {one.trial.path: one for one in found}
        helped: set[str] = set()

        async def follow(
            trial: Trial, by_trial: dict[str, Idea] = by_trial, helped: set[str] = helped
        ) -> None:
            if await prove(world, build, trial, by_trial[trial.path].parent):
                helped.add(trial.path)

        await building.side_by_side([(one.trial, follow) for one in found])
        for one in found:
            ideas.came_to(one, improved=one.trial.path in helped)
        tried += sum(not one.again for one in found)


class RecipeIdeas:
    """Variations of the two best recipes, the most promising first."""

    def __init__(self, world: World, build: Build, building: Building) -> None:
        """Nothing is tried yet."""
        self._world, self._build, self._building = world, build, building
        self._tried: set[str] = set()
        self._chance: set[str] = set()
        """Programs that were not shown to be improvements: nothing is made of them."""
        self._fruitless = 0

    async def next(self) -> Sequence[Idea]:
        """The next untried variation of each of the best."""
        if self._fruitless >= PATIENCE:
            self._world.notice(
                f"{self._fruitless} variations of recipes in a row brought nothing: "
                "no more are tried."
            )
            return []
        found: dict[str, Idea] = {}
        for parent in await self._parents():
            plan = self._build.sources[parent.program][0]
            named = [
                _varied(plan, one)
                for one in variations(plan, self._build.profile)
                if _is_new(plan, one)
            ]
            fresh = next((one for one in named if one.name not in self._tried | found.keys()), None)
            if fresh is not None:
                found[fresh.name] = Idea(self._trial(fresh, parent), parent)
        self._tried |= found.keys()
        return list(found.values())

    def came_to(self, idea: Idea, *, improved: bool) -> None:
        """Goes on from what was shown to be better."""
        self._fruitless = 0 if improved else self._fruitless + 1
        program = idea.trial.filled.program if idea.trial.filled is not None else ""
        if not improved:
            self._chance.add(program)

    async def _parents(self) -> list[Scored]:
        order = (await ranked(self._world, self._build)).order
        stopped = self._world.facts.state.stopped_tracks
        able = [one for one in order if one.trusted and one.track not in stopped]
        return [one for one in able if one.program not in self._chance][:AROUND]

    def _trial(self, plan: CandidatePlan, parent: Scored) -> Trial:
        """A trial of a variation, with about the time that its parent needed."""
        number = round_of(self._world, self._build, plan.track, plan.name)
        seconds = usual_fit_s(self._world, self._build, parent)
        draft = Draft(plan, number, plan.name, fit_s=seconds, tentative=True, at_once=False)
        trial = self._building.new_trial(draft)
        if self._building.may_begin(trial, first=True):
            trial.begin()
        return trial


def _is_new(plan: CandidatePlan, variation: Variation) -> bool:
    """Whether it changes anything, and was not made use of already."""
    changes = any(plan.literals.get(name) != value for name, value in variation.literals.items())
    return changes and variation.name not in plan.name.split("-")[1:]


def _varied(plan: CandidatePlan, variation: Variation) -> CandidatePlan:
    return plan.model_copy(
        update={
            "name": f"{plan.name}-{variation.name}",
            "literals": {**plan.literals, **variation.literals},
            "reason": variation.reason,
        }
    )
