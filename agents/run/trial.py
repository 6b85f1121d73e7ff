"""One candidate from source text to a scored, accepted program: the ladder of DESIGN 5, driven.

Draft and propose; check without running; meet real data on `sample`; score on blind folds, handing
in a first submission as soon as one fold has passed; assemble `solution.py` and see it pass its
three commands; accept or reject. A failure anywhere is a fault and a value: the run goes on.
"""

import asyncio
import importlib.util
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from agents.contract import differences, unpromised
from agents.errors import WorkerError
from agents.execution.protocol import Outcome, StageResult
from agents.journal import events
from agents.models import CandidatePlan, Fault
from agents.roles.assembler import assemble
from agents.roles.error_analyzer import analyze, static_faults
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import unclaimed_steps, write_preprocessing
from agents.run.first_fold import FirstFold
from agents.run.selection import Build, Scored, accept, better, compare, offer, scoring
from agents.run.solution_check import (
    Failed,
    SolutionUnderTest,
    rung_fault,
    sample_budget,
    verify_solution,
)
from agents.run.verification import (
    FittedFold,
    Sources,
    StagePlan,
    ViewFact,
    plan_fold,
    plan_sample,
    plan_variants,
)
from agents.run.world import Order, World
from agents.workspace.message import CommitMessage

WHOLE_SAMPLE_ROWS = 2_000
"""Up to here `sample` holds every row (`design/scores.md`)."""
EXPLAINED_BY_SMALLNESS = {"preprocessing logic", "shape or dtype mismatch", "unknown"}


@dataclass(frozen=True)
class Draft:
    """A program to be tried."""

    plan: CandidatePlan
    round: int
    what: str
    sources: Sources | None = None
    """Given when a person wrote it; otherwise the coders do."""
    cores: int = 1

    @property
    def trusted(self) -> bool:
        """Recipes are ours; what a person or a model wrote is not."""
        return self.sources is None


