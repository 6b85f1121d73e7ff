"""What lies in `submission.csv`, and what may take its place.

The first valid answers are handed in as soon as one fold has passed, and from then on only better
ones, by a fair comparison. Two programs are compared row by row on the folds that both have done.
What has done every fold stays until another one has: fold 1 alone flatters the luckiest of many
that met it. Only where the time was over first do answers from some folds take its place, and only
if they are far ahead on those.
"""

import asyncio
import hashlib
from pathlib import Path

from pydantic import JsonValue

from agents.journal import events
from agents.journal.state import Submission
from agents.journal.store import write_durably
from agents.run.choosing.selection import Build, Scored, compare
from agents.run.world import World

CLEARLY, FAR = 1.0, 2.0
"""Standard errors of a paired difference: between two that have done only some folds, and for what
has done only some, before what has done all."""


async def offer(world: World, build: Build, scored: Scored) -> None:
    """Replaces `submission.csv` when this one is valid and may take the place of what lies there.

    Should answers from only some folds turn out worse on all of them, the best complete ones come
    back.
    """
    if scored.check is None or not scored.check.valid:
        return
    async with build.turn("submission"):
        leader, written = build.leader, build.written
        complete = build.is_complete(scored)
        if complete and (leader is None or await _ahead(world, build, scored, leader)):
            build.leader = leader = scored
        if written is None:
            await publish(world, build, scored)
        elif written.program == scored.program:
            await publish(world, build, leader or scored)
        elif _waits(build, scored, written):
            return
        elif await _ahead(world, build, scored, written, 0.0 if complete else CLEARLY):
            await publish(world, build, scored)


async def would_lead(world: World, build: Build, scored: Scored) -> bool:
    """Whether answers of a program that has done only some folds might be handed in.

    Those that wait for the other folds may still be, should the time be over before.
    """
    written = build.written
    if written is None:
        return True
    errors = FAR if _waits(build, scored, written) else CLEARLY
    return await _ahead(world, build, scored, written, errors)


def _waits(build: Build, scored: Scored, written: Scored) -> bool:
    """Whether it has to do the other folds first, because what lies there has done them."""
    return not build.is_complete(scored) and build.is_complete(written) and written.is_learnt


async def _ahead(
    world: World, build: Build, first: Scored, second: Scored, errors: float = 0.0
) -> bool:
    """Whether the first is better on the rows that both scored, by so many standard errors."""
    if first.program == second.program:
        return True
    comparison = await compare(world, build, first, second)
    return comparison.difference > errors * comparison.error


async def lead(world: World, build: Build, scored: Scored) -> None:
    """Hands in what was found to be the best, whatever lies there."""
    if scored.check is not None and scored.check.valid:
        async with build.turn("submission"):
            build.leader = scored
            await publish(world, build, scored)


# --- at the end -----------------------------------------------------------------------------------


async def hand_in(world: World, build: Build, winner: Scored | None) -> None:
    """The submission is the winner's, unless better answers are there that nobody undid."""
    if winner is not None and (winner.check is None or not winner.check.valid):
        return
    best = build.written
    if winner is not None and (best is None or not await _stays(world, build, best, winner)):
        best = winner
    if best is not None:
        await publish(world, build, await _cut_off(world, build, best) or best, last=True)


async def _stays(world: World, build: Build, written: Scored, winner: Scored) -> bool:
    """Whether complete answers lie there whose program time left without a `solution.py`."""
    if written.program in build.undone or not build.is_complete(written):
        return False
    if winner.parts or build.has_solution(written):
        return False
    return (await compare(world, build, winner, written)).difference <= 0


async def _cut_off(world: World, build: Build, best: Scored) -> Scored | None:
    """What time cut off far ahead of the best; recorded, as nothing of it is done again."""
    if build.rejudged is not None:
        return None  # it is decided by the metric before

    async def look() -> JsonValue:
        ahead: list[tuple[float, Scored]] = []
        for one in build.cut_off:
            if one.check is not None and one.check.valid:
                found = await compare(world, build, one, best)
                if found.difference > FAR * found.error:
                    ahead.append((found.difference, one))
        if not ahead:
            return None
        return max(ahead, key=lambda pair: pair[0])[1].model_dump(mode="json")

    label = "Looking at what the time cut off"
    found = await world.steps.step("decide/cut-off", {"best": best.key}, look, label=label)
    scored = None if found is None else Scored.model_validate(found)
    return None if scored is None or scored.program in build.undone else scored


# --- the file -------------------------------------------------------------------------------------


async def publish(world: World, build: Build, scored: Scored, *, last: bool = False) -> None:
    """Makes a candidate's submission the one in the workspace.

    What was handed in stays while an engine that goes on reads again what is recorded: what came
    before it is not handed in once more. Where the run was over, it stays until all is decided.

    Args:
        world: The joined parts.
        build: What is achieved.
        scored: Whose answers.
        last: Whether everything is decided.
    """
    assert scored.check is not None
    same = build.written is not None and build.written.answers == scored.answers
    lies_there = world.facts.state.submission if await _untouched(world) else None
    stays = not last and (same or world.facts.state.card is not None or _known(world, scored))
    if lies_there is not None and (stays or _is_that(lies_there, scored)):
        build.written = scored
        return
    target = world.workspace / "submission.csv"
    await asyncio.to_thread(_publish, world.paths.submissions / scored.answers, target)
    told = (fact.event for fact in world.facts.of_run())
    written = sum(isinstance(one, events.SubmissionWritten) for one in told)
    world.tell(
        events.SubmissionWritten(
            number=written + 1,
            candidate=scored.candidate,
            check=scored.check,
            score=scored.score,
        )
    )
    for warning in scored.check.warnings:
        world.notice(f"submission.csv: {warning}")
    build.written = scored


async def _untouched(world: World) -> bool:
    """Whether the file is the one that was handed in last."""
    lying, file = world.facts.state.submission, world.workspace / "submission.csv"
    if lying is None or not file.exists():
        return False
    content = await asyncio.to_thread(file.read_bytes)
    return hashlib.sha256(content).hexdigest() == lying.check.digest


def _known(world: World, scored: Scored) -> bool:
    """Whether an engine before this one knew of this score already."""
    return any(
        isinstance(fact.event, events.CandidateScored)
        and (fact.event.program, fact.event.score) == (scored.program, scored.score)
        for fact in world.facts.of_run()
        if fact.seq <= world.facts.before
    )


def _is_that(lying: Submission, scored: Scored) -> bool:
    """Whether these answers are those, with this score."""
    return (lying.candidate, lying.check, lying.score) == (
        scored.candidate,
        scored.check,
        scored.score,
    )


def _publish(source: Path, target: Path) -> None:
    write_durably(target, source.read_bytes())
