"""What a person says of proposals that are accepted already: undo, say why, keep a part.

An undone proposal leaves the main line by a new commit where it is still its track's program; with
the person's words the Debugging Agent proposes again. A part that is kept is a program like any
other: verified, and committed as the person's edit.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from agents.journal import events
from agents.journal.choices import POLICY
from agents.journal.events import GateOpened
from agents.journal.hunks import kept_in_part
from agents.journal.state import Moment
from agents.models import CandidatePlan
from agents.run.decisions.edits import save_edits
from agents.run.decisions.going_back import brought_up_to_date
from agents.run.decisions.shown import numbered
from agents.run.gates import Verdict
from agents.run.selection import Build, round_of
from agents.run.trial import Draft, Trial
from agents.run.verification import Sources
from agents.run.world import World
from agents.workspace.message import CommitMessage


class Undone(Protocol):
    """Who proposes again where the person said why."""

    async def propose_again(self, moment: Moment, verdict: Verdict) -> None:
        """Repairs an undone program by the person's words, and verifies that."""


class Proposals:
    """Carries out answers to the gates of accepted proposals."""

    def __init__(self, world: World) -> None:
        """Nobody proposes again until `coder` is set."""
        self._world = world
        self.coder: Undone | None = None

    async def carry_out(self, build: Build) -> None:
        """Carries out every answer that has not been, oldest first."""
        for gate, moment, verdict in [*self._to_do()]:
            if verdict.hunks:
                await self._keep_part(build, gate, moment, verdict)
            else:
                await self._undo(build, moment, verdict)
                if verdict.why and self.coder is not None:
                    await self.coder.propose_again(moment, verdict)

    def pending(self) -> bool:
        """Whether an answer waits to be carried out."""
        return any(True for _ in self._to_do())

    def _to_do(self) -> Iterator[tuple[GateOpened, Moment, Verdict]]:
        """Accepted proposals that a person wants otherwise, and that still stand."""
        state = self._world.facts.state
        undone = {
            (fact.event.track, fact.event.round)
            for fact in self._world.facts.of_run()
            if isinstance(fact.event, events.ProposalUndone)
        }
        for gate in state.gates.values():
            verdict = self._world.gates.verdict(gate.opened.gate)
            moment = state.moment(f"{gate.opened.track}/{gate.opened.round}")
            if verdict is None or verdict.keeps_all or verdict.by == POLICY:
                continue
            if moment is None or moment.commit is None:
                continue
            if (moment.track, moment.round) not in undone and not self._part_of(moment, verdict):
                yield gate.opened, moment, verdict

    def _part_of(self, moment: Moment, verdict: Verdict) -> Moment | None:
        """The round in which the part that the person kept was tried."""
        what = _part(moment, verdict)
        found = (one for one in self._world.facts.state.moments if one.track == moment.track)
        return next((one for one in found if one.what == what and one.ended is not None), None)

    # --- undo -------------------------------------------------------------------------------------

    async def _undo(self, build: Build, moment: Moment, verdict: Verdict) -> None:
        assert moment.program is not None  # it was accepted
        await save_edits(self._world)
        async with build.turn(moment.track):
            commit, to = None, None
            if self._world.facts.state.tracks[moment.track].program == moment.program:
                commit, to = await self._restored(moment, verdict), self._before(moment)
            self._world.tell(
                events.ProposalUndone(
                    track=moment.track,
                    round=moment.round,
                    candidate=moment.candidate,
                    program=moment.program,
                    commit=commit,
                    to=to,
                    why=verdict.why,
                )
            )
            brought_up_to_date(self._world, build)

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
        undone = {
            (fact.event.track, fact.event.round)
            for fact in self._world.facts.of_run()
            if isinstance(fact.event, events.ProposalUndone)
        }
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
        assert moment.program is not None  # it was accepted
        plan, whole = build.sources[moment.program]
        sources = part_of(self._world, gate, whole, verdict.hunks)
        what = _part(moment, verdict)
        draft = Draft(
            plan,
            round_of(self._world, build, moment.track, what),
            what,
            sources=sources,
            author="person",
        )
        trial = Trial(self._world, build, draft)
        await trial.run()
        if trial.fault is not None:
            self._world.notice(
                f"What you kept of round {moment.round} of {moment.track} does not pass "
                f"({trial.fault.kind}): the whole proposal stays."
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


def plan_and_sources(build: Build, moment: Moment) -> tuple[CandidatePlan, Sources]:
    """What a round's program was made of."""
    assert moment.program is not None
    return build.sources[moment.program]


def _part(moment: Moment, verdict: Verdict) -> str:
    return f"{numbered(verdict.hunks)} of round {moment.round}"
