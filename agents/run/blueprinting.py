"""How plans that come later join the blueprint, and how a track that came to nothing leaves it."""

from collections.abc import Collection, Sequence

from pydantic import JsonValue

from agents.journal import events
from agents.models import Blueprint, CandidatePlan
from agents.roles.guideline_agent import blueprint_markdown
from agents.run.choosing.selection import Build, accept
from agents.run.decisions.leaving_out import kind_of, left_out_at, stopped_at
from agents.run.world import World
from agents.workspace.message import CommitMessage

LEFT_OUT, STOPPED = "left out, as you said", "stopped, as you said"


async def join_blueprint(
    world: World,
    build: Build,
    plans: Sequence[CandidatePlan],
    step: str,
    *,
    why: str,
    model: str | None = None,
) -> None:
    """Writes the blueprint with more plans; journaled and committed.

    Args:
        world: The joined parts.
        build: Whose blueprint it is.
        plans: They follow those that are there.
        step: Path of the commit's step.
        why: Where the plans come from, as a clause before their names.
        model: The language model that made them.
    """
    names = ", ".join(plan.name for plan in plans)
    tracks = {plan.track for plan in plans}
    declined = build.blueprint.declined.items()
    build.blueprint = build.blueprint.model_copy(
        update={
            "version": build.blueprint.version + 1,
            "candidates": (*build.blueprint.candidates, *plans),
            "declined": {track: reason for track, reason in declined if track not in tracks},
            "summary": f"{build.blueprint.summary} {why}: {names}.",
        }
    )
    await _write(world, build, step, f"plan: {names}", model)


async def decline(world: World, build: Build, track: str, why: str) -> None:
    """Says why nothing is planned for a track after all."""
    build.blueprint = build.blueprint.model_copy(
        update={
            "version": build.blueprint.version + 1,
            "declined": {**build.blueprint.declined, track: why},
        }
    )
    ended: dict[str, object] = {"track": track, "state": "declined", "text": why}
    world.tell(events.TrackEnded.model_validate(ended))
    await _write(world, build, f"plan/{track}-declined", f"plan: {track} is declined", None)


async def say_left_out(world: World, build: Build) -> None:
    """Says in the blueprint which kinds of model and which tracks the person left out."""
    names = (*left_out_at(world), *stopped_at(world))
    step = f"plan/without-{'-'.join(names)}"
    await _write(world, build, step, f"plan: without {', '.join(names)}, as you said", None)


async def commit_plan(
    world: World,
    step: str,
    blueprint: Blueprint,
    files: dict[str, bytes | None],
    message: CommitMessage,
) -> None:
    """Commits the files of a plan, once for every plan.

    A later version of the engine may put the same plan in other words: a run that goes on with it
    has no other plan by that, and its history tells of none.
    """
    plan: JsonValue = {
        "version": blueprint.version,
        "candidates": [one.name for one in blueprint.candidates],
        "declined": [*blueprint.declined],
        "left out": [*blueprint.left_out],
    }
    await accept(world, step, files, message, inputs=plan)


async def _write(world: World, build: Build, step: str, subject: str, model: str | None) -> None:
    blueprint = _as_left_out(build.blueprint, left_out_at(world, step), stopped_at(world, step))
    told = world.tell(events.BlueprintWritten(blueprint=blueprint))
    message = CommitMessage(at=told.moment, subject=subject, models=(model,) if model else ())
    text = blueprint_markdown(blueprint, build.task)
    await commit_plan(world, step, blueprint, {"blueprint.md": text.encode()}, message)


def _as_left_out(
    blueprint: Blueprint, families: Collection[str], tracks: Collection[str]
) -> Blueprint:
    """The blueprint that says what the person wants nothing, or nothing more, of."""
    why = {one.name: STOPPED for one in blueprint.candidates if one.track in tracks}
    why |= {one.name: LEFT_OUT for one in blueprint.candidates if kind_of(one) in families}
    said = [blueprint.summary]
    said += [f"Left out, as you said: {', '.join(families)}."] if families else []
    said += [f"Stopped, as you said: {', '.join(tracks)}."] if tracks else []
    update = {"summary": " ".join(said), "left_out": blueprint.left_out | why}
    return blueprint.model_copy(update=update)
