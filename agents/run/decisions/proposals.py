"""What a person says of proposals that nobody follows up any more: undo, say why, keep a part.

Those are accepted ones, and those that ended at their gate and that no coder works on: recipes and
changes of valid programs. An accepted one that is undone leaves the main line by a new commit where
it is still its track's program; with the person's words the Debugging Agent proposes again. A part
that is kept is a program like any other: verified, and committed as the person's edit.
"""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from agents.journal import events
from agents.journal.events import GateOpened
from agents.journal.hunks import hunks_between, kept_in_part
from agents.journal.state import Moment
from agents.models import Fault
from agents.run.candidates.draft import Draft
from agents.run.candidates.trial import Trial
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import Build, round_of
from agents.run.decisions.edits import save_edits
from agents.run.decisions.going_back import brought_up_to_date
from agents.run.decisions.leaving_out import kind_of, left_out_at
from agents.run.decisions.own_rounds import Writer
from agents.run.decisions.shown import BY_YOU, numbered
from agents.run.gates import UNDO, Verdict
from agents.run.world import World
from agents.workspace.message import CommitMessage


class Coder(Writer, Protocol):
    """Who writes from a plan, and proposes again where the person said why."""

    async def propose_again(self, moment: Moment, verdict: Verdict) -> None:
        """Repairs an undone program by the person's words, and verifies that."""


class Answered(NamedTuple):
    """A proposal that a person wants otherwise."""

    gate: GateOpened
    moment: Moment
    verdict: Verdict


class Proposals:
    """Carries out answers to the gates of proposals that nobody follows up any more."""

    def __init__(self, world: World) -> None:
        """Nobody proposes again until `coder` is set."""
        self._world = world
        self._done: set[str] = set()
        """Gates that this engine has carried out; another one reads what is recorded again."""
        self._turn = asyncio.Lock()
        self.coder: Coder | None = None

    def waiting(self, build: Build) -> list[Answered]:
        """Answers that this engine has not begun to carry out, oldest first."""
        state, found = self._world.facts.state, list[Answered]()
        for gate in (one.opened for one in state.gates.values() if one.opened.track is not None):
            verdict = self._world.gates.verdict(gate.gate)
            moment = state.moment(f"{gate.track}/{gate.round}")
            if verdict is None or verdict.keeps_all or moment is None or gate.gate in self._done:
                continue
            if moment.program in build.sources and self._is_ours(build, moment):
                found.append(Answered(gate, moment, verdict))
        return found

    def _is_ours(self, build: Build, moment: Moment) -> bool:
        """Whether it was accepted, or ended at its gate with no coder who goes on from there."""
        if moment.commit is not None:
            return True
        coded = {plan.name for plan in self._world.facts.state.plans if not plan.recipe}
        assert moment.program is not None  # it was proposed
        plan = build.sources[moment.program][0]
        return moment.reason.endswith(BY_YOU) and (bool(plan.recipe) or plan.name not in coded)

    async def carry_out(self, build: Build, answered: Answered) -> None:
        """Carries out an answer, once an engine.

        Only what touches the main line is done one after another: what is proposed again may have
        to wait for the person.
        """
        gate, moment, verdict = answered
        self._done.add(gate.gate)
        async with self._turn:
            if verdict.hunks:
                await self._keep_part(build, gate, moment, verdict)
            elif moment.commit is not None:
                await self._undo(build, moment, verdict)
        if not verdict.hunks and verdict.why and self.coder is not None:
            await self.coder.propose_again(moment, verdict)

    # --- undo -------------------------------------------------------------------------------------

    async def leave_out(self, build: Build) -> None:
        """Takes programs of a kind that the person left out off the main line, once."""
        for family, at in left_out_at(self._world).items():
            verdict = Verdict(UNDO, why=f"Nothing of {family} is wanted.", at=at)
            for moment in self._world.facts.state.moments:
                known = build.sources.get(moment.program or "")
                if moment.commit and known and kind_of(known[0]) == family:
                    async with self._turn:
                        await self._undo(build, moment, verdict)
        brought_up_to_date(self._world, build)

    async def _undo(self, build: Build, moment: Moment, verdict: Verdict) -> None:
        assert moment.program is not None  # it was accepted
        if (moment.track, moment.round) in self._undone():
            return
        await save_edits(self._world)
        async with build.turn(moment.track):
            commit, to = None, None
            if self._world.facts.state.tracks[moment.track].program == moment.program:
                commit, to = await self._restored(moment, verdict), self._before(moment)
            self._tell_undone(moment, commit, to, verdict.why)
            brought_up_to_date(self._world, build)

    def _undone(self) -> set[tuple[str, int]]:
        """Tracks and rounds of what was undone already."""
        events_of_run = (fact.event for fact in self._world.facts.of_run())
        return {
            (one.track, one.round)
            for one in events_of_run
            if isinstance(one, events.ProposalUndone)
        }

    def _tell_undone(self, moment: Moment, commit: str | None, to: str | None, why: str) -> None:
        assert moment.program is not None
        self._world.tell(
            events.ProposalUndone(
                track=moment.track,
                round=moment.round,
                candidate=moment.candidate,
                program=moment.program,
                commit=commit,
                to=to,
                why=why,
            )
        )

    async def _restored(self, moment: Moment, verdict: Verdict) -> str:
        """The commit that restores the track's files as they were before the proposal."""
        repository = self._world.repository
        assert moment.commit is not None  # it was accepted
        before = repository.show(moment.commit)[0].parents[0]
        message = CommitMessage(
            at=datetime.fromtimestamp(verdict.at, UTC),
            subject=f"undo({moment.track}): round {moment.round}, {moment.what}",
            body=verdict.why,
            track=moment.track,
            round=moment.round,
            decision="yours",
        )
        return await self._world.commit(
            f"decisions/{moment.key}/undo",
            {"track": moment.track, "to": before},
            lambda: repository.go_back(moment.track, before, message),
            label=f"Undoing round {moment.round} of {moment.track}",
        )

    def _before(self, moment: Moment) -> str | None:
        """The round whose program the track had before; None where it had none."""
        key: str | None = None
        undone = self._undone()
        for fact in self._world.facts.of_run():
            event = fact.event
            if isinstance(event, events.ProposalAccepted) and event.track == moment.track:
                if event.round == moment.round:
                    break
                if (event.track, event.round) not in undone:
                    key = f"{event.track}/{event.round}"
        return key

    # --- a part -----------------------------------------------------------------------------------

    async def _keep_part(
        self, build: Build, gate: GateOpened, moment: Moment, verdict: Verdict
    ) -> None:
        assert moment.program is not None  # it was proposed
        plan, whole = build.sources[moment.program]
        sources = part_of(self._world, gate, whole, verdict.hunks)
        what = in_part(moment.round, verdict)
        draft = Draft(
            plan,
            round_of(self._world, build, moment.track, what),
            what,
            sources=sources,
            author="person",
        )
        trial = Trial(self._world, build, draft)
        if await trial.run() is not None:
            known = self._undone()
            if moment.commit is not None and (moment.track, moment.round) not in known:
                self._tell_undone(moment, None, None, f"{numbered(verdict.hunks)} kept")
            brought_up_to_date(self._world, build)
        elif trial.fault is not None:
            stays = "the whole proposal stays" if moment.commit else "nothing of it is kept"
            self._world.notice(
                f"What you kept of round {moment.round} of {moment.track} does not pass "
                f"({trial.fault.kind}): {stays}."
            )


