"""Going back on a track: a new commit restores its files, and what is left out takes no part.

Nothing is rewritten; what came later stays in the history.
"""

from datetime import UTC, datetime

from agents.journal import events
from agents.journal.choices import Back
from agents.journal.state import State
from agents.journal.store import DecisionRow
from agents.run.choosing.selection import Build
from agents.run.decisions.leaving_out import left_out_programs
from agents.run.decisions.taking import Outcome, take
from agents.run.world import World
from agents.workspace.message import CommitMessage


async def go_back(world: World, row: DecisionRow, back: Back) -> None:
    """Sets a track back to the moment that the person named."""
    track, to = back.track, back.to
    message = CommitMessage(
        at=datetime.fromtimestamp(row.at, UTC),
        subject=f"back({track}): to {to[:7]}",
        track=track,
        decision=row.gate,
    )
    commit = await world.commit(
        f"decisions/{row.gate}",
        {"track": track, "to": to},
        lambda: world.repository.go_back(track, to, message),
        label=f"Going back on {track}",
    )
    world.tell(events.WentBack(track=track, to=to, commit=commit))
    text = f"{track} is as it was at {to[:7]}; later rounds stay in the history."
    take(world, row, Outcome(text))


def brought_up_to_date(world: World, build: Build) -> None:
    """Brings what a build holds to what the person decided, as the journal has it."""
    build.current = {
        name: track.program
        for name, track in world.facts.state.tracks.items()
        if track.program is not None
    }
    build.undone = _undone(world) | left_out_programs(world, build)
    if build.leader is not None and build.leader.program in build.undone:
        build.leader = None


def _undone(world: World) -> frozenset[str]:
    """Programs that the person undid, or went back behind."""
    undone: set[str] = set()
    for fact in world.facts.of_run():
        if isinstance(fact.event, events.WentBack):
            undone |= _behind(world.facts.state, fact.event, fact.active)
        elif isinstance(fact.event, events.ProposalUndone):
            undone.add(fact.event.program)
        elif isinstance(fact.event, events.ProposalAccepted):
            undone.discard(fact.event.program)
    return frozenset(undone)


def _behind(state: State, back: events.WentBack, active: float) -> set[str]:
    """Programs of rounds after the one that a track went back to."""
    target = next((moment for moment in state.moments if moment.commit == back.to), None)
    return {
        moment.program
        for moment in state.moments
        if target is not None
        and moment.track == back.track
        and moment.round > target.round
        and moment.started <= active
        and moment.program
    }
