"""Solutions that a model writes: planned, coded part by part, verified, repaired (3.3.2 to 3.4.1).

They come up beside the recipes and by the same ladder. Each plan goes its own way: preprocessing
first, on real data; then the model that learns from what is really there; then repairs, each of
which mends the part that a fault was located in. A plan that cannot be saved ends; the run goes on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal import events
from agents.journal.state import Moment
from agents.knowledge.architectures import FoundArchitecture
from agents.models import CandidatePlan, Fault, TrackName
from agents.recipes.plans.pretrained import named
from agents.roles.assembler import assemble_parts
from agents.roles.modeling_coder import Ground, code_model, write_model
from agents.roles.mono_coder import Size, code_whole
from agents.roles.preprocessing_coder import Size as FitSize
from agents.roles.preprocessing_coder import code_preprocessing, write_preprocessing
from agents.run.building import STOPPED, Building, was_cut_off
from agents.run.by_models.advising import explore, plan_with_model
from agents.run.by_models.asking import at, give_up, who_wrote
from agents.run.by_models.mending import Mending, open_workshop
from agents.run.by_models.model_ideas import ModelIdeas
from agents.run.by_models.panel import Panel
from agents.run.by_models.preparing import Prepared, prepare
from agents.run.by_models.retrieving import retrieve_designs
from agents.run.candidates.draft import Draft, planned_fit_s
from agents.run.candidates.one_file import as_written, sources_of
from agents.run.candidates.solution_check import sample_budget
from agents.run.candidates.trial import Trial
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import Build, hopeless, round_of
from agents.run.decisions.proposals import in_part, part_of, unwanted
from agents.run.decisions.told import is_planned_without
from agents.run.gates import Verdict
from agents.run.improving import improve
from agents.run.switches import runs_code_early, writes_one_file
from agents.run.world import World

HEARING_S = 0.5
"""How soon what a person asks for is planned with."""
READ_RUNGS = {"static", "blueprint"}
"""Rungs that find faults without running anything."""


class TrackStoppedError(Exception):
    """The person wants nothing more begun on the track; leaves a plan, never a run."""


@dataclass(frozen=True)
class Written:
    """A program to be tried, and where it comes from."""

    sources: Sources
    base: str | None = None
    """Commit of the proposal that it repairs."""
    by_person: bool = False
    """Whether it is what the person kept of that proposal."""


class Coding:
    """The plans of a model, each on its way to a verified program."""

    def __init__(
        self, world: World, build: Build, building: Building, panel: Panel, adviser: Adviser
    ) -> None:
        """Nothing is asked yet."""
        self._world, self._build, self._building = world, build, building
        self._panel, self._adviser = panel, adviser
        self._baseline = build.blueprint.candidates[0]
        self._shop = open_workshop(world, panel)
        self._architectures: tuple[FoundArchitecture, ...] | None = None
        self._looking_up = asyncio.Lock()
        self._ideas: dict[TrackName, ModelIdeas] = {}
        """What a track's programs are changed by, once one of them is valid."""

    async def run(self) -> None:
        """Explores, plans, and takes every plan as far as it gets, side by side."""
        found = await explore(self._world, self._build, self._panel, self._adviser)
        await self._build.encoders_known.wait()
        self._adviser = self._adviser.knowing(
            observations=found, checkpoints=named(self._build.encoders)
        )
        again, at_work = 0, set[asyncio.Task[None]]()
        async with asyncio.TaskGroup() as group:
            at_work |= await self._begin_plans(group, again)
            while at_work or not self._building.over:
                at_work = {task for task in at_work if not task.done()}
                await asyncio.sleep(HEARING_S)
                if is_planned_without(self._world, again):
                    again += 1
                    at_work |= await self._begin_plans(group, again)

    async def _begin_plans(self, group: asyncio.TaskGroup, again: int) -> set[asyncio.Task[None]]:
        """Plans, and begins to work on every track; `again`: with what was asked for since."""
        plans = await plan_with_model(
            self._world, self._build, self._panel, self._adviser, again=again
        )
        tracks = {plan.track: [one for one in plans if one.track == plan.track] for plan in plans}
        return {
            group.create_task(self._track(track, ours, again), name=f"{track}/plans-{again}")
            for track, ours in tracks.items()
        }

    async def _track(self, track: TrackName, plans: Sequence[CandidatePlan], again: int) -> None:
        """One track's plans; then what became valid is changed where it matters most.

        Changes begin with what is best by then, so those who plan anew leave them to the first.
        """
        if again or not runs_code_early(self._world.settings):
            await self._realise_all(plans)
            return
        ideas = ModelIdeas(self._shop, self._build, self._building, self._adviser, track)
        self._ideas[track] = ideas
        try:
            await self._realise_all(plans)
            await improve(self._world, self._build, self._building, ideas)
        finally:
            del self._ideas[track]
            ideas.end()

    async def _realise_all(self, plans: Sequence[CandidatePlan]) -> None:
        async with asyncio.TaskGroup() as group:
            for plan in plans:
                if self._is_stopped(plan) and not self._rounds(plan):
                    continue
                way = self.realise(plan, plan.name)
                task = group.create_task(way, name=f"{plan.track}/{plan.name}")
                self._building.inbox.adopt(plan.track, task)

    async def realise(self, plan: CandidatePlan, what: str) -> None:
        """Takes a plan to a verified program, or as far as it gets, in rounds called `what`."""
        mending = self._mending(plan)
        try:
            number = self._begin(plan, what)
            sources, number = await self._first_version(plan, number, mending)
            if sources is not None:
                await self._until_valid(plan, number, Written(sources), mending)
        except ModelError as error:
            give_up(self._world, error)
            self._end_open_rounds(plan, str(error))
        except TrackStoppedError:
            return
        finally:
            if self._is_stopped(plan):
                self._end_open_rounds(plan, STOPPED)

    def _is_stopped(self, plan: CandidatePlan) -> bool:
        """Whether the person wants nothing more begun on its track."""
        return plan.track in self._world.facts.state.stopped_tracks

    def _rounds(self, plan: CandidatePlan) -> list[Moment]:
        """What was begun of a plan, before this engine perhaps."""
        moments = self._world.facts.state.moments
        return [one for one in moments if one.candidate == plan.name and one.track == plan.track]

    async def _first_version(
        self, plan: CandidatePlan, number: int, mending: Mending
    ) -> tuple[Sources | None, int]:
        """A program as it is first written, and the round that it is in."""
        if writes_one_file(self._world.settings):
            example = assemble_parts(
                write_preprocessing(self._baseline), write_model(self._baseline)
            )
            size = Size(self._build.profile.rows_train, planned_fit_s(plan), plan.threads)
            text = await code_whole(self._asked(plan, "solution"), plan, size, example=example)
            return Sources(text, text), number
        prepared, number = await self._preprocessing(plan, number, mending)
        if prepared is None:
            return None, number
        ground = await self._ground(plan, prepared)
        model = await code_model(self._asked(plan, "model"), plan, ground)
        return Sources(prepared.text, model), number

    # --- preprocessing ----------------------------------------------------------------------------

    async def _preprocessing(
        self, plan: CandidatePlan, number: int, mending: Mending
    ) -> tuple[Prepared | None, int]:
        """A `preprocess.py` that keeps the contract on real data, and the round that it is in."""
        example = write_preprocessing(self._baseline)
        size = FitSize(
            rows=self._build.profile.rows_train,
            seconds=planned_fit_s(plan),
            sample_seconds=self._sample_s(plan),
            threads=plan.threads,
        )
        asked = self._asked(plan, "preprocess")
        text = await code_preprocessing(asked, plan, size, example=example)
        if not runs_code_early(self._world.settings):
            return Prepared(text, made=""), number
        while True:
            step = f"{plan.track}/round-{number}/prepare"
            found = await prepare(self._world, self._build, plan, text, step)
            if isinstance(found, Prepared):
                await mending.came_to(number, None)
                mending.made = found.made
                return found, number
            self._fail(plan, number, found)
            mended = None
            if self._may_mend(found):
                mended = await mending.next(number, found, {"preprocess.py": text})
            if mended is None:
                break
            text = mended.files["preprocess.py"]
            number = self._begin(plan, f"{plan.name}: {mended.cause}")
        self._world.notice(f"{plan.name} was given up: its preprocessing could not be mended.")
        return None, number

    def _begin(self, plan: CandidatePlan, what: str) -> int:
        """Opens a round, or finds it again.

        Raises:
            TrackStoppedError: The person wants none.
        """
        number = round_of(self._world, self._build, plan.track, what)
        known = self._world.facts.state.moment(f"{plan.track}/{number}")
        if self._is_stopped(plan) and (known is None or known.ended is None):
            raise TrackStoppedError
        self._world.tell(
            events.RoundStarted(track=plan.track, round=number, candidate=plan.name, what=what)
        )
        return number

    def _end_open_rounds(self, plan: CandidatePlan, reason: str) -> None:
        """What waits for an answer that will not come is over."""
        for moment in self._world.facts.state.moments:
            if moment.candidate == plan.name and moment.ended is None:
                self._world.tell(
                    events.ProposalRejected(
                        track=plan.track,
                        round=moment.round,
                        candidate=plan.name,
                        commit=moment.proposal,
                        reason=reason,
                    )
                )

    def _fail(self, plan: CandidatePlan, number: int, fault: Fault) -> None:
        """A round whose preprocessing did not pass."""
        self._world.tell(
            events.FaultFound(track=plan.track, round=number, candidate=plan.name, fault=fault)
        )
        self._world.tell(
            events.ProposalRejected(
                track=plan.track,
                round=number,
                candidate=plan.name,
                commit=None,
                reason=fault.headline,
            )
        )

    # --- the whole program ------------------------------------------------------------------------

    async def _until_valid(
        self,
        plan: CandidatePlan,
        number: int,
        written: Written,
        mending: Mending,
    ) -> None:
        """Up the ladder, and after each fault, or the person's no, again with the repair."""
        what = self._what(plan, number)
        while True:
            if was_cut_off(self._world.facts.state.moment(f"{plan.track}/{number}")):
                return
            draft = self._draft(plan, number, what, written)
            trial = Trial(self._world, self._build, draft)
            self._building.enlist(trial)
            await self._climb(trial)
            if trial.fault is None and trial.verdict is None:
                await mending.came_to(number, None)
                return
            if was_cut_off(trial.moment):
                return
            found = await self._next(trial, mending) if self._may_mend(trial.fault) else None
            if found is None:
                break
            written, what = found
            number = self._begin(plan, what)
        why = "you undid it" if trial.verdict is not None else "nothing is left to mend it with"
        self._world.notice(f"{plan.name} was given up after {mending.rounds} repairs: {why}.")

    def _may_mend(self, fault: Fault | None) -> bool:
        """Whether what ended a program may be answered with another one.

        Not where no program can be started here, nor, in `static`, what only running showed.
        """
        if fault is None:  # the person undid it
            return True
        if fault.component == "engine" and fault.kind == "unknown":
            return False
        return runs_code_early(self._world.settings) or fault.rung in READ_RUNGS

    async def _next(self, trial: Trial, mending: Mending) -> tuple[Written, str] | None:
        """What is tried after a program that did not stay, and in which words; None: nothing."""
        plan, number, verdict = trial.draft.plan, trial.draft.round, trial.verdict
        assert trial.sources is not None  # it was written
        files = as_written(trial.sources)
        if verdict is None:
            assert trial.fault is not None  # it failed, or the person undid it
            mended = await mending.next(number, trial.fault, files)
        else:
            gate = self._world.facts.state.gates[self._world.gates.name(plan.track, number)].opened
            if verdict.hunks:
                kept = part_of(self._world, gate, trial.sources, verdict.hunks)
                return Written(kept, gate.commit, by_person=True), in_part(number, verdict)
            if not verdict.why or mending.rounds >= self._world.settings.debug_rounds:
                return None
            fault = unwanted(self._world, gate, trial.sources)
            mended = await mending.as_told(number, fault, files, verdict.why)
        if mended is None:
            return None
        return Written(sources_of(mended.files), trial.proposal), f"{plan.name}: {mended.cause}"

    async def propose_again(self, moment: Moment, verdict: Verdict) -> None:
        """Repairs an accepted program that the person undid, by their words."""
        assert moment.program is not None  # it was accepted
        plan, sources = self._build.sources[moment.program]
        gate = self._world.facts.state.gates[self._world.gates.name(moment.track, moment.round)]
        fault, mending = unwanted(self._world, gate.opened, sources), self._mending(plan)
        try:
            mended = await mending.as_told(moment.round, fault, as_written(sources), verdict.why)
            what = f"{plan.name}: {mended.cause}"
            again = Written(sources_of(mended.files), moment.proposal)
            number = self._begin(plan, what)
            await self._until_valid(plan, number, again, mending)
        except ModelError as error:
            give_up(self._world, error)
            self._end_open_rounds(plan, str(error))
        except TrackStoppedError:
            return
        finally:
            if self._is_stopped(plan):
                self._end_open_rounds(plan, STOPPED)

    async def _climb(self, trial: Trial) -> None:
        """As far as the program gets; the trial knows what ended it, if something did."""
        first = await trial.screen()
        if first is None:
            return
        if reason := await hopeless(self._world, self._build, first):
            trial.leave(reason)
            return
        if trial.track in self._ideas:
            self._ideas[trial.track].think_about(first)
        await trial.complete()

    def _draft(self, plan: CandidatePlan, number: int, what: str, written: Written) -> Draft:
        return Draft(
            plan,
            number,
            what,
            sources=written.sources,
            author="person" if written.by_person else "model",
            fit_s=planned_fit_s(plan),
            models=self._writers(plan, written),
            base=written.base,
            only_read=not runs_code_early(self._world.settings),
        )

    def _writers(self, plan: CandidatePlan, written: Written) -> tuple[str, ...]:
        if written.by_person:
            return ()
        return who_wrote(self._world, plan.track, repaired=written.base is not None)

    def _what(self, plan: CandidatePlan, number: int) -> str:
        moment = self._world.facts.state.moment(f"{plan.track}/{number}")
        return moment.what if moment is not None else plan.name

    def _sample_s(self, plan: CandidatePlan) -> float:
        """What a fit is told on `sample`."""
        return min(sample_budget(self._world, trusted=False), planned_fit_s(plan))

    # --- asking -----------------------------------------------------------------------------------

    def _mending(self, plan: CandidatePlan) -> Mending:
        return Mending(self._shop, self._build.task, self._adviser, plan)

    def _asked(self, plan: CandidatePlan, about: str) -> Adviser:
        path = f"{plan.track}/{plan.name}/{about}"
        return at(self._adviser, self._world, self._panel, path, "coder")

    async def _ground(self, plan: CandidatePlan, prepared: Prepared) -> Ground:
        return Ground(
            made=prepared.made,
            rows=self._build.profile.rows_train,
            seconds=planned_fit_s(plan),
            sample_seconds=self._sample_s(plan),
            threads=plan.threads,
            architectures=await self._designs() if plan.track == "neural" else (),
        )

    async def _designs(self) -> tuple[FoundArchitecture, ...]:
        """The architectures that suit this data; looked up once for all plans."""
        async with self._looking_up:
            if self._architectures is None:
                asked = at(self._adviser, self._world, self._panel, "look/architectures")
                self._architectures = await retrieve_designs(self._world, self._build, asked)
        return self._architectures
