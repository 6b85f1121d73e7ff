"""One candidate from source text to a scored, accepted program: the ladder of DESIGN 5, driven.

Draft and propose; check without running; meet real data on `sample`; score on blind folds, handing
in a first submission as soon as one fold has passed; assemble `solution.py` and see it pass its
three commands; accept or reject. A failure anywhere is a fault and a value: the run goes on.
"""

from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from agents.contract import differences, unpromised
from agents.errors import WorkerError
from agents.execution.protocol import Outcome, StageResult
from agents.journal import events
from agents.journal.state import Moment
from agents.models import Fault
from agents.roles.assembler import assemble
from agents.roles.error_analyzer import completed
from agents.roles.preprocessing_coder import unclaimed_steps
from agents.run.candidates.draft import Draft
from agents.run.candidates.fitting import Fitted, Fitting, joined
from agents.run.candidates.proposing import propose, written
from agents.run.candidates.solution_check import (
    Failed,
    SolutionUnderTest,
    failing_together,
    rung_fault,
    sample_budget,
    verify_solution,
)
from agents.run.candidates.verification import (
    Asked,
    Sources,
    StagePlan,
    VariantScores,
    ViewFact,
    plan_fold,
    plan_refit,
    plan_sample,
    plan_variants,
)
from agents.run.choosing.selection import (
    NOT_AHEAD,
    Build,
    Scored,
    accept,
    better,
    compare,
    not_ahead,
    scoring,
    track_files,
)
from agents.run.choosing.submission import offer, would_lead
from agents.run.decisions.shown import Shown, UndoneError, is_shown, refuse_undone, show, who_kept
from agents.run.fetching.packages import Unrun, fault_in
from agents.run.gates import Verdict
from agents.run.world import World
from agents.workspace.message import CommitMessage

WHOLE_SAMPLE_ROWS = 2_000
"""Up to here `sample` holds every row (`design/scores.md`)."""
EXPLAINED_BY_SMALLNESS = {"preprocessing logic", "shape or dtype mismatch", "unknown"}


