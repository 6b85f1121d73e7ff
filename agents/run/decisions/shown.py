"""A proposal is shown to the person once it was measured, and may have to wait for them (DESIGN 6).

What a language model wrote has a gate in every mode: in `ask` its track waits there for the answer,
in `review` it goes on and may be undone at any time, in `auto` policy keeps it. What a recipe wrote
has one in mode `ask` alone, before it becomes its track's program; the baseline never has, since it
makes sure that there is a submission, nor has what the person wrote.
"""

from dataclasses import dataclass

from agents.journal.choices import POLICY, Mode
from agents.journal.events import GateOpened
from agents.journal.state import Moment
from agents.run.candidates.draft import Draft
from agents.run.choosing.selection import Build, Scored
from agents.run.decisions.evidence import evidence
from agents.run.gates import KEEP, UNDO, Verdict
from agents.run.world import World

ALWAYS_THERE = "baseline"
BY_YOU = "by you"
"""How the reason of a round ends that a person ended."""
TAKEN = "you took the best there was before you answered"
"""The reason of a round that waited for an answer then."""


class UndoneError(Exception):
    """The person does not want this program as it is; leaves a trial, never a run."""

    def __init__(self, verdict: Verdict) -> None:
        """Keeps how they answered."""
        super().__init__(verdict.option)
        self.verdict = verdict

    @property
    def reason(self) -> str:
        """Why the round ended, for the history."""
        if self.verdict.by == POLICY:
            return TAKEN
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


def is_shown(draft: Draft, mode: Mode) -> bool:
    """Whether a person is asked about a program."""
    if draft.author == "recipe":
        return mode == "ask" and draft.plan.track != ALWAYS_THERE
    return draft.author == "model"


@dataclass(frozen=True)
class Shown:
    """A proposal as it is shown."""

    draft: Draft
    moment: Moment
    """Its round."""
    scored: Scored
    """What it was measured at by now."""


async def show(world: World, build: Build, shown: Shown) -> None:
    """Opens the gate of a proposal, and waits at it where the person wants to be asked.

    Raises:
        UndoneError: The person wants it otherwise, or takes the best there is before they say so.
    """
    moment = shown.moment
    if _was_accepted(moment):
        return
    gate = world.gates.name(moment.track, moment.round)
    known = world.facts.state.gates.get(gate)
    world.gates.open(known.opened if known else await _gate(world, build, shown, gate))
    verdict = await world.gates.answered(gate)
    if verdict is None and world.gates.left_unanswered(gate):
        raise UndoneError(Verdict(UNDO))
    refuse_undone(world, moment)


async def _gate(world: World, build: Build, shown: Shown, name: str) -> GateOpened:
    """The gate of a proposal: a repair changes the proposal that failed, a draft its track."""
    moment, base = shown.moment, shown.draft.base
    assert moment.proposal is not None  # it was proposed before it was scored
    moments = world.facts.state.moments
    mended = next((one for one in moments if base is not None and one.proposal == base), None)
    what = moment.what.rstrip(".") if base is not None else f"{moment.candidate}, a new program"
    return GateOpened(
        gate=name,
        topic="proposal",
        about=moment.candidate,
        question=f"Keep round {moment.round} of {moment.track}, {what}?",
        options=(KEEP, UNDO),
        default=KEEP,
        track=moment.track,
        round=moment.round,
        commit=moment.proposal,
        base=base or world.repository.show(moment.proposal)[0].parents[0],
        measured=await evidence(world, build, shown.scored, mended),
    )


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
