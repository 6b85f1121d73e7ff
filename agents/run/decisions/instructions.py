"""What a person asks for in words: checked for sense, turned into rows, told to the agents.

An instruction becomes what a person could also have chosen: another metric, a track to stop, a
limit. What is left of it is a directive that stands in every prompt written after it; prompts that
were answered before stay as they were, so that no answer is asked for again.
"""

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal.choices import (
    Change,
    Choice,
    Redecide,
    StopTrack,
    Tell,
    as_row,
)
from agents.journal.events import GateOpened, InstructionGiven
from agents.models import TrackName
from agents.roles.instruction_check import InstructionReading, check_instruction, read_by_rule
from agents.run.advising import metric_names
from agents.run.asking import at, give_up
from agents.run.decisions.steering import ALWAYS_THERE
from agents.run.decisions.taking import Asked, Outcome
from agents.run.decisions.told import what_follows
from agents.run.world import World

DROP, INSIST = "drop", "insist"


async def heed(world: World, asked: Asked, tell: Tell, adviser: Adviser | None) -> Outcome:
    """What becomes of an instruction.

    Args:
        world: The joined parts.
        asked: The row.
        tell: What it says.
        adviser: Whose prompts know task and profile; None where the run has no model.
    """
    metrics, tracks = await metric_names(world), _tracks(world)
    reading = read_by_rule(tell.words, metrics, tracks)
    advised = False
    if adviser is not None and world.panel is not None:
        path = f"instructions/{asked.row.gate.rpartition('/')[2]}"
        try:
            reading = await check_instruction(
                at(adviser, world, world.panel, path),
                tell.words,
                running=_running(world),
                metrics=metrics,
                names=(*tracks, *_plans(world)),
            )
            advised = True
        except ModelError as error:
            give_up(world, error)
    if not reading.sensible:
        _ask_back(world, tell, reading)
        return Outcome(reading.reply, refused=True)
    for number, choice in enumerate(_choices(world, reading, tracks), start=1):
        world.facts.journal.decide(f"{asked.row.gate}/{number}", as_row(choice), asked.row.by)
    if reading.directive:
        follows = f" {what_follows(world)}" if advised else ""
        instruct(world, asked.row.gate, tell.words, reading.directive)
        return Outcome(f"{reading.reply}{follows}")
    return Outcome(reading.reply)


def instruct(world: World, gate: str, words: str, directive: str) -> None:
    """From now on prompts hold the directive."""
    world.tell(InstructionGiven(gate=gate, words=words, directive=directive))


def _ask_back(world: World, tell: Tell, reading: InstructionReading) -> None:
    """The person may drop what makes no sense, or insist."""
    number = 1 + sum(
        gate.opened.topic == "instruction" for gate in world.facts.state.gates.values()
    )
    world.gates.open(
        GateOpened(
            gate=world.gates.name("instruction", number),
            topic="instruction",
            about=tell.words,
            question=reading.reply,
            options=(DROP, INSIST),
            default=DROP,
        )
    )


def _choices(world: World, reading: InstructionReading, tracks: list[TrackName]) -> list[Choice]:
    found: list[Choice] = []
    if reading.metric is not None:
        found.append(Redecide(metric=reading.metric))
    if reading.only is not None:
        kept = _tracks_of(world, reading.only)
        stopped = world.facts.state.stopped_tracks
        found += [StopTrack(track=one) for one in tracks if one not in kept | stopped]
    if reading.time_limit is not None:
        found.append(Change(settings={"time_limit": reading.time_limit}))
    return found


def _tracks(world: World) -> list[TrackName]:
    """Tracks that can be left out."""
    return [name for name in world.facts.state.tracks if name not in {ALWAYS_THERE, "ensemble"}]


def _plans(world: World) -> tuple[str, ...]:
    blueprint = world.facts.state.blueprint
    return tuple(plan.name for plan in blueprint.candidates) if blueprint else ()


def _tracks_of(world: World, only: str) -> frozenset[TrackName]:
    """The tracks that are named, or that a named plan is of."""
    names = {name.strip() for name in only.split(",")}
    blueprint = world.facts.state.blueprint
    plans = blueprint.candidates if blueprint else ()
    return frozenset(names | {plan.track for plan in plans if plan.name in names})


def _running(world: World) -> str:
    state = world.facts.state
    phase = next((one.phase for one in state.phases if one.ended is None), "look")
    labels = [one.label for one in state.running.values()]
    return f"phase {phase}; {', '.join(labels) or 'nothing'}"
