"""Solutions that a model writes: planned, coded part by part, verified, repaired (3.3.2 to 3.4.1).

They come up beside the recipes and by the same ladder. Each plan goes its own way: preprocessing
first, on real data; then the model that learns from what is really there; then repairs, each of
which mends the part that a fault was located in. A plan that cannot be saved ends; the run goes on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal import events
from agents.journal.state import Moment
from agents.knowledge.signatures import signatures_for
from agents.models import CandidatePlan, Fault
from agents.roles.assembler import assemble_parts
from agents.roles.debugging_agent import Case, Repair, repair
from agents.roles.modeling_coder import Ground, code_model, write_model
from agents.roles.mono_coder import Size, code_whole
from agents.roles.preprocessing_coder import code_preprocessing, write_preprocessing
from agents.run.advising import at, explore, plan_with_model
from agents.run.asking import give_up
from agents.run.building import STOPPED, Building
from agents.run.decisions.proposals import in_part, part_of, unwanted
from agents.run.gates import Verdict
from agents.run.improving import improve
from agents.run.model_ideas import ModelIdeas
from agents.run.one_file import as_written, located, sources_of
from agents.run.panel import Panel
from agents.run.preparing import Prepared, prepare
from agents.run.selection import Build, Scored, compare, round_of
from agents.run.switches import runs_code_early, writes_one_file
from agents.run.trial import Draft, Trial
from agents.run.verification import Sources
from agents.run.world import World

HOPELESS = 2.0
"""Standard errors behind the best on fold 1, beyond which the other folds are not worth it."""
ABOUT_LIBRARIES = {"incompatible API", "missing dependency", "shape or dtype mismatch", "unknown"}
"""Faults that what the installed libraries offer may explain."""
READ_RUNGS = {"static", "blueprint"}
"""Rungs that find faults without running anything."""
SAME_FAULT_ANEW = 2
"""After so many repairs that left the same fault, the function is written anew."""


@dataclass
class Attempts:
    """What was tried on one plan so far."""

    tried: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, fault: Fault, repair: Repair) -> None:
        """Remembers a repair, and the fault that it was to mend."""
        self.faults.append(_same(fault))
        self.tried.append(repair.cause)

    def against(self, fault: Fault) -> tuple[str, ...]:
        """The repairs that left this fault as it was, one sentence each."""
        same = _same(fault)
        pairs = zip(self.tried, self.faults, strict=True)
        return tuple(tried for tried, mended in pairs if mended == same)

    def stuck(self, fault: Fault) -> bool:
        """Whether patching does not get rid of this fault."""
        return self.faults[-SAME_FAULT_ANEW:] == [_same(fault)] * SAME_FAULT_ANEW


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

    async def run(self) -> None:
        """Explores, plans, and takes every plan as far as it gets, side by side."""
        found = await explore(self._world, self._build, self._panel, self._adviser)
        self._adviser = self._adviser.knowing(observations=found)
        plans = await plan_with_model(self._world, self._build, self._panel, self._adviser)
        async with asyncio.TaskGroup() as group:
            for plan in plans:
                if self._is_stopped(plan) and not self._rounds(plan):
                    continue
                task = group.create_task(self._realise(plan), name=f"{plan.track}/{plan.name}")
                self._building.inbox.adopt(plan.track, task)
        if runs_code_early(self._world.settings):
            await self._improve(plans)

    async def _improve(self, plans: Sequence[CandidatePlan]) -> None:
        """What became valid is changed where it matters most, each track for itself."""
        world, build, building = self._world, self._build, self._building
        async with asyncio.TaskGroup() as group:
            for track in dict.fromkeys(plan.track for plan in plans):
                ideas = ModelIdeas(world, build, building, self._panel, self._adviser, track)
                group.create_task(improve(world, build, building, ideas), name=f"{track}/improve")

    async def _realise(self, plan: CandidatePlan) -> None:
        attempts = Attempts()
        try:
            number = self._begin(plan, plan.name)
            sources, number = await self._first_version(plan, number, attempts)
            if sources is not None:
                await self._until_valid(plan, number, Written(sources), attempts)
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
        self, plan: CandidatePlan, number: int, attempts: Attempts
    ) -> tuple[Sources | None, int]:
        """A program as it is first written, and the round that it is in."""
        if writes_one_file(self._world.settings):
            example = assemble_parts(
                write_preprocessing(self._baseline), write_model(self._baseline)
            )
            size = Size(self._build.profile.rows_train, self._fit_s(plan), plan.threads)
            text = await code_whole(self._asked(plan, "solution"), plan, size, example=example)
            return Sources(text, text), number
        prepared, number = await self._preprocessing(plan, number, attempts)
        if prepared is None:
            return None, number
        model = await code_model(self._asked(plan, "model"), plan, self._ground(plan, prepared))
        return Sources(prepared.text, model), number

    # --- preprocessing ----------------------------------------------------------------------------

    async def _preprocessing(
        self, plan: CandidatePlan, number: int, attempts: Attempts
    ) -> tuple[Prepared | None, int]:
        """A `preprocess.py` that keeps the contract on real data, and the round that it is in."""
        example = write_preprocessing(self._baseline)
        text = await code_preprocessing(self._asked(plan, "preprocess"), plan, example=example)
        if not runs_code_early(self._world.settings):
            return Prepared(text, made=""), number
        for again in range(self._world.settings.debug_rounds + 1):
            step = f"{plan.track}/round-{number}/prepare"
            found = await prepare(self._world, self._build, plan, text, step)
            if isinstance(found, Prepared):
                return found, number
            self._fail(plan, number, found)
            if again == self._world.settings.debug_rounds or not self._may_mend(found):
                break
            mended = await self._mend(plan, number, found, {"preprocess.py": text}, attempts)
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
                reason=f"{fault.kind}: {fault.message.splitlines()[0]}",
            )
        )

    # --- the whole program ------------------------------------------------------------------------

    async def _until_valid(
        self,
        plan: CandidatePlan,
        number: int,
        written: Written,
        attempts: Attempts,
    ) -> None:
        """Up the ladder, and after each fault, or the person's no, again with the repair."""
        what = self._what(plan, number)
        for again in range(self._world.settings.debug_rounds + 1):
            draft = self._draft(plan, number, what, written)
            trial = Trial(self._world, self._build, draft)
            self._building.enlist(trial)
            await self._climb(trial)
            if trial.fault is None and trial.verdict is None:
                return
            if again == self._world.settings.debug_rounds or not self._may_mend(trial.fault):
                break
            found = await self._next(trial, attempts)
            if found is None:
                self._world.notice(f"{plan.name} was given up: you undid it.")
                return
            written, what = found
            number = self._begin(plan, what)
        self._world.notice(f"{plan.name} was given up after {again} repairs.")

    def _may_mend(self, fault: Fault | None) -> bool:
        """Whether what ended a program may be answered with another one.

        Not where no program can be started here, nor, in `static`, what only running showed.
        """
        if fault is None:  # the person undid it
            return True
        if fault.component == "engine" and fault.kind == "unknown":
            return False
        return runs_code_early(self._world.settings) or fault.rung in READ_RUNGS

    async def _next(self, trial: Trial, attempts: Attempts) -> tuple[Written, str] | None:
        """What is tried after a program that did not stay, and in which words; None: nothing."""
        plan, number, verdict = trial.draft.plan, trial.draft.round, trial.verdict
        assert trial.sources is not None  # it was written
        fault, words = trial.fault, ""
        if verdict is not None:
            gate = self._world.facts.state.gates[self._world.gates.name(plan.track, number)].opened
            if verdict.hunks:
                kept = part_of(self._world, gate, trial.sources, verdict.hunks)
                return Written(kept, gate.commit, by_person=True), in_part(number, verdict)
            if not verdict.why:
                return None
            fault, words = unwanted(self._world, gate, trial.sources), verdict.why
        assert fault is not None  # it failed, or the person undid it
        files = as_written(trial.sources)
        mended = await self._mend(plan, number, fault, files, attempts, words)
        return Written(sources_of(mended.files), trial.proposal), f"{plan.name}: {mended.cause}"

    async def propose_again(self, moment: Moment, verdict: Verdict) -> None:
        """Repairs an accepted program that the person undid, by their words."""
        assert moment.program is not None  # it was accepted
        plan, sources = self._build.sources[moment.program]
        gate = self._world.facts.state.gates[self._world.gates.name(moment.track, moment.round)]
        fault, attempts = unwanted(self._world, gate.opened, sources), Attempts()
        try:
            mended = await self._mend(
                plan, moment.round, fault, as_written(sources), attempts, verdict.why
            )
            what = f"{plan.name}: {mended.cause}"
            again = Written(sources_of(mended.files), moment.proposal)
            number = self._begin(plan, what)
            await self._until_valid(plan, number, again, attempts)
        except ModelError as error:
            give_up(self._world, error)
            self._end_open_rounds(plan, str(error))
        except TrackStoppedError:
            return

    async def _climb(self, trial: Trial) -> None:
        """As far as the program gets; the trial knows what ended it, if something did."""
        first = await trial.screen()
        if first is None:
            return
        if reason := await self._hopeless(first):
            trial.leave(reason)
            return
        await trial.complete()

    async def _hopeless(self, first: Scored) -> str:
        """Why the other folds are not worth it; empty where they are."""
        leader = self._build.leader
        if leader is None or leader.program == first.program:
            return ""
        against = await compare(self._world, self._build, first, leader)
        if against.difference >= -HOPELESS * against.error:
            return ""
        return (
            f"far behind {leader.candidate} on fold 1: "
            f"{against.difference:+.4f} ±{against.error:.4f}"
        )

    def _draft(self, plan: CandidatePlan, number: int, what: str, written: Written) -> Draft:
        return Draft(
            plan,
            number,
            what,
            sources=written.sources,
            author="person" if written.by_person else "model",
            fit_s=self._fit_s(plan),
            model=None if written.by_person else self._panel.names["coder"],
            base=written.base,
            only_read=not runs_code_early(self._world.settings),
        )

    def _what(self, plan: CandidatePlan, number: int) -> str:
        moment = self._world.facts.state.moment(f"{plan.track}/{number}")
        return moment.what if moment is not None else plan.name

    def _fit_s(self, plan: CandidatePlan) -> float:
        """What a fit may take: what was planned, with room for a plan's optimism."""
        return max(30.0, 2.0 * plan.seconds)

    # --- asking -----------------------------------------------------------------------------------

    def _asked(self, plan: CandidatePlan, about: str) -> Adviser:
        path = f"{plan.track}/{plan.name}/{about}"
        return at(self._adviser, self._world, self._panel, path, "coder")

    async def _mend(
        self,
        plan: CandidatePlan,
        number: int,
        fault: Fault,
        files: Mapping[str, str],
        attempts: Attempts,
        words: str = "",
    ) -> Repair:
        path = f"{plan.track}/round-{number}/debug"
        adviser = at(self._adviser, self._world, self._panel, path, "debugger")
        case = Case(
            plan=plan,
            fault=located(fault, files),
            files=files,
            tried=attempts.against(fault),
            signatures=await self._signatures(path, fault, files),
            words=words,
            anew=attempts.stuck(fault),
        )
        mended = await repair(adviser, case)
        attempts.note(fault, mended)
        return mended

    async def _signatures(self, path: str, fault: Fault, files: Mapping[str, str]) -> str:
        """What the installed libraries really offer, where a fault speaks of them; recorded."""
        if fault.kind not in ABOUT_LIBRARIES:
            return ""

        async def look() -> JsonValue:
            words, python = f"{fault.message}\n{fault.excerpt}", self._world.runtime.python
            return await asyncio.to_thread(signatures_for, words, dict(files), python)

        inputs: JsonValue = {"message": fault.message, "files": dict(files)}
        found = await self._world.steps.step(
            f"{path}/signatures", inputs, look, label="Looking up the libraries"
        )
        return str(found)

    def _ground(self, plan: CandidatePlan, prepared: Prepared) -> Ground:
        return Ground(
            made=prepared.made,
            example=write_model(self._baseline),
            rows=self._build.profile.rows_train,
            seconds=self._fit_s(plan),
            threads=plan.threads,
        )


def _same(fault: Fault) -> str:
    """What makes two faults the same."""
    return f"{fault.kind} {fault.component} {fault.message.splitlines()[0][:80]}"
