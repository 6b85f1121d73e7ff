"""A proposal is shown to the person once it has met real data, and may have to wait for them.

What a language model wrote passes here, draft or repair. In mode `ask` its track waits for the
answer, in `review` it goes on and may be undone at any time, in `auto` policy keeps it.
"""

from agents.journal.choices import POLICY
from agents.journal.events import GateOpened
from agents.journal.state import Moment
from agents.run.gates import KEEP, UNDO, Verdict
from agents.run.world import World

BY_YOU = "by you"
"""How the reason of a round ends that a person ended."""


class UndoneError(Exception):
    """The person does not want this program as it is; leaves a trial, never a run."""

    def __init__(self, verdict: Verdict) -> None:
        """Keeps how they answered."""
        super().__init__(verdict.option)
        self.verdict = verdict

    @property
    def reason(self) -> str:
        """Why the round ended, for the history."""
        if self.verdict.hunks:
            return f"kept in part {BY_YOU}: {numbered(self.verdict.hunks)}"
        words = f" ({self.verdict.why})" if self.verdict.why else ""
        return f"undone{words} {BY_YOU}"


def numbered(hunks: tuple[int, ...]) -> str:
    """`change 2`, `changes 1 and 3`."""
    names = [str(number) for number in hunks]
    if len(names) == 1:
        return f"change {names[0]}"
    return f"changes {', '.join(names[:-1])} and {names[-1]}"


async def show(world: World, moment: Moment, base: str | None) -> None:
    """Opens the gate of a proposal, and waits at it where the person wants to be asked.

    Args:
        world: The joined parts.
        moment: The round of the proposal.
        base: The proposal that it repairs; None where it is a draft, which changes what its track
            has on the main line.

    Raises:
        UndoneError: The person wants it otherwise.
    """
    if _was_accepted(moment):
        return
    assert moment.proposal is not None  # it was proposed before it met data
    gate = world.gates.name(moment.track, moment.round)
    what = moment.what.rstrip(".") if base is not None else f"{moment.candidate}, a new program"
    world.gates.open(
        GateOpened(
            gate=gate,
            topic="proposal",
            about=moment.candidate,
            question=f"Keep round {moment.round} of {moment.track}, {what}?",
            options=(KEEP, UNDO),
            default=KEEP,
            track=moment.track,
            round=moment.round,
            commit=moment.proposal,
            base=base or world.repository.show(moment.proposal)[0].parents[0],
        )
    )
    await world.gates.answered(gate)
    refuse_undone(world, moment)


def refuse_undone(world: World, moment: Moment) -> None:
    """Ends a round that the person undid while it went on.

    Raises:
        UndoneError: They did.
    """
    over_otherwise = moment.ended is not None and not moment.reason.endswith(BY_YOU)
    if over_otherwise or _was_accepted(moment):
        return
    verdict = world.gates.verdict(world.gates.name(moment.track, moment.round))
    if verdict is not None and not verdict.keeps_all:
        raise UndoneError(verdict)


def who_kept(world: World, moment: Moment) -> str:
    """What the commit of an accepted proposal says of the decision."""
    verdict = world.gates.verdict(world.gates.name(moment.track, moment.round))
    by_person = verdict is not None and verdict.by != POLICY
    return f"kept {BY_YOU}" if by_person else "kept by policy"


def _was_accepted(moment: Moment) -> bool:
    """Whether it is read again after a restart: what was undone since is undone afterwards."""
    return moment.commit is not None