class Trial:
    """Takes one draft up the ladder."""

    def __init__(self, world: World, build: Build, draft: Draft) -> None:
        """Nothing happens yet."""
        self.world, self.build, self.draft = world, build, draft
        self.track, self.candidate = draft.plan.track, draft.plan.name
        self.path = f"{self.track}/round-{draft.round}"
        self.sources: Sources | None = None
        self.first: Scored | None = None
        self.filled: Scored | None = None
        self.fault: Fault | None = None
        """What ended it, if something did."""
        self.verdict: Verdict | None = None
        """Set where a person did not want it as it is."""
        self._proposal: str | None = None
        self._sample_s = sample_budget(world, trusted=draft.trusted)
        self._small = self._withheld = False

    async def run(self) -> Scored | None:
        """The whole ladder; the scored candidate, or None when it failed."""
        return await self.complete() if await self.screen() is not None else None

    def begin(self) -> None:
        """From now on its round is taken."""
        self.world.tell(self._started())

    async def screen(self) -> Scored | None:
        """Up to fold 1; None when it failed."""
        self.begin()
        self.first = await self._unless_it_fails(self._climb_to_fold_1())
        return self.first

    async def _climb_to_fold_1(self) -> Scored:
        self.sources = self._write()
        self._proposal = await propose(self.world, self.draft, self.sources, self._began())
        await self._check_without_running(self.sources)
        if self.draft.in_one_go:
            scored = await self._first_fold_in_one_go(self.sources)
        else:
            if not self.draft.only_read:
                await self._meet_sample(self.sources)
            scored = await self._first_fold(self.sources)
        if self.draft.author == "model" and not self.draft.tentative:
            await self._let_decide(scored)
        await self._offer(scored)
        return await self._answer_if_ahead(self.sources, scored)

    async def _let_decide(self, scored: Scored) -> None:
        """Shows to the person what may go on, where they are to be asked.

        Raises:
            UndoneError: They want it otherwise.
        """
        if is_shown(self.draft, self.world.mode):
            await show(self.world, self.build, Shown(self.draft, self.moment, scored))

    @property
    def proposal(self) -> str | None:
        """Commit of its proposal, once it is made."""
        return self._proposal

    @property
    def moment(self) -> Moment:
        """Its round as the journal has it; there from `begin` on."""
        moment = self.world.facts.state.moment(f"{self.track}/{self.draft.round}")
        assert moment is not None
        return moment

    async def fill(self) -> Scored | None:
        """The other folds; None when one failed."""
        self.filled = await self._unless_it_fails(self._climb_to_the_last_fold())
        return self.filled

    async def _climb_to_the_last_fold(self) -> Scored:
        assert self.sources is not None  # `screen` came first
        assert self.first is not None
        scored = await self._other_folds(self.sources, self.first)
        self.build.scored[scored.program] = scored
        return scored

    async def settle(self) -> Scored | None:
        """A verdict on what did all folds; None when its `solution.py` failed."""
        assert self.sources is not None  # `fill` came first
        assert self.filled is not None
        settled = await self._unless_it_fails(self._settle(self.sources, self.filled))
        if settled is None:
            self.build.scored.pop(self.filled.program, None)
        return settled

    async def complete(self) -> Scored | None:
        """From fold 1 to a verdict; None when it failed on the way."""
        return await self.settle() if await self.fill() is not None else None

    def leave(self, reason: str) -> None:
        """Goes no further."""
        self._reject(reason)

    async def _unless_it_fails(self, rungs: Awaitable[Scored]) -> Scored | None:
        """A failure is journaled as a fault: it is a value, and the run goes on."""
        try:
            return await rungs
        except Failed as failure:
            self._fail(failure.fault)
        except UndoneError as undone:
            self.verdict = undone.verdict
            self._reject(undone.reason)
        except WorkerError as error:
            message = str(error).splitlines()[0]
            self._fail(
                Fault(kind="unknown", component="engine", message=message, excerpt=str(error))
            )
        return None

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
        sources = written(self.world, self.draft)
        self.build.sources[sources.program] = (self.draft.plan, sources)
        self.build.models[sources.program] = self.draft.models
        return sources

    # --- without running --------------------------------------------------------------------------

    async def _check_without_running(self, sources: Sources) -> None:
        asks = self.draft.author == "model"
        fault = await fault_in(self.world, Unrun(self.draft.plan, self.path, sources.files, asks))
        if fault is not None:
            raise Failed(fault)
        taken = unpromised(self.draft.plan.contract, sources.model)
        if taken:
            fault = rung_fault("contract usage", "\n".join(taken), "static")
            raise Failed(fault.model_copy(update={"component": "model.py"}))
        if self.draft.author != "person":
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
        plan = self.world.stage_plan(sources, step, self._sample_s)
        scores = plan_sample(plan, self.build.views["sample"])
        outcome = await self._fitting(sources).stages(step, plan, "meets real data on sample")
        self._raise_contract_faults(outcome)
        try:
            self._fitting(sources).raise_fault(outcome, "sample")
        except Failed as failure:
            await self._retry_on_blind(sources, failure)
            self._small = True
            return
        await self._judge_sample(plan.settled(scores), outcome)

    async def _judge_sample(self, scores: Path, outcome: Outcome) -> None:
        arguments: dict[str, JsonValue] = {
            "task": self.build.task.model_dump(mode="json"),
            "view": self.build.views["sample"].model_dump(mode="json"),
            "scores": str(scores),
        }
        await self._judge("judge_sample", f"{self.path}/sample-verdict", arguments)
        self._warn_of_unread_tables(outcome)
        self._passed("sample")

    async def _ask_variants(self, sources: Sources) -> None:
        """Changed rows and shuffled labels, beside the folds: nothing is handed in before."""
        if self._small or self.draft.only_read:
            return
        step = f"{self.path}/variants"
        plan = self.world.stage_plan(sources, step, self._sample_s)
        places = plan_variants(plan, self.build.views.__getitem__)
        outcome = await self._fitting(sources).stages(step, plan, "answers changed rows of sample")
        self._fitting(sources).raise_fault(outcome, "variants")
        await self._judge_variants(plan, places)

    async def _judge_variants(self, plan: StagePlan, places: VariantScores) -> None:
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
        await self.build.first_ready.wait()
        step = f"{self.path}/sample-retry"
        plan = self.world.stage_plan(sources, step, self._sample_s)
        plan_fold(plan, self.build.first_blind, Asked())
        outcome = await self._fitting(sources).stages(step, plan, "tries again on more rows")
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

    # --- blind folds ------------------------------------------------------------------------------

    async def _first_fold_in_one_go(self, sources: Sources) -> Scored:
        """`sample`, fold 1 and the changed rows in one program: its start costs seconds."""
        await self.build.first_ready.wait()
        fitting, split = self._fitting(sources), self.build.blueprint.split
        step, budget = f"{self.path}/fold-1", self._sample_s
        plan = self.world.stage_plan(sources, step, budget)
        scores = plan_sample(plan, self.build.views["sample"])
        plan.time_limit_s = self.draft.fit_s
        refit = self.build.full if split.refit and self.draft.at_once else None
        folds = [plan_fold(plan, self.build.first_blind, self.build.asked)]
        if refit is not None:
            folds.append(plan_refit(plan, refit))
        plan.time_limit_s = budget
        places = plan_variants(plan, self.build.views.__getitem__)
        outcome = await fitting.stages(step, plan, "meets sample, then learns on fold 1")
        self._raise_contract_faults(outcome)
        fitting.raise_fault(outcome, "blind")
        await self._judge_sample(plan.settled(scores), outcome)
        await self._judge_variants(plan, places)
        self._passed("fold 1")
        return await self._scored(sources, fitting.fitted(plan, folds, outcome), "score-1")

    async def _first_fold(self, sources: Sources) -> Scored:
        """Fold 1, beside the questions of changed rows; answers the real test along with it."""
        await self.build.first_ready.wait()
        fitting, split = self._fitting(sources), self.build.blueprint.split
        refit = self.build.full if split.refit and self.draft.at_once else None
        fitted: list[Fitted] = []

        async def fit() -> None:
            step, first = f"{self.path}/fold-1", (self.build.first_blind,)
            fitted.append(await fitting.folds(step, first, self.build.asked, self.draft.fit_s))

        async def fit_all_rows(full: ViewFact) -> None:
            fitted.append(await fitting.refit(f"{self.path}/all-rows", full, self.draft.fit_s))

        async with failing_together() as group:
            group.create_task(fit(), name=f"{self.path}/fold-1")
            group.create_task(self._ask_variants(sources), name=f"{self.path}/variants")
            if refit is not None:
                group.create_task(fit_all_rows(refit), name=f"{self.path}/all-rows")
        self._passed("fold 1")
        return await self._scored(sources, joined(fitted), "score-1")

    def _owed(self, scored: Scored) -> ViewFact | None:
        """The rows that one fit on all rows still has to answer."""
        full = self.build.full if self.build.blueprint.split.refit else None
        done = full is not None and any(fold.view == full.name for fold in scored.folds)
        return None if done else full

    async def _answer_if_ahead(self, sources: Sources, scored: Scored) -> Scored:
        """Answers the real test where that was put off, as soon as the program clearly leads."""
        full = self._owed(scored)
        if (
            full is None
            or self.is_held_back
            or not await would_lead(self.world, self.build, scored)
        ):
            return scored
        step = f"{self.path}/all-rows"
        refit = await self._fitting(sources).refit(step, full, self.draft.fit_s)
        done = Fitted(scored.folds, scored.seconds)
        again = await self._scored(sources, joined([done, refit]), "score-1")
        await self._offer(again)
        return again

    async def _other_folds(self, sources: Sources, first: Scored) -> Scored:
        """The other folds, dealt to the cores; the vault's fit too, where it has one of its own."""
        await self.build.blind_ready.wait()
        fitting, views = self._fitting(sources), self.build.after_fold_1
        full = self._owed(first)
        if not views and full is None:
            return first
        cores = len(self.world.slots.cores)
        parts = [views[start::cores] for start in range(min(cores, len(views)))]
        fitted: list[Fitted] = []

        async def fit(number: int, views: tuple[ViewFact, ...]) -> None:
            step = f"{self.path}/folds-{number}"
            fitted.append(await fitting.folds(step, views, self.build.asked, self.draft.fit_s))

        async def fit_all_rows(full: ViewFact) -> None:
            fitted.append(await fitting.refit(f"{self.path}/all-rows", full, self.draft.fit_s))

        async with failing_together() as group:
            for number, views in enumerate(parts, start=1):
                group.create_task(fit(number, views), name=f"{self.path}/folds-{number}")
            if full is not None:
                group.create_task(fit_all_rows(full), name=f"{self.path}/all-rows")
        self._passed("blind folds")
        done = Fitted(first.folds, first.seconds)
        scored = await self._scored(sources, joined([done, *fitted]), "score")
        await self._offer(scored)
        return scored

    def _fitting(self, sources: Sources) -> Fitting:
        draft = self.draft
        return Fitting(self.world, sources, self.track, self.candidate, draft.trusted, draft.cores)

    async def _scored(self, sources: Sources, fitted: Fitted, step: str) -> Scored:
        """The program with its scores on the folds that it was fitted on."""
        result = await self.world.work(
            f"{self.path}/{step}",
            "score",
            {
                "scoring": scoring(self.world, self.build),
                "program": sources.program,
                "folds": [fold.model_dump(mode="json") for fold in fitted.folds],
            },
            label=f"Scoring {self.candidate}",
            inputs={"program": sources.program, "folds": [fold.view for fold in fitted.folds]},
        )
        assert isinstance(result, dict)
        scored = Scored.model_validate(
            {
                "track": self.track,
                "round": self.draft.round,
                "candidate": self.candidate,
                "program": sources.program,
                "folds": fitted.folds,
                "seconds": fitted.seconds,
                "trusted": self.draft.trusted,
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
                fit_limit_s=self.draft.fit_limit_s,
            )
        )
        return scored

    @property
    def is_held_back(self) -> bool:
        """Whether its answers wait until it is accepted."""
        unasked = self.draft.author == "recipe" and is_shown(self.draft, self.world.mode)
        return self.draft.tentative or unasked

    async def _offer(self, scored: Scored) -> None:
        """Replaces the submission where this one is better, and may count by now."""
        if self.is_held_back:
            self._withheld = True
        else:
            await offer(self.world, self.build, scored)

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

    async def _settle(self, sources: Sources, scored: Scored) -> Scored:
        """The better program becomes its track's, once its `solution.py` has passed.

        The person is asked before that, and outside of the track's turn: they may take their time.
        """
        if await self._worse_than_current(scored) is None:
            await self._let_decide(scored)
        async with self.build.turn(self.track):
            refuse_undone(self.world, self.moment)
            reason = await self._worse_than_current(scored)
            if reason is None and self._was_settled:
                self.build.current[self.track] = scored.program
            elif reason is None:
                solution = await self._assemble(sources, scored)
                await self._accept(sources, scored, solution)
            else:
                self._reject(reason)
        if reason is None and self._withheld:
            await offer(self.world, self.build, scored)
        return scored

    @property
    def _was_settled(self) -> bool:
        """Whether it lies on the main line of a run that is over: what came after it stays."""
        return self.world.facts.state.card is not None and self.moment.commit is not None

    async def _worse_than_current(self, scored: Scored) -> str | None:
        """Why its track's program stays; None where this one is to take its place."""
        current = self.build.scored.get(self.build.current.get(self.track, ""))
        before = self.moment  # what was decided before a restart stays decided
        if before.ended is not None and before.reason.startswith(NOT_AHEAD):
            return before.reason
        if before.commit is not None or current is None or current.program == scored.program:
            return None
        if self.draft.author == "person":
            return None
        comparison = await compare(self.world, self.build, scored, current)
        if better(self.build, comparison, scored, current):
            return None
        return not_ahead(comparison, current.candidate)

    async def _accept(self, sources: Sources, scored: Scored, solution: str) -> None:
        verb, decision = "draft", who_kept(self.world, self.moment)
        if self.draft.author == "person":
            verb, decision = "edit", "yours"
        subject = f"{verb}({self.track}): round {self.draft.round}, {self.draft.what}"
        message = CommitMessage(
            at=self._began(),
            subject=subject,
            track=self.track,
            round=self.draft.round,
            verdict="valid",
            models=self.draft.models,
            score=f"{scored.score.value:.6f} ±{scored.score.error:.6f}",
            decision=decision,
        )
        files = track_files(self.draft.plan, sources, solution)
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

    def _reject(self, reason: str) -> None:
        self.world.tell(
            events.ProposalRejected(
                track=self.track,
                round=self.draft.round,
                candidate=self.candidate,
                commit=self._proposal,
                reason=reason,
            )
        )

    def _fail(self, fault: Fault) -> None:
        if self.sources is not None:
            fault = completed(fault, self.sources.files)
        self.fault = fault
        self.world.tell(
            events.FaultFound(
                track=self.track, round=self.draft.round, candidate=self.candidate, fault=fault
            )
        )
        self._reject(fault.headline)


def _facts(outcome: Outcome, kind: str) -> StageResult | None:
    found = (
        stage
        for stage in outcome.stages
        if stage.ok and stage.name.startswith("sample/") and stage.name.endswith(kind)
    )
    return next(found, None)
