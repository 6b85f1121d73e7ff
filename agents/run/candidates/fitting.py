"""Running the stages of one candidate's program, and keeping what they made.

A durable step a program: its result is the outcome, and what successful stages wrote lies under
content keys, so that nothing is fitted twice for the same inputs.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from agents.execution.protocol import Outcome
from agents.roles.error_analyzer import analyze
from agents.run.candidates.solution_check import Failed, rung_fault
from agents.run.candidates.verification import (
    VAULT,
    Asked,
    FittedFold,
    Sources,
    StagePlan,
    ViewFact,
    plan_fold,
    plan_refit,
    plan_vault,
)
from agents.run.world import Order, World


@dataclass(frozen=True)
class Fitted:
    """Folds that were fitted, and what that cost."""

    folds: tuple[FittedFold, ...]
    seconds: float
    """On one core, without the program's start."""


@dataclass(frozen=True)
class Fitting:
    """One candidate's program, ready to run."""

    world: World
    sources: Sources
    track: str
    candidate: str
    trusted: bool
    cores: int
    seed: int | None = None
    """Of its fits on blind views, where it is not the run's."""

    async def stages(self, step: str, plan: StagePlan, label: str) -> Outcome:
        """Runs the planned stages as one program; nothing runs where all results are kept."""

        async def do() -> JsonValue:
            order = Order(
                step=step,
                track=self.track,
                candidate=self.candidate,
                label=f"{self.candidate} {label}",
                files=self.sources.files,
                stages=tuple(plan.stages),
                attempt=plan.out.parent,
                trusted=self.trusted,
                cores=self.cores,
            )
            outcome = await self.world.run_program(order)
            await asyncio.to_thread(_keep_results, plan, outcome)
            return outcome.model_dump(mode="json")

        if not plan.stages:
            rung = self.world.sandbox.rung
            return Outcome(
                ok=True, ended="finished", stages=(), seconds=0.0, peak_bytes=0, rung=rung
            )
        inputs: JsonValue = {"program": self.sources.program, "runtime": plan.runtime}
        label_of_step = f"{self.candidate} {label}"
        result = await self.world.steps.step(step, inputs, do, label=label_of_step)
        return Outcome.model_validate(result)

    async def folds(
        self, step: str, views: tuple[ViewFact, ...], asked: Asked, seconds: float
    ) -> Fitted:
        """Fits on blind views, scores their blind rows, and lets each fit answer what is asked.

        Args:
            step: Path of the durable step.
            views: Blind views; the vault among them where it has a fit of its own.
            asked: What each fit on a blind view answers too.
            seconds: What each fit may take.

        Raises:
            Failed: A stage failed.
        """
        plan = self.world.stage_plan(self.sources, step, seconds, seed=self.seed)
        folds = [
            plan_vault(plan, view) if view.name == VAULT else plan_fold(plan, view, asked)
            for view in views
        ]
        return await self._fit(step, plan, folds, f"learns {_on_what(views)}")

    async def refit(self, step: str, full: ViewFact, seconds: float) -> Fitted:
        """One fit on all rows, which answers the real test.

        Raises:
            Failed: A stage failed.
        """
        plan = self.world.stage_plan(self.sources, step, seconds)
        return await self._fit(step, plan, [plan_refit(plan, full)], "learns on all rows")

    async def _fit(self, step: str, plan: StagePlan, folds: list[FittedFold], label: str) -> Fitted:
        outcome = await self.stages(step, plan, label)
        self.raise_fault(outcome, "blind")
        return self.fitted(plan, folds, outcome)

    def fitted(self, plan: StagePlan, folds: list[FittedFold], outcome: Outcome) -> Fitted:
        """What these folds left behind, and what they cost."""
        names = {fold.view for fold in folds}
        spent = sum(
            stage.seconds for stage in outcome.stages if stage.name.partition("/")[0] in names
        )
        return Fitted(tuple(_settled(plan, fold) for fold in folds), spent)

    def raise_fault(self, outcome: Outcome, rung: str) -> None:
        """Leaves the trial when a program did not pass.

        Raises:
            Failed: It did not.
        """
        if outcome.ok:
            return
        fault = analyze(outcome, rung=rung, sources=self.sources.files)
        raise Failed(fault or rung_fault("unknown", outcome.tail, rung))


def joined(parts: Iterable[Fitted]) -> Fitted:
    """Several fits as one, blind folds in their order."""
    every = list(parts)
    folds = sorted(
        (fold for part in every for fold in part.folds),
        key=lambda fold: (fold.blind is None, len(fold.view), fold.view),
    )
    return Fitted(tuple(folds), sum(part.seconds for part in every))


def _on_what(views: tuple[ViewFact, ...]) -> str:
    numbers = [view.name.removeprefix("blind-") for view in views if view.name != VAULT]
    noun = "fold" if len(numbers) == 1 else "folds"
    parts = [f"on {noun} {', '.join(numbers)}"] if numbers else []
    before = ["before the rows kept for the report"] if len(numbers) < len(views) else []
    return " and ".join([*parts, *before])


def _settled(plan: StagePlan, fold: FittedFold) -> FittedFold:
    def settle(path: str | None) -> str | None:
        return None if path is None else plan.paths.relative(plan.settled(Path(path)))

    return fold.model_copy(
        update={
            "preprocessor": settle(fold.preprocessor),
            "model": settle(fold.model),
            "blind": settle(fold.blind),
            "test": settle(fold.test),
            "vault": settle(fold.vault),
        }
    )


def _keep_results(plan: StagePlan, outcome: Outcome) -> None:
    """Moves what successful stages wrote to its content key, then drops the rest."""
    for stage in outcome.stages:
        for source, target in plan.kept.get(stage.name, ()) if stage.ok else ():
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() and source.exists():
                source.rename(target)
