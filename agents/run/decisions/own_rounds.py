"""Rounds that belong to the person: code that they edited, and code written anew from their plan.

They run beside everything else, as soon as they come in: code of theirs is verified and, where it
passes, is its track's program whatever it scores; code from their plan is one more round of the
track, kept where it is better. What a round is made from is journaled when it opens, so that a
restart makes the same of it.
"""

import asyncio
import math
from typing import Protocol

from agents.errors import InputError
from agents.journal.choices import Back, Replan
from agents.journal.events import (
    OwnRoundOpened,
    ProposalRejected,
    RoundStarted,
    UserEdited,
    WentBack,
)
from agents.journal.store import DecisionRow
from agents.models import CandidatePlan, Fault
from agents.repairs.effort import TIME
from agents.roles.guideline_agent import blueprint_markdown
from agents.run.candidates.draft import Draft
from agents.run.candidates.trial import Trial
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import Build, round_of
from agents.run.decisions.replanning import planned_again
from agents.run.decisions.taking import Outcome, untaken
from agents.run.world import UNLIMITED_S, World
from agents.workspace.message import CommitMessage

PARTS = ("preprocess.py", "model.py")
LEAST_FIT_S, ROOM = 30.0, 3.0
"""What a fit may take beyond what the plan expects."""


class Writer(Protocol):
    """Who writes code from a plan that has no recipe."""

    async def realise(self, plan: CandidatePlan, what: str) -> None:
        """Takes a plan to a verified program, or as far as it gets."""


