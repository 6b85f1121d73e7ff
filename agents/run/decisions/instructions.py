"""What a person asks for in words: checked for sense, turned into rows, told to the agents.

An instruction becomes what a person could also have chosen: another metric, a track or a kind of
model to leave out, a limit. Columns that no program is to see are another task: with them another
run begins, in the same engine, and takes up whatever else was asked for. What is left of the words
is a directive that stands in every prompt written after it; prompts that were answered before stay
as they were, so that no answer is asked for again.
"""

from typing import NamedTuple

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import InputError, ModelError, WorkerError
from agents.journal.choices import (
    Change,
    Choice,
    LeaveOut,
    Redecide,
    StopTrack,
    Tell,
    as_row,
)
from agents.journal.events import GateOpened, InstructionGiven
from agents.models import TrackName
from agents.roles.instruction_check import InstructionReading, check_instruction
from agents.run.by_models.advising import metric_names
from agents.run.by_models.asking import at, give_up
from agents.run.decisions.leaving_out import kind_of
from agents.run.decisions.plain_words import Known, meant_instead, read_by_rule
from agents.run.decisions.questions import Restated, restated_with
from agents.run.decisions.steering import ALWAYS_THERE
from agents.run.decisions.taking import Asked, Outcome
from agents.run.decisions.told import is_early, what_follows
from agents.run.world import World

DROP, INSIST = "drop", "insist"


class Heeded(NamedTuple):
    """What became of an instruction."""

    outcome: Outcome
    another: Restated | None = None
    """The task that it states, where it is another one."""


async def heed(world: World, asked: Asked, tell: Tell, adviser: Adviser | None) -> Heeded:
    """What becomes of an instruction.

    Args:
        world: The joined parts.
        asked: The row.
        tell: What it says.
        adviser: Whose prompts know task and profile; None where the run has no model.
    """
    known = await _known(world)
    reading, advised = read_by_rule(tell.words, known), False
    if adviser is not None and (reading.directive or not reading.sensible):
        by_model = await _read_by_model(world, asked, tell, adviser, known)
        if by_model is not None:
            reading, advised = _joined(reading, by_model), True
    if not reading.sensible:
        _ask_back(world, tell, reading)
        return Heeded(Outcome(reading.reply, refused=True))
    if reading.columns:
        return await _begin_again(world, tell, reading)
    for number, choice in enumerate(_choices(world, reading), start=1):
        world.facts.journal.decide(f"{asked.row.gate}/{number}", as_row(choice), asked.row.by)
    if reading.directive:
        follows = f" {what_follows(world)}" if advised else ""
        instruct(world, asked.row.gate, tell.words, reading.directive)
        return Heeded(Outcome(f"{reading.reply}{follows}"))
    return Heeded(Outcome(reading.reply))


async def answer(world: World, asked: Asked, option: str, gate: GateOpened, why: str) -> Heeded:
    """What becomes of the person's answer when they were asked back."""
    if option == DROP:
        return Heeded(Outcome("It is dropped."))
    known = await _known(world)
    if option != INSIST:
        words = meant_instead(gate.about, known, option)
        row = as_row(Tell(words=words))
        world.facts.journal.decide(f"{asked.row.gate}/meant", row, asked.row.by)
        return Heeded(Outcome(f"Taken as: {words}"))
    reading = read_by_rule(gate.about, known)
    if reading.columns:
        return await _another_run(world, reading)
    instruct(world, asked.row.gate, gate.about, f"{gate.about} {why}".strip())
    follows = f" {what_follows(world)}" if world.panel is not None else ""
    return Heeded(Outcome(f"It joins all the same.{follows}"))


async def _known(world: World) -> Known:
    state = world.facts.state
    tables = state.task.tables if state.task is not None else ()
    columns = (name for one in tables if one.role != "sample" for name in one.columns)
    families = map(kind_of, state.plans)
    return Known(
        metrics=await metric_names(world),
        tracks=_tracks(world),
        families=frozenset(families) - {""},
        columns=tuple(dict.fromkeys(columns)),
    )


