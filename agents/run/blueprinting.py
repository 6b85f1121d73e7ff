"""How plans that come later join the blueprint, and how a track that came to nothing leaves it."""

from collections.abc import Sequence

from agents.journal import events
from agents.models import CandidatePlan
from agents.roles.guideline_agent import blueprint_markdown
from agents.run.decisions.leaving_out import left_out_at
from agents.run.selection import Build, accept
from agents.run.world import World
from agents.workspace.message import CommitMessage


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
    """Says in the blueprint which kinds of model the person left out."""
    families = ", ".join(left_out_at(world))
    step = f"plan/without-{families.replace(', ', '-')}"
    await _write(world, build, step, f"plan: without {families}, as you said", None)


async def _write(world: World, build: Build, step: str, subject: str, model: str | None) -> None:
    blueprint = build.blueprint
    if families := ", ".join(left_out_at(world, step)):
        summary = f"{blueprint.summary} Left out, as you said: {families}."
        blueprint = blueprint.model_copy(update={"summary": summary})
    told = world.tell(events.BlueprintWritten(blueprint=blueprint))
    message = CommitMessage(at=told.moment, subject=subject, model=model)
    text = blueprint_markdown(blueprint, build.task)
    files: dict[str, bytes | None] = {"blueprint.md": text.encode()}
    await accept(world, step, files, message)
