"""Questions that data and description leave open: asked beside the run, answered whenever.

The run never waits for an answer: what the rules chose holds until there is one. Another metric
judges what was trained anew; another target or id states another task, with which a run of its own
begins in the same engine.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from agents.errors import InputError, WorkerError
from agents.journal import events
from agents.journal.choices import Answer, Choice, LeaveOut, Redecide, StopTrack, Tell, as_row
from agents.journal.events import GateOpened, SettingsChanged
from agents.models import Task
from agents.run.decisions.taking import Asked, Outcome
from agents.run.world import World
from agents.settings import Settings


class Restated(NamedTuple):
    """What follows from an answer that states another task."""

    settings: dict[str, JsonValue]
    changed: str
    carried: tuple[Choice, ...] = ()
    """What the person asked of this run, and asks of the next."""


def ask(world: World, task: Task) -> None:
    """Opens a gate for each open question of the task."""
    for one in task.open_questions:
        world.gates.open(
            GateOpened(
                gate=world.gates.name(one.option_name),
                topic="question",
                about=one.option_name,
                question=f"{one.question} {one.chosen} for now: {one.reason}.",
                options=one.options,
                default=one.chosen,
            )
        )


async def answer(
    world: World, asked: Asked, choice: Answer, gate: GateOpened
) -> tuple[Outcome, Restated | None]:
    """What becomes of the answer to a question; the task that it states, if it is another one."""
    if choice.option == gate.default:
        return Outcome(f"{gate.about} stays {choice.option}."), None
    if gate.about == "metric":
        row = as_row(Redecide(metric=choice.option))
        world.facts.journal.decide(f"{asked.row.gate}/redecide", row, asked.row.by)
        return Outcome(f"Judged by {choice.option}, as soon as its programs are built."), None
    try:
        another = await restated_with(world, {gate.about: choice.option})
    except (InputError, WorkerError) as error:
        words = str(error).splitlines()[0]
        return Outcome(f"{gate.about} stays {gate.default}: {words}", refused=True), None
    said = f"{gate.about} is {choice.option}: another task, so another run begins with it."
    return Outcome(said), another


async def restated_with(world: World, changes: dict[str, JsonValue], *carried: Choice) -> Restated:
    """Another task, which the data allow.

    Args:
        world: The joined parts.
        changes: Settings that state it; the first names it.
        carried: What else the person asks for, for the next run to take up.

    Raises:
        InputError: The data refuse it.
        WorkerError: The data cannot be read so.
    """
    settings = world.settings.model_dump(mode="json")
    if metric := _redecided(world):
        settings["metric"] = metric
    settings |= changes
    options: JsonValue = Settings.model_validate(settings).task_options
    await world.worker.call("state_task", {"folder": str(world.competition), "options": options})
    return Restated(settings, next(iter(changes)), (*_wishes(world), *carried))


def _wishes(world: World) -> Iterator[Choice]:
    """What the person asked of this run in words or wants nothing more of, other than settings."""
    state = world.facts.state
    yield from (StopTrack(track=name) for name in sorted(state.stopped_tracks))
    if state.left_out:
        yield LeaveOut(families=tuple(sorted(state.left_out)))
    for fact in world.facts.of_run():
        if isinstance(fact.event, events.InstructionGiven):
            yield Tell(words=fact.event.directive)


def restate(world: World, restated: Restated) -> None:
    """Journals that the next run begins with other settings, and what it is to take up."""
    journal = world.facts.journal
    for number, choice in enumerate(restated.carried, start=1):
        journal.decide(f"{choice.do}/of-run-{journal.run}/{number}", as_row(choice), "you")
    world.facts.append(
        SettingsChanged(settings=restated.settings, changed=(restated.changed,), restates=True)
    )


def _redecided(world: World) -> str | None:
    """The metric that the person asked for last in this run, where it can judge it."""
    taken = [fact.event for fact in world.facts.of_run()]
    names = [
        str(event.choice["metric"])
        for event in taken
        if isinstance(event, events.DecisionTaken)
        and not event.refused
        and event.choice.get("do") == "redecide"
    ]
    return names[-1] if names else None