def part_of(world: World, gate: GateOpened, whole: Sources, hunks: tuple[int, ...]) -> Sources:
    """A proposal's two parts with the chosen changes alone.

    Raises:
        ValueError: There is no change of such a number.
    """
    assert gate.track is not None  # it is the gate of a proposal
    kept = kept_in_part(files_of(world, gate.base, gate.track), whole.files, hunks)
    return Sources(kept["preprocess.py"], kept["model.py"])


def files_of(world: World, commit: str | None, track: str) -> dict[str, str]:
    """The two parts of a track as of a commit, by name; empty without one."""
    tree = {} if commit is None else world.repository.tree(commit, track)
    named = {path.rpartition("/")[2]: text.decode() for path, text in tree.items()}
    return {name: text for name, text in named.items() if name in {"preprocess.py", "model.py"}}


def in_part(number: int, verdict: Verdict) -> str:
    """How the round is called in which a part of an earlier one is tried."""
    return f"{numbered(verdict.hunks)} of round {number}"


def unwanted(world: World, gate: GateOpened, whole: Sources) -> Fault:
    """What the Debugging Agent is told of a program that works and is not wanted.

    It may mend one file: the one that the proposal changed most.
    """
    assert gate.track is not None  # it is the gate of a proposal
    changed = hunks_between(files_of(world, gate.base, gate.track), whole.files)

    def lines(path: str) -> int:
        return sum(len(one.removed) + len(one.added) for one in changed if one.path == path)

    in_first = lines("preprocess.py") > lines("model.py")
    return Fault(
        kind="unknown",
        component="preprocess.py" if in_first else "model.py",
        message="The program runs, and the person undid it: they want it otherwise.",
        rung="the person's decision",
    )
