"""Solutions that a model writes: planned, coded part by part, verified, repaired (3.3.2 to 3.4.1).

They come up beside the recipes and by the same ladder. Each plan goes its own way: preprocessing
first, on real data; then the model that learns from what is really there; then repairs, each of
which mends the part that a fault was located in. A plan that cannot be saved ends; the run goes on.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal import events
from agents.knowledge.signatures import signatures_for
from agents.models import CandidatePlan, Fault
from agents.roles.debugging_agent import Case, Repair, repair
from agents.roles.modeling_coder import Ground, code_model, write_model
from agents.roles.preprocessing_coder import code_preprocessing, write_preprocessing
from agents.run.advising import explore, plan_with_model
from agents.run.asking import RecordedModel, give_up
from agents.run.building import Building
from agents.run.panel import Panel
from agents.run.preparing import Prepared, prepare
from agents.run.selection import Build, Scored, compare, round_of
from agents.run.trial import Draft, Trial
from agents.run.verification import Sources
from agents.run.world import World

HOPELESS = 2.0
"""Standard errors behind the best on fold 1, beyond which the other folds are not worth it."""
ABOUT_LIBRARIES = {"incompatible API", "missing dependency", "shape or dtype mismatch", "unknown"}
"""Faults that what the installed libraries offer may explain."""
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
        self.tried.append(f"{fault.kind}: {fault.message.splitlines()[0]}; {repair.cause}")

    def stuck(self, fault: Fault) -> bool:
        """Whether patching does not get rid of this fault."""
        return self.faults[-SAME_FAULT_ANEW:] == [_same(fault)] * SAME_FAULT_ANEW


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
                task = group.create_task(self._realise(plan), name=f"{plan.track}/{plan.name}")
                self._building.inbox.adopt(plan.track, task)

    async def _realise(self, plan: CandidatePlan) -> None:
        attempts = Attempts()
        try:
            number = self._begin(plan, plan.name)
            prepared, number = await self._preprocessing(plan, number, attempts)
            if prepared is None:
                return
            model = await code_model(self._asked(plan, "model"), plan, self._ground(plan, prepared))
            await self._until_valid(plan, number, Sources(prepared.text, model), attempts)
        except ModelError as error:
            give_up(self._world, error)
            self._end_open_rounds(plan, str(error))

    # --- preprocessing ----------------------------------------------------------------------------

    async def _preprocessing(
        self, plan: CandidatePlan, number: int, attempts: Attempts
    ) -> tuple[Prepared | None, int]:
        """A `preprocess.py` that keeps the contract on real data, and the round that it is in."""
        example = write_preprocessing(self._baseline)
        text = await code_preprocessing(self._asked(plan, "preprocess"), plan, example=example)
        for again in range(self._world.settings.debug_rounds + 1):
            step = f"{plan.track}/round-{number}/prepare"
            found = await prepare(self._world, self._build, plan, text, step)
            if isinstance(found, Prepared):
                return found, number
            self._fail(plan, number, found)
            if again == self._world.settings.debug_rounds:
                break
            mended = await self._mend(plan, number, found, {"preprocess.py": text}, attempts)
            text = mended.files["preprocess.py"]
            number = self._begin(plan, f"{plan.name}: {mended.cause}")
        self._world.notice(f"{plan.name} was given up: its preprocessing could not be mended.")
        return None, number

    def _begin(self, plan: CandidatePlan, what: str) -> int:
        """Opens a round, or finds it again."""
        number = round_of(self._world, self._build, plan.track, what)
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
        self, plan: CandidatePlan, number: int, sources: Sources, attempts: Attempts
    ) -> None:
        """Up the ladder, and after each fault again with the repair."""
        what = self._what(plan, number)
        for again in range(self._world.settings.debug_rounds + 1):
            trial = Trial(self._world, self._build, self._draft(plan, number, what, sources))
            self._building.enlist(trial)
            fault = await self._climb(trial)
            if fault is None:
                return
            if again == self._world.settings.debug_rounds:
                break
            mended = await self._mend(plan, number, fault, sources.files, attempts)
            sources = Sources(mended.files["preprocess.py"], mended.files["model.py"])
            what = f"{plan.name}: {mended.cause}"
            number = self._begin(plan, what)
        self._world.notice(f"{plan.name} was given up after {again} repairs.")

    async def _climb(self, trial: Trial) -> Fault | None:
        """As far as the program gets; the fault that ended it, if one did."""
        first = await trial.screen()
        if first is None:
            return trial.fault
        if reason := await self._hopeless(first):
            trial.leave(reason)
            return None
        await trial.complete()
        return trial.fault

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

    def _draft(self, plan: CandidatePlan, number: int, what: str, sources: Sources) -> Draft:
        return Draft(
            plan,
            number,
            what,
            sources=sources,
            author="model",
            fit_s=self._fit_s(plan),
            model=self._panel.model("coder").name,
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
        return replace(self._adviser, model=RecordedModel(self._world, self._panel, path, "coder"))

    async def _mend(
        self,
        plan: CandidatePlan,
        number: int,
        fault: Fault,
        files: Mapping[str, str],
        attempts: Attempts,
    ) -> Repair:
        path = f"{plan.track}/round-{number}/debug"
        adviser = replace(
            self._adviser, model=RecordedModel(self._world, self._panel, path, "debugger")
        )
        case = Case(
            plan=plan,
            fault=fault,
            files=files,
            tried=tuple(attempts.tried),
            signatures=await self._signatures(path, fault, files),
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
