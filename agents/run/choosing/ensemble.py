"""The ensemble as a track (5.2.3): weights on blind scores, verified like any other program.

It draws on everything that was ever scored in this run and not undone. Its score is cross-fitted:
weights are fitted on other folds than those they are judged on.
"""

import hashlib
import json
from datetime import datetime

from pydantic import JsonValue

from agents.journal import events
from agents.models import Comparison, Member, Pool
from agents.roles.assembler import EnsembleMember, assemble_ensemble
from agents.roles.ensembler import is_worth_it
from agents.run.candidates.solution_check import Failed
from agents.run.choosing.redeciding import see_it_work
from agents.run.choosing.selection import Build, Scored, accept, scoring
from agents.run.choosing.submission import lead
from agents.run.world import World
from agents.workspace.message import CommitMessage

TRACK = "ensemble"
SOLUTION = "tracks/ensemble/solution.py"


async def try_ensemble(world: World, build: Build) -> None:
    """Blends what competes; accepted when its cross-fitted score beats the best single program."""
    build.blended = None
    members = build.competing
    if world.settings.aggregation == "best":
        _end(world, "declined", "The best program alone was asked for.")
        return
    if len(members) < 2:
        _end(world, "declined", "It takes two scored programs to blend.")
        return
    blended = await _blend(world, build, members)
    scored, against = _read(blended, members)
    scored = scored.model_copy(update={"round": _round_of(world, scored.program)})
    weights = tuple(
        Member(candidate=one.candidate, weight=scored.parts[one.program])
        for one in members
        if one.program in scored.parts
    )
    world.retell(events.EnsembleWeighed(members=weights, score=scored.score, against_best=against))
    if len(weights) < 2:
        _end(world, "declined", f"{weights[0].candidate} alone has all the weight.")
        return
    began = _begin(world, scored, weights)
    if not is_worth_it(against, float(str(blended["sharper"]))):
        reason = (
            f"not better than {against.second} alone: "
            f"row by row {against.difference:+.4f} ±{against.error:.4f}"
        )
        _reject(world, began.round, reason)
        _end(world, "declined", reason)
        return
    await _try(world, build, began, scored)


def _begin(world: World, scored: Scored, members: tuple[Member, ...]) -> events.RoundStarted:
    """Tells that a blend is tried, and its score."""
    began = events.RoundStarted(
        track=TRACK,
        round=scored.round,
        candidate=TRACK,
        what=f"blend of {', '.join(one.candidate for one in members)}",
    )
    world.tell(began)
    world.retell(
        events.CandidateScored(
            track=TRACK,
            round=began.round,
            candidate=TRACK,
            program=scored.program,
            score=scored.score,
        )
    )
    return began


async def _try(
    world: World,
    build: Build,
    began: events.RoundStarted,
    scored: Scored,
) -> None:
    """Writes and verifies the blend as one program, and accepts or rejects it."""
    await lead(world, build, scored)
    if _was_settled(world, build, began):
        build.blended = scored
        _end(world, "valid")
        return
    try:
        async with world.in_time():
            solution = await _assemble(world, build, scored)
    except TimeoutError:
        reason = "the time was over before its solution.py had passed"
        _reject(world, began.round, reason)
        _end(world, "unfinished", reason)
        return
    except Failed as failure:
        fault = failure.fault
        world.tell(events.FaultFound(track=TRACK, round=began.round, candidate=TRACK, fault=fault))
        _reject(world, began.round, fault.headline)
        _end(world, "failed", fault.kind)
        return
    await _propose(world, build, began, scored.program, solution)
    await _accept(world, build, began, scored, solution)


def _was_settled(world: World, build: Build, began: events.RoundStarted) -> bool:
    """Whether the blend lies on the main line of a run that is over, and is judged as then."""
    state = world.facts.state
    moment = state.moment(f"{TRACK}/{began.round}")
    kept = moment is not None and moment.commit is not None
    return kept and state.card is not None and build.rejudged is None


def renamed(pool: Pool, names: dict[str, str]) -> Pool:
    """The same pool with its members called otherwise."""

    def named(value: JsonValue) -> JsonValue:
        assert isinstance(value, dict)
        return {names[name]: given for name, given in value.items()}

    parameters = {
        name: named(value) if name in ("weights", "coefficients") else value
        for name, value in pool.parameters.items()
    }
    weights = {names[name]: share for name, share in pool.weights.items()}
    return pool.model_copy(update={"parameters": parameters, "weights": weights})


def _end(world: World, state: str, text: str = "") -> None:
    world.retell(events.TrackEnded.model_validate({"track": TRACK, "state": state, "text": text}))


