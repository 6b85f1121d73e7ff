"""A program that is to be tried, and how: who wrote it, what it may take, when it answers."""

from dataclasses import dataclass
from typing import Literal

from agents.models import CandidatePlan
from agents.run.candidates.verification import Sources
from agents.run.world import UNLIMITED_S

LEAST_PLANNED_S, OPTIMISM = 30.0, 2.0


def planned_fit_s(plan: CandidatePlan) -> float:
    """What a fit of a model's plan may take: what was planned, with room for a plan's optimism.

    A plan may ask for a fold's share of the run's time limit at most and is recorded with it, so
    this is the same whenever the run is repeated: repeatable runs rest on it too.
    """
    return max(LEAST_PLANNED_S, OPTIMISM * plan.seconds)


@dataclass(frozen=True)
class Draft:
    """A program to be tried."""

    plan: CandidatePlan
    round: int
    what: str
    sources: Sources | None = None
    """Given when a person or a model wrote it; otherwise it is made from the plan's recipe."""
    author: Literal["recipe", "model", "person"] = "recipe"
    models: tuple[str, ...] = ()
    """Full names of the language models that wrote it."""
    base: str | None = None
    """Commit of the proposal that it repairs."""
    cores: int = 1
    fit_s: float = UNLIMITED_S
    """What a fit on a fold may take."""
    only_read: bool = False
    """Whether it is scored without having met `sample` (the paper's variant `static`)."""
    tentative: bool = False
    """Whether its answers wait until it is accepted: a change that must prove itself first."""
    at_once: bool = True
    """Whether the real test is answered along with fold 1 also where that takes a fit of its own;
    else only once the program leads, or does the other folds."""
    alone: bool = False
    """Whether no other program waits for a core: then questions are asked side by side."""

    @property
    def trusted(self) -> bool:
        """Recipes are ours; what a person or a model wrote is not."""
        return self.author == "recipe"

    @property
    def fit_limit_s(self) -> float | None:
        """What a fit on a fold may take, as it is told; None where nothing bounds it."""
        return self.fit_s if self.fit_s < UNLIMITED_S else None

    @property
    def in_one_go(self) -> bool:
        """Whether `sample`, fold 1 and changed rows share one start, which costs seconds.

        Only recipes, which hardly ever fail on `sample`, and where others wait for the cores.
        """
        return self.trusted and not self.alone