async def _read_by_model(
    world: World, asked: Asked, tell: Tell, adviser: Adviser, known: Known
) -> InstructionReading | None:
    """What a model makes of the words; None where it gives no answer."""
    if world.panel is None:
        return None
    path = f"instructions/{asked.row.gate.rpartition('/')[2]}"
    try:
        reading = await check_instruction(
            at(adviser, world, world.panel, path),
            tell.words,
            running=_running(world),
            metrics=tuple(known.metrics),
            names=(*known.tracks, *_plans(world)),
            columns=tuple(known.columns),
        )
    except ModelError as error:
        give_up(world, error)
        return None
    return InstructionReading(**reading.model_dump())


def _joined(rules: InstructionReading, model: InstructionReading) -> InstructionReading:
    """What a model reads, with what rules read for certain."""
    columns = (*rules.columns, *model.columns)
    only = model.only or rules.only
    update = {"columns": tuple(dict.fromkeys(columns)), "families": rules.families, "only": only}
    return model.model_copy(update=update)


# --- columns --------------------------------------------------------------------------------------


async def _begin_again(world: World, tell: Tell, reading: InstructionReading) -> Heeded:
    """Another run without the columns; the person is asked first where that costs them much."""
    if world.facts.state.card is not None:
        columns = ",".join(reading.columns)
        over = f"The run is over: begin another with --new --drop {columns}."
        return Heeded(Outcome(over, refused=True))
    if doubt := _doubt(world, reading.columns):
        reply = f"{doubt}: insist, and another run begins without {_named(reading.columns)}."
        _ask_back(world, tell, reading.model_copy(update={"reply": reply}))
        return Heeded(Outcome(reply, refused=True))
    return await _another_run(world, reading)


def _doubt(world: World, columns: tuple[str, ...]) -> str:
    """Why the columns had better stay, or the run go on as it is; empty where nothing says so."""
    state = world.facts.state
    assert state.task is not None  # instructions are taken up once everything is planned
    split = state.profile.split if state.profile is not None else None
    weights = state.task.metric.weights
    needed = {
        "tells which rows come later, and the folds go by it": split and split.time,
        "tells which rows belong together, and the folds go by it": split and split.key,
        "weighs the rows that the metric counts": weights,
    }
    for why, what in needed.items():
        if what and what.column in columns:
            return f"`{what.column}` {why}"
    if not is_early(world):
        used, limit = world.active, world.settings.time_limit
        return f"{used:.0f} of {limit:.0f} s are used, and what is built would not count"
    return ""


async def _another_run(world: World, reading: InstructionReading) -> Heeded:
    columns, before = _named(reading.columns), world.settings.drop
    dropped = dict.fromkeys([*(before.split(",") if before else ()), *reading.columns])
    changes: dict[str, JsonValue] = {"drop": ",".join(dropped)}
    if reading.metric is not None:
        changes["metric"] = reading.metric
    if reading.time_limit is not None:
        changes["time_limit"] = reading.time_limit
    rest = [one for one in _choices(world, reading) if not isinstance(one, Redecide | Change)]
    if reading.directive:
        rest.append(Tell(words=reading.directive))
    try:
        another = await restated_with(world, changes, *rest)
    except (InputError, WorkerError) as error:
        words = str(error).splitlines()[0]
        return Heeded(Outcome(f"{columns} stays: {words}", refused=True))
    then = "Another run begins now, in this engine; what was scored before does not count in it."
    return Heeded(Outcome(f"{reading.reply} {then}"), another)


def _named(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


# --- what follows ---------------------------------------------------------------------------------


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
            options=(DROP, *reading.instead) if reading.instead else (DROP, INSIST),
            default=DROP,
        )
    )


def _choices(world: World, reading: InstructionReading) -> list[Choice]:
    found: list[Choice] = []
    if reading.families:
        found.append(LeaveOut(families=reading.families))
    if reading.metric is not None:
        found.append(Redecide(metric=reading.metric))
    if reading.only is not None:
        kept = _tracks_of(world, reading.only)
        stopped = world.facts.state.stopped_tracks
        found += [StopTrack(track=one) for one in _tracks(world) if one not in kept | stopped]
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