async def _blend(world: World, build: Build, members: tuple[Scored, ...]) -> dict[str, JsonValue]:
    blended = await world.work(
        f"ensemble/{world.settings.aggregation}-{_digest([one.key for one in members])}",
        "blend",
        {
            "scoring": scoring(world, build),
            "members": [[one.candidate, one.key] for one in members],
            "how": world.settings.aggregation,
        },
        label="Weighing the ensemble",
    )
    assert isinstance(blended, dict)
    return blended


def _read(blended: dict[str, JsonValue], members: tuple[Scored, ...]) -> tuple[Scored, Comparison]:
    by_key = {one.key: one for one in members}
    pool = renamed(
        Pool.model_validate(blended["pool"]), {key: one.program for key, one in by_key.items()}
    )
    scored = Scored.model_validate(
        {
            "track": TRACK,
            "round": 1,
            "candidate": TRACK,
            "program": blended["program"],
            "folds": (),
            "pool": pool,
            "trusted": all(one.trusted for one in members if one.program in pool.weights),
            "score": blended["score"],
            "decision": blended["decision"],
            "check": blended["check"],
            "answers": blended["answers"],
        }
    )
    return scored, Comparison.model_validate(blended["comparison"])


def _round_of(world: World, program: str) -> int:
    """The round of a blend that was tried before, or the next one."""
    rounds = [moment for moment in world.facts.state.moments if moment.track == TRACK]
    known = [moment.round for moment in rounds if moment.program == program]
    return known[0] if known else 1 + max((moment.round for moment in rounds), default=0)


async def _assemble(world: World, build: Build, scored: Scored) -> str:
    assert scored.pool is not None
    members = [build.scored[program] for program in scored.parts]
    parts = [
        EnsembleMember(
            name=one.candidate,
            preprocess=build.sources[one.program][1].preprocess,
            model=build.sources[one.program][1].model,
        )
        for one in members
    ]
    pool = renamed(scored.pool, {one.program: one.candidate for one in members})
    solution = assemble_ensemble(build.task, build.blueprint.split, parts, scored.decision, pool)
    await see_it_work(world, build, scored, solution)
    return solution


def _path(build: Build, program: str) -> str:
    """Where the steps of a blend are recorded: a changed metric writes it anew."""
    return f"{build.rejudged.path if build.rejudged else TRACK}/{program[:12]}"


def _at(world: World, build: Build, began: events.RoundStarted) -> datetime:
    return build.rejudged.at if build.rejudged else world.tell(began).moment


async def _propose(
    world: World, build: Build, began: events.RoundStarted, program: str, solution: str
) -> None:
    message = CommitMessage(
        at=_at(world, build, began),
        subject=f"propose({TRACK}): round {began.round}, {began.what}",
        track=TRACK,
        round=began.round,
    )
    commit = await world.commit(
        f"{_path(build, program)}/propose",
        {"solution": solution},
        lambda: world.repository.propose(
            TRACK, began.round, 1, {SOLUTION: solution.encode()}, message
        ),
        label="Writing the draft",
    )
    world.tell(
        events.ProposalMade(
            track=TRACK, round=began.round, candidate=TRACK, commit=commit, program=program
        )
    )


async def _accept(
    world: World, build: Build, began: events.RoundStarted, scored: Scored, solution: str
) -> None:
    subject = f"draft({TRACK}): round {began.round}, {began.what}"
    message = CommitMessage(
        at=_at(world, build, began),
        subject=subject,
        track=TRACK,
        round=began.round,
        verdict="valid",
        score=f"{scored.score.value:.6f} ±{scored.score.error:.6f}",
        models=_models_of(build, scored),
        decision=build.rejudged.gate if build.rejudged else "kept by policy",
    )
    commit = await accept(
        world,
        f"{_path(build, scored.program)}/accept",
        {SOLUTION: solution.encode()},
        message,
    )
    build.blended = scored
    world.tell(
        events.ProposalAccepted(
            track=TRACK,
            round=began.round,
            candidate=TRACK,
            program=scored.program,
            commit=commit,
            subject=subject,
        )
    )
    _end(world, "valid")


def _models_of(build: Build, scored: Scored) -> tuple[str, ...]:
    """The language models that wrote its members, the largest share's first."""
    names = (name for program in scored.parts for name in build.models.get(program, ()))
    return tuple(dict.fromkeys(names))


def _reject(world: World, number: int, reason: str) -> None:
    world.tell(
        events.ProposalRejected(
            track=TRACK, round=number, candidate=TRACK, commit=None, reason=reason
        )
    )


def _digest(names: list[str]) -> str:
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]
