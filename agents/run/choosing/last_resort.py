"""The last rung under every run: the best constants, where no program has passed in time.

The engine makes these answers itself, from the labels alone, so neither a slow machine nor programs
that all fail leave the person without a valid submission (DESIGN 5).
"""

from agents.journal import events
from agents.run.choosing.selection import Build, Scored, round_of, scoring
from agents.run.choosing.submission import offer
from agents.run.world import World

CONSTANT = "constant"
TRACK = "baseline"


async def hand_in_constants(world: World, build: Build) -> None:
    """Hands in the best constant of every column, unless something lies there already."""
    if build.full is None or build.written is not None:
        return
    await build.blind_ready.wait()
    number = round_of(world, build, TRACK, CONSTANT)
    started = events.RoundStarted(track=TRACK, round=number, candidate=CONSTANT, what=CONSTANT)
    world.tell(started)
    scored = await _scored(world, build, number)
    world.tell(
        events.CandidateScored(
            track=TRACK,
            round=number,
            candidate=CONSTANT,
            program=CONSTANT,
            score=scored.score,
        )
    )
    await offer(world, build, scored)
    world.tell(
        events.ProposalRejected(
            track=TRACK,
            round=number,
            candidate=CONSTANT,
            commit=None,
            reason="handed in only for want of a program that has passed",
        )
    )
    if build.blueprint.candidates:
        world.notice(
            "No program has passed yet, so the same best answer for every row is handed in: it "
            "is replaced by the first program that does better. Give the run more time with "
            "--time-limit."
        )


async def _scored(world: World, build: Build, number: int) -> Scored:
    result = await world.work(
        "build/constant",
        "score_constant",
        {"scoring": scoring(world, build), "program": CONSTANT},
        label="Answering with constants",
    )
    assert isinstance(result, dict)
    return Scored.model_validate(
        {
            "track": TRACK,
            "round": number,
            "candidate": CONSTANT,
            "program": CONSTANT,
            "folds": (),
            **result,
        }
    )