class Trial:
    """Takes one draft up the ladder."""

    def __init__(self, world: World, build: Build, draft: Draft) -> None:
        """Nothing happens yet."""
        self.world, self.build, self.draft = world, build, draft
        self.track, self.candidate = draft.plan.track, draft.plan.name
        self.path = f"{self.track}/round-{draft.round}"
        self._small = False

    async def run(self) -> Scored | None:
        """Climbs; returns the scored candidate, or None when it failed."""
        self.world.tell(self._started())
        proposal: str | None = None
        try:
            sources = self._write()
            proposal = await self._propose(sources)
            self._check_without_running(sources)
            await self._meet_sample(sources)
            scored = await self._score(sources)
            solution = await self._assemble(sources, scored)
        except Failed as failure:
            self._fail(failure.fault, proposal)
            return None
        except WorkerError as error:
            message = str(error).splitlines()[0]
            fault = Fault(kind="unknown", component="engine", message=message, excerpt=str(error))
            self._fail(fault, proposal)
            return None
        self.build.scored[scored.program] = scored
        await self._settle(sources, scored, solution, proposal)
        return scored

    def _began(self) -> datetime:
        """When the round began, from the journal: a repetition gives the same commit."""
        return self.world.tell(self._started()).moment

    def _started(self) -> events.RoundStarted:
        return events.RoundStarted(
            track=self.track,
            round=self.draft.round,
            candidate=self.candidate,
            what=self.draft.what,
        )

    # --- draft ------------------------------------------------------------------------------------

    def _write(self) -> Sources:
        sources = self.draft.sources
        if sources is None:
            plan = self.draft.plan
            sources = Sources(write_preprocessing(plan), write_model(plan))
        self.build.sources[sources.program] = (self.draft.plan, sources)
        return sources

    async def _propose(self, sources: Sources) -> str:
        message = CommitMessage(
            at=self._began(),
            subject=f"propose({self.track}): round {self.draft.round}, {self.draft.what}",
            track=self.track,
            round=self.draft.round,
        )

        def propose() -> str:
            return self.world.repository.propose(
                self.track, self.draft.round, 1, self._files(sources, None), message
            )

        commit = await self.world.commit(
            f"{self.path}/propose", {"program": sources.program}, propose, label="Writing the draft"
        )
        self.world.tell(
            events.ProposalMade(
                track=self.track,
                round=self.draft.round,
                candidate=self.candidate,
                commit=commit,
                program=sources.program,
            )
        )
        return commit

    def _files(self, sources: Sources, solution: str | None) -> dict[str, bytes | None]:
        folder = f"tracks/{self.track}"
        contract = self.draft.plan.contract.model_dump_json(indent=2) + "\n"
        files: dict[str, bytes | None] = {
            f"{folder}/contract.json": contract.encode(),
            f"{folder}/preprocess.py": sources.preprocess.encode(),
            f"{folder}/model.py": sources.model.encode(),
        }
        if solution is not None:
            files[f"{folder}/solution.py"] = solution.encode()
        return files

    # --- without running --------------------------------------------------------------------------

    def _check_without_running(self, sources: Sources) -> None:
        for fault in static_faults(sources.files, _module_exists):
            raise Failed(fault)
        taken = unpromised(self.draft.plan.contract, sources.model)
        if taken:
            fault = rung_fault("contract usage", "\n".join(taken), "static")
            raise Failed(fault.model_copy(update={"component": "model.py"}))
        if self.draft.trusted:
            unclaimed = unclaimed_steps(self.draft.plan, (sources.preprocess, sources.model))
            if unclaimed:
                message = f"No docstring claims these steps: {', '.join(unclaimed)}."
                raise Failed(rung_fault("contract fulfilment", message, "blueprint"))
        self._passed("parses, names and imports resolve")

    def _passed(self, rung: str) -> None:
        self.world.tell(
            events.RungPassed(
                track=self.track, round=self.draft.round, candidate=self.candidate, rung=rung
            )
        )

    # --- sample -----------------------------------------------------------------------------------

    async def _meet_sample(self, sources: Sources) -> None:
        """Real data first of all, in seconds."""
        step = f"{self.path}/sample"
        plan = self.world.stage_plan(sources, step, sample_budget(self.world))
        scores = plan_sample(plan, self.build.views["sample"])
        outcome = await self._run_stages(step, sources, plan, "meets real data on sample")
        self._raise_contract_faults(outcome)
        try:
            self._raise_fault(outcome, sources, "sample")
        except Failed as failure:
            await self._retry_on_blind(sources, failure)
            self._small = True
            return
        arguments: dict[str, JsonValue] = {
            "task": self.build.task.model_dump(mode="json"),
            "view": self.build.views["sample"].model_dump(mode="json"),
            "scores": str(plan.settled(scores)),
        }
        await self._judge("judge_sample", f"{self.path}/sample-verdict", arguments)
        self._warn_of_unread_tables(outcome)
        self._passed("sample")

    async def _ask_variants(self, sources: Sources) -> None:
        """Changed rows and shuffled labels, beside the folds: nothing is handed in before."""
        if self._small:
            return
        step = f"{self.path}/variants"
        plan = self.world.stage_plan(sources, step, sample_budget(self.world))
        places = plan_variants(plan, self.build.views.__getitem__)
        outcome = await self._run_stages(step, sources, plan, "answers changed rows of sample")
        self._raise_fault(outcome, sources, "variants")
        views = {name: self.build.views[name] for name in ("sample", *places.variants)}
        arguments: dict[str, JsonValue] = {
            "task": self.build.task.model_dump(mode="json"),
            "views": {name: view.model_dump(mode="json") for name, view in views.items()},
            "plain": str(plan.settled(places.plain)),
            "variants": {name: str(plan.settled(at)) for name, at in places.variants.items()},
            "shuffled": str(plan.settled(places.shuffled)),
            "transductive": self.draft.plan.contract.transductive,
        }
        await self._judge("judge_variants", f"{self.path}/variants-verdict", arguments)
        self._passed("changed rows and shuffled labels")

    async def _judge(self, call: str, step: str, arguments: dict[str, JsonValue]) -> None:
        label = f"Judging {self.candidate} on sample"
        verdict = await self.world.work(step, call, arguments, label=label)
        assert isinstance(verdict, list)
        if verdict:
            raise Failed(Fault.model_validate(verdict[0]))

    async def _retry_on_blind(self, sources: Sources, failure: Failed) -> None:
        """A fault that only the sample's smallness explains does not count."""
        whole = self.build.profile.rows_train <= WHOLE_SAMPLE_ROWS
        if whole or failure.fault.kind not in EXPLAINED_BY_SMALLNESS:
            raise failure
        await self.build.blind_ready.wait()
        step = f"{self.path}/sample-retry"
        plan = self.world.stage_plan(sources, step, sample_budget(self.world))
        plan_fold(plan, self.build.blind[0], None)
        outcome = await self._run_stages(step, sources, plan, "tries again on more rows")
        if not outcome.ok:
            raise failure
        self.world.notice(
            f"{self.candidate} failed on the small sample ({failure.fault.message.splitlines()[0]})"
            " but not on a whole fold: it goes on."
        )
        self._passed("a whole fold instead of sample")

    def _warn_of_unread_tables(self, outcome: Outcome) -> None:
        """An input that is neither read nor declined is worth a sentence (MLE-STAR's check)."""
        read = {name for stage in outcome.stages for name in stage.inputs}
        if not read:
            return
        for table in self.build.task.tables:
            declined = table.path in self.draft.plan.contract.declined
            if table.role != "sample" and table.path not in read and not declined:
                self.world.notice(f"{self.candidate} never reads {table.path}.")

    async def _run_stages(
        self,
        step: str,
        sources: Sources,
        plan: StagePlan,
        label: str,
        first: FirstFold | None = None,
    ) -> Outcome:
        """A durable step: its result is the outcome; results of stages move to their keys."""

        async def do() -> JsonValue:
            order = Order(
                step=step,
                track=self.track,
                candidate=self.candidate,
                label=f"{self.candidate} {label}",
                files=sources.files,
                stages=tuple(plan.stages),
                attempt=plan.out.parent,
                trusted=self.draft.trusted,
                cores=self.draft.cores,
            )
            outcome = await self.world.run_program(order, first.listen if first else None)
            if first is not None:
                await first.wait()
            await asyncio.to_thread(_keep_results, plan, outcome)
            return outcome.model_dump(mode="json")

        if not plan.stages:
            rung = self.world.sandbox.rung
            return Outcome(
                ok=True, ended="finished", stages=(), seconds=0.0, peak_bytes=0, rung=rung
            )
        inputs: JsonValue = {"program": sources.program, "runtime": plan.runtime}
        result = await self.world.steps.step(step, inputs, do, label=f"{self.candidate} {label}")
        return Outcome.model_validate(result)

    def _raise_contract_faults(self, outcome: Outcome) -> None:
        made = {stage.name.rsplit("/", 1)[-1]: stage.facts for stage in reversed(outcome.stages)}
        fits = _facts(outcome, "preprocess-fit")
        transforms = _facts(outcome, "preprocess-transform")
        if not made or fits is None or transforms is None:
            return
        found = differences(self.draft.plan.contract, fits.facts, transforms.facts, self.build.task)
        if found:
            message = "\n".join(found)
            raise Failed(rung_fault("contract fulfilment", message, "sample"))

    def _raise_fault(self, outcome: Outcome, sources: Sources, rung: str) -> None:
        if outcome.ok:
            return
        fault = analyze(outcome, rung=rung, sources=sources.files)
        raise Failed(fault or rung_fault("unknown", outcome.tail, rung))

    # --- blind folds ------------------------------------------------------------------------------

    async def _score(self, sources: Sources) -> Scored:
        """All folds, dealt to the cores; the first one hands in a submission as soon as it can."""
        await self.build.blind_ready.wait()
        blind = self.build.blind
        fits = self.build.outstanding * len(blind)
        budget = await self.world.fit_budget(self.path, fits)
        parts = [blind[start :: len(self.world.slots.cores)] for start in range(len(blind))]
        done: dict[str, FittedFold] = {}
        faults: list[Failed] = []

        async def fit(number: int, views: tuple[ViewFact, ...]) -> None:
            first = self._early(sources, group, asked) if number == 1 and len(blind) > 1 else None
            for fold in await self._fit_folds(number, views, sources, (budget, first)):
                done[fold.view] = fold

        try:
            async with asyncio.TaskGroup() as group:
                asked = group.create_task(self._ask_variants(sources), name=f"{self.path}/variants")
                for number, views in enumerate(parts[: len(self.world.slots.cores)], start=1):
                    group.create_task(fit(number, views), name=f"{self.path}/folds-{number}")
        except* Failed as failures:
            faults = [error for error in failures.exceptions if isinstance(error, Failed)]
        if faults:
            raise faults[0]
        self._passed("blind folds")
        return await self._hand_in(sources, tuple(done[view.name] for view in blind), "score")

    def _early(
        self, sources: Sources, group: asyncio.TaskGroup, asked: asyncio.Task[None]
    ) -> FirstFold:
        """Hands in the first fold once, while the others are still being fitted."""

        async def hand_in(fold: FittedFold) -> None:
            await asyncio.wait({asked})
            await self._hand_in(sources, (fold,), "score-1")

        return FirstFold(lambda fold: group.create_task(hand_in(fold), name=f"{self.path}/first"))

    async def _fit_folds(
        self,
        number: int,
        views: tuple[ViewFact, ...],
        sources: Sources,
        how: tuple[float, FirstFold | None],
    ) -> list[FittedFold]:
        step = f"{self.path}/folds-{number}"
        budget, first = how
        plan = self.world.stage_plan(sources, step, budget)
        folds = [plan_fold(plan, views[0], self.build.full)]
        if first is not None:
            first.expect(plan, folds[0])
        folds += [plan_fold(plan, view, self.build.full) for view in views[1:]]
        names = ", ".join(view.name.removeprefix("blind-") for view in views)
        noun = "fold" if len(views) == 1 else "folds"
        label = f"learns on {noun} {names} of {len(self.build.blind)}"
        outcome = await self._run_stages(step, sources, plan, label, first)
        self._raise_fault(outcome, sources, "blind")
        settled = [_settled(plan, fold) for fold in folds]
        if first is not None:
            first.done(settled[0])
        return settled

    async def _hand_in(self, sources: Sources, folds: tuple[FittedFold, ...], step: str) -> Scored:
        """Scores folds, and replaces the submission where this one is better."""
        result = await self.world.work(
            f"{self.path}/{step}",
            "score",
            {
                "scoring": scoring(self.world, self.build),
                "program": sources.program,
                "folds": [fold.model_dump(mode="json") for fold in folds],
            },
            label=f"Scoring {self.candidate}",
            inputs={"program": sources.program, "folds": [fold.view for fold in folds]},
        )
        assert isinstance(result, dict)
        scored = Scored.model_validate(
            {
                "track": self.track,
                "round": self.draft.round,
                "candidate": self.candidate,
                "program": sources.program,
                "folds": folds,
                **result,
            }
        )
        self.world.tell(
            events.CandidateScored(
                track=self.track,
                round=self.draft.round,
                candidate=self.candidate,
                program=scored.program,
                score=scored.score,
            )
        )
        await offer(self.world, self.build, scored)
        return scored

    # --- solution ---------------------------------------------------------------------------------

    async def _assemble(self, sources: Sources, scored: Scored) -> str:
        solution = assemble(
            self.build.task,
            self.build.blueprint.split,
            self.draft.plan,
            sources.preprocess,
            sources.model,
            scored.decision,
        )
        await verify_solution(
            self.world,
            self.build,
            SolutionUnderTest(self.path, self.track, self.candidate, solution, self.draft.trusted),
        )
        self._passed("solution.py fits, predicts and runs")
        return solution

    # --- verdict ----------------------------------------------------------------------------------

    async def _settle(self, sources: Sources, scored: Scored, solution: str, proposal: str) -> None:
        async with self.build.turn(self.track):
            current = self.build.scored.get(self.build.current.get(self.track, ""))
            reason = await self._worse_than(current, scored)
            if reason is None:
                await self._accept(sources, scored, solution)
            else:
                self._reject(proposal, reason)

    async def _worse_than(self, current: Scored | None, scored: Scored) -> str | None:
        if current is None or current.program == scored.program or not self.draft.trusted:
            return None
        comparison = await compare(self.world, self.build, scored, current)
        if better(self.build, comparison, scored, current):
            return None
        return (
            f"not better than {current.candidate}: row by row "
            f"{comparison.difference:+.4f} ±{comparison.error:.4f}"
        )

    async def _accept(self, sources: Sources, scored: Scored, solution: str) -> None:
        verb = "draft" if self.draft.trusted else "edit"
        subject = f"{verb}({self.track}): round {self.draft.round}, {self.draft.what}"
        message = CommitMessage(
            at=self._began(),
            subject=subject,
            track=self.track,
            round=self.draft.round,
            verdict="valid",
            score=f"{scored.score.value:.6f} ±{scored.score.error:.6f}",
            decision="kept by policy" if self.draft.trusted else "yours",
        )
        files = self._files(sources, solution)
        commit = await accept(self.world, f"{self.path}/accept", files, message)
        self.build.current[self.track] = scored.program
        self.world.tell(
            events.ProposalAccepted(
                track=self.track,
                round=self.draft.round,
                candidate=self.candidate,
                program=scored.program,
                commit=commit,
                subject=subject,
            )
        )

    def _reject(self, proposal: str | None, reason: str) -> None:
        self.world.tell(
            events.ProposalRejected(
                track=self.track,
                round=self.draft.round,
                candidate=self.candidate,
                commit=proposal,
                reason=reason,
            )
        )

    def _fail(self, fault: Fault, proposal: str | None) -> None:
        self.world.tell(
            events.FaultFound(
                track=self.track, round=self.draft.round, candidate=self.candidate, fault=fault
            )
        )
        self._reject(proposal, f"{fault.kind}: {fault.message.splitlines()[0]}")


def _facts(outcome: Outcome, kind: str) -> StageResult | None:
    found = (
        stage
        for stage in outcome.stages
        if stage.ok and stage.name.startswith("sample/") and stage.name.endswith(kind)
    )
    return next(found, None)


def _settled(plan: StagePlan, fold: FittedFold) -> FittedFold:
    def settle(path: str | None) -> str | None:
        return None if path is None else plan.paths.relative(plan.settled(Path(path)))

    return fold.model_copy(
        update={
            "preprocessor": settle(fold.preprocessor),
            "model": settle(fold.model),
            "blind": settle(fold.blind),
            "test": settle(fold.test),
        }
    )


def _keep_results(plan: StagePlan, outcome: Outcome) -> None:
    """Moves what successful stages wrote to its content key, then drops the rest."""
    for stage in outcome.stages:
        for source, target in plan.kept.get(stage.name, ()) if stage.ok else ():
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() and source.exists():
                source.rename(target)


def _module_exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False