class OwnRounds:
    """Opens rounds for what a person did, and carries them out."""

    def __init__(self, world: World) -> None:
        """Nothing is begun yet; what an earlier engine opened is carried out again."""
        self._world = world
        self._begun: set[str] = set()
        state = world.facts.state
        ended = {one.key for one in state.moments if one.ended is not None}
        self._late = ended if state.card is not None else set[str]()
        """Rounds of a finished run: read again once everything else was, as it was decided."""
        self.finished = 0
        """How many this engine has carried out."""

    # --- opening --------------------------------------------------------------------------------

    def open_edits(self, build: Build, *, final: bool = False) -> None:
        """Opens a round for every edit of a track's two parts that has none.

        Args:
            build: What is achieved.
            final: Whether everything that is recorded was read again by now. Until then the plan
                of a track's program may not be known.
        """
        opened = {(one.track, one.commit) for one in self._opened()}
        behind = _gone_back_at(self._world)
        for fact in self._world.facts.of_run():
            if isinstance(fact.event, UserEdited):
                for track in sorted(_touched(fact.event)):
                    late = fact.seq > behind.get(track, 0)
                    if late and (track, fact.event.commit) not in opened:
                        self._open_edit(build, track, fact.event.commit, final=final)

    def _open_edit(self, build: Build, track: str, commit: str, *, final: bool) -> None:
        plan = self._accepted_plan(build, track, final=final)
        if plan is None:
            return
        if self._sources(track, commit) is None:
            self._world.notice(
                f"tracks/{track} needs both {' and '.join(PARTS)}: your edit {commit[:7]} is kept "
                "in git, and nothing is run from it."
            )
            return
        self._open(
            build,
            OwnRoundOpened(
                track=track, round=0, what=f"your edit {commit[:7]}", plan=plan, commit=commit
            ),
        )

    def _accepted_plan(self, build: Build, track: str, *, final: bool) -> CandidatePlan | None:
        """The plan that a track's program follows; None where that is not known (yet)."""
        state = self._world.facts.state
        program = state.tracks[track].program if track in state.tracks else None
        known = build.sources.get(program or "")
        if known is None and program is not None and not final:
            return None
        planned = [plan for plan in state.plans if plan.track == track]
        return known[0] if known else next(iter(planned), None)

    def _open(self, build: Build, opened: OwnRoundOpened) -> OwnRoundOpened:
        """Opens a round under a number and a name of its own."""
        number = round_of(self._world, build, opened.track, opened.what)
        known = self._world.facts.state.moment(f"{opened.track}/{number}")
        name = known.candidate if known else f"{opened.plan.name.split(' ')[0]} {number}"
        plan = opened.plan.model_copy(update={"name": name})
        opened = opened.model_copy(update={"round": number, "plan": plan})
        self._world.tell(opened)
        self._world.tell(
            RoundStarted(track=opened.track, round=number, candidate=name, what=opened.what)
        )
        return opened

    async def replan(
        self, build: Build, row: DecisionRow, asked: Replan, with_model: bool
    ) -> Outcome:
        """Opens a round for a plan that the person edited.

        Args:
            build: What is achieved.
            row: The decision.
            asked: What it says.
            with_model: Whether the run has a model, which can write code from steps.
        """
        if known := [one for one in self._opened() if one.gate == row.gate]:
            return _told(known[0])  # an engine died before it could say so
        state = self._world.facts.state
        plan = next((one for one in state.plans if one.name == asked.candidate), None)
        if plan is None or state.blueprint is None:
            names = ", ".join(one.name for one in state.plans)
            return Outcome(f"No plan is called {asked.candidate!r}: there are {names}.", True)
        if plan.track in state.stopped_tracks:
            return Outcome(f"You stopped {plan.track}: nothing is begun on it any more.", True)
        try:
            edited = await asyncio.to_thread(
                planned_again, asked.text, plan, state.blueprint, with_model=with_model
            )
        except InputError as error:
            return Outcome(str(error), refused=True)
        base = plan.name.split(" ")[0]
        earlier = sum(bool(one.edits) for one in self._opened())
        what = f"your edit of the plan of {base}" + (f", {earlier + 1}" if earlier else "")
        opened = OwnRoundOpened(
            track=plan.track, round=0, what=what, plan=edited, edits=plan.name, gate=row.gate
        )
        return _told(self._open(build, opened))

    # --- carrying out ---------------------------------------------------------------------------

    def _opened(self) -> list[OwnRoundOpened]:
        facts = (fact.event for fact in self._world.facts.of_run())
        return [one for one in facts if isinstance(one, OwnRoundOpened)]

    def waiting(self, writer: Writer | None, *, final: bool = False) -> list[OwnRoundOpened]:
        """Rounds that this engine can begin and has not begun.

        Args:
            writer: Who can write code from steps, if somebody can by now.
            final: Whether everything that is recorded was read again by now.
        """
        held = self._begun if final else self._begun | self._late
        return [
            one
            for one in self._opened()
            if _key(one) not in held
            and (one.plan.recipe or one.commit is not None or writer is not None)
        ]

    def leave_unwritten(self, writer: Writer | None) -> None:
        """Ends rounds for which there is nobody to write code any more."""
        ready = {_key(one) for one in self.waiting(writer, final=True)}
        for one in self._opened():
            if _key(one) not in ready | self._begun:
                self._world.tell(
                    ProposalRejected(
                        track=one.track,
                        round=one.round,
                        candidate=one.plan.name,
                        commit=None,
                        reason="no model can be asked to write its code",
                    )
                )

    async def carry_out(self, build: Build, opened: OwnRoundOpened, writer: Writer | None) -> None:
        """Takes a round as far as it gets; once an engine."""
        self._begun.add(_key(opened))
        if opened.commit is not None:
            await self._verify(build, opened, opened.commit)
        else:
            await self._write_plan(build, opened)
            if opened.plan.recipe:
                fit_s = max(LEAST_FIT_S, ROOM * opened.plan.seconds)
                fit_s = UNLIMITED_S if self._world.repeatable else fit_s
                draft = Draft(opened.plan, opened.round, opened.what, fit_s=fit_s)
                await Trial(self._world, build, draft).run()
            elif writer is not None:
                await writer.realise(opened.plan, opened.what)
        self.finished += 1

    async def _verify(self, build: Build, opened: OwnRoundOpened, commit: str) -> None:
        sources = self._sources(opened.track, commit)
        assert sources is not None  # it was there when the round opened
        draft = Draft(opened.plan, opened.round, opened.what, sources=sources, author="person")
        trial = Trial(self._world, build, draft)
        known = self._world.facts.state.moment(_key(opened))
        told = known is not None and known.ended is not None  # by an engine before this one
        if await trial.run() is None and trial.fault is not None and not told:
            self._tell_fault(opened.track, trial.fault)

    def _tell_fault(self, track: str, fault: Fault) -> None:
        """What does not pass changes nothing but the person's file."""
        place = fault.file or fault.component
        place = f"{place} line {fault.line}" if fault.line else place
        known = self._world.facts.state.tracks[track]
        stays = f"{known.candidate} stays its program" if known.program else "it has no program yet"
        if fault.kind == "resource" and TIME.search(fault.message):
            self._world.notice(
                f"Your edit of {track} was not done in the time that a check may take, so nothing "
                f"is known of it and {stays}: let it do less, or begin a longer run with "
                "--new --time-limit.",
                serious=True,
            )
            return
        self._world.notice(
            f"Your edit of {track} does not pass ({fault.kind} in {place}): {stays}.", serious=True
        )

    def _sources(self, track: str, commit: str) -> Sources | None:
        """Both parts as the person left them; None where one is missing."""
        files = self._world.repository.tree(commit, track)
        found = [files.get(f"tracks/{track}/{name}") for name in PARTS]
        texts = [one.decode("utf-8", "replace") for one in found if one is not None]
        return Sources(*texts) if len(texts) == len(PARTS) else None

    async def _write_plan(self, build: Build, opened: OwnRoundOpened) -> None:
        """The blueprint with the plan in it, committed: git tells of it too."""
        blueprint = self._world.facts.state.blueprint or build.blueprint
        own = [one.plan for one in self._opened() if one.edits and one.round <= opened.round]
        whole = blueprint.model_copy(update={"candidates": (*blueprint.candidates, *own)})
        told = self._world.tell(opened)
        message = CommitMessage(
            at=told.moment,
            subject=f"plan({opened.track}): {opened.plan.name}, your edit of {opened.edits}",
            track=opened.track,
            round=opened.round,
            decision="yours",
        )
        text = blueprint_markdown(whole, build.task).encode()
        await self._world.commit(
            f"{opened.track}/round-{opened.round}/plan",
            {"gate": opened.gate},
            lambda: self._world.repository.accept({"blueprint.md": text}, message),
            label="Writing the plan",
        )


def _gone_back_at(world: World) -> dict[str, float]:
    """When the person last went back on a track: edits from before are saved and not tried."""
    found: dict[str, float] = {
        fact.event.track: fact.seq
        for fact in world.facts.of_run()
        if isinstance(fact.event, WentBack)
    }
    choices = (asked.choice for asked in untaken(world))
    return found | {one.track: math.inf for one in choices if isinstance(one, Back)}


def _touched(edit: UserEdited) -> set[str]:
    """Tracks of whose two parts one was edited."""
    return {
        path.split("/")[1]
        for path in edit.paths
        if path.startswith("tracks/") and path.endswith(tuple(f"/{name}" for name in PARTS))
    }


def _told(opened: OwnRoundOpened) -> Outcome:
    by = f"from the recipe {opened.plan.recipe}" if opened.plan.recipe else "by the model"
    number, track = opened.round, opened.track
    return Outcome(f"{opened.edits} is written again {by}: round {number} of {track}.")


def _key(opened: OwnRoundOpened) -> str:
    return f"{opened.track}/{opened.round}"
