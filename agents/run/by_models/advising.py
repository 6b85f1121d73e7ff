"""What a run asks of a model before any code: reading the task, exploring the data, rival plans.

Each part may fail for itself; what rules and measurement found then stands alone.
"""

import asyncio
import importlib.metadata
import math

from pydantic import JsonValue, TypeAdapter

from agents.adviser import Adviser
from agents.errors import InputError, ModelError, WorkerError
from agents.execution.protocol import Stage
from agents.models import Blueprint, CandidatePlan, Profile, Task
from agents.prompts import PromptFiles
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.repairs.excerpts import excerpt
from agents.roles.guideline_agent import Wanted, plan_rivals
from agents.roles.profiling_agent import PROGRAM, Bounds, observations, write_exploration
from agents.roles.task_analyzer import TaskReading, analyze_task
from agents.run.blueprinting import join_blueprint
from agents.run.by_models.asking import at, give_up, who_answered
from agents.run.by_models.panel import Panel
from agents.run.by_models.retrieving import known_designs, retrieve_cards
from agents.run.choosing.selection import Build
from agents.run.decisions.told import planning
from agents.run.only import open_to_models
from agents.run.switches import agreed, profiles, told
from agents.run.world import GIB, UNLIMITED_S, Order, World

USABLE = (
    "numpy", "pandas", "scipy", "scikit-learn", "catboost", "lightgbm", "xgboost", "polars",
    "torch", "transformers", "joblib", "pillow",
)  # fmt: skip
"""What generated code may import, where it is installed."""
_PREVIEW: TypeAdapter[tuple[tuple[ShownTable, ...], dict[str, str], dict[str, str]]] = TypeAdapter(
    tuple[tuple[ShownTable, ...], dict[str, str], dict[str, str]]
)
RIVALS = 3
SCORES = "plan/scores"
EXPLORE = Bounds(seconds=30, limit=60, rows=20_000)
"""Recipes are fitted beside it, so it gets more than it should take."""
TRIES = 2
READING_SHARE = 0.15
"""Of the run's limit: what reading the task may take, before anything else is done."""
SHARE_OF_LIMIT = 0.1
"""What one fit of a planned solution may take of the run's limit."""
TRACKS = {
    "traditional": "classical machine learning with the libraries above",
    "neural": "a network of your own in PyTorch",
}
PRETRAINED = "a pretrained model at hand (see above), frozen or fine-tuned, with a head of your own"
"""Said of the track where there is one."""


async def adviser_for(world: World, panel: Panel, task: Task, profile: Profile) -> Adviser:
    """An adviser whose prompts know what was measured."""
    seen = await world.work(
        "look/first-rows",
        "preview",
        {"folder": str(world.competition), "task": task.model_dump(mode="json")},
        label="Reading the tables",
    )
    tables, examples, meanings = _PREVIEW.validate_python(seen)
    place = Place(
        libraries=await _libraries(world),
        cores=len(world.slots.cores),
        memory_gib=world.memory_bytes / GIB,
        gpu=False,
    )
    facts = dossier(
        task,
        profile,
        tables=tables,
        examples=examples,
        place=place,
        meanings=meanings,
    )
    facts = told(world.settings, facts)
    files = PromptFiles()
    panel.expect(files.tokens_of("dossier.md.j2", facts))
    return Adviser(model=panel.model("planner"), shared=facts, files=files)


async def read_task(world: World, panel: Panel, adviser: Adviser) -> TaskReading | None:
    """The Task Analyzer's reading; None where there is none.

    All that follows rests on it, so that it had none is recorded too, and the first submission does
    not wait for it for long.
    """
    asked = at(adviser, world, panel, "look/analyze")
    name = panel.names["planner"]

    async def do() -> JsonValue:
        seconds = math.inf if world.repeatable else world.settings.time_limit * READING_SHARE
        try:
            async with asyncio.timeout(min(seconds, UNLIMITED_S)):
                reading = await analyze_task(asked, await metric_names(world))
        except TimeoutError:
            world.notice(f"{name} took longer than {seconds:.0f} s to read the task: rules do it.")
            return None
        except ModelError as error:
            give_up(world, error)
            return None
        return reading.model_dump(mode="json")

    label = f"{name} reads the task"
    found = await world.steps.step("look/analyze", {}, do, label=label)
    reading = None if found is None else TaskReading.model_validate(found)
    if reading is not None and reading.unclear:
        world.notice(f"{name} asks: {reading.unclear}")
    return reading


async def late_adviser(world: World, panel: Panel, task: Task, profile: Profile) -> Adviser:
    """An adviser for models that join a run: they read the task, which stays as it is stated."""
    adviser = await adviser_for(world, panel, task, profile)
    reading = await read_task(world, panel, adviser)
    if reading is None:
        return adviser
    if wanted := reading.corrections(task):
        said = " ".join(f"--{name} {value}" for name, value in wanted.items())
        world.notice(
            f"By the description (“{reading.proof}”) the task is another one: start another run "
            f"with --new {said} to have it so."
        )
    return adviser.knowing(summary=reading.in_words)


async def corrected(world: World, task: Task, reading: TaskReading) -> Task:
    """The task as the model reads it, where its words hold and the data agree."""
    chosen = world.settings.task_options
    corrections = reading.corrections(task)
    wanted = {name: value for name, value in corrections.items() if chosen[name] is None}
    if not wanted:
        return task
    said = ", ".join(f"{name} {value}" for name, value in wanted.items())
    options: JsonValue = {**chosen, **wanted}
    try:
        stated = await world.work(
            "look/task-as-read",
            "state_task",
            {"folder": str(world.competition), "options": options},
            label="Reading the tables again",
        )
    except (InputError, WorkerError):
        world.notice(f"The model reads {said} out of the description, which the data refuse.")
        return task
    world.notice(f"By the description (“{reading.proof}”): {said}.")
    return Task.model_validate(stated)


async def explore(world: World, build: Build, panel: Panel, adviser: Adviser) -> str:
    """What a program of the model's own finds in the tables; empty where it finds nothing.

    It may see all training rows, as the profile did; what it prints goes into prompts only.
    """
    if not profiles(world.settings):
        return ""
    failed = ""
    try:
        for number in range(1, TRIES + 1):
            text = await write_exploration(
                at(adviser, world, panel, f"look/explore-{number}"), EXPLORE, failed=failed
            )
            ok, output = await _run_exploration(world, build, text, f"look/exploration-{number}")
            if ok:
                return observations(output)
            failed = excerpt(output, {PROGRAM})
    except ModelError as error:
        give_up(world, error)
    return ""


async def _run_exploration(world: World, build: Build, text: str, step: str) -> tuple[bool, str]:
    view = (build.full or build.views["sample"]).run

    async def do() -> JsonValue:
        attempt = world.paths.attempt(step)
        stage = Stage(
            name="explore",
            kind="script",
            reads=(view,),
            writes=(attempt / "out",),
            arguments={"argv": [PROGRAM, str(view)]},
            time_limit_s=float(EXPLORE.limit),
        )
        order = Order(
            step=step,
            track="baseline",
            candidate="exploration",
            label="Exploring the data",
            files={PROGRAM: text},
            stages=(stage,),
            attempt=attempt,
            trusted=False,
        )
        outcome = await world.run_program(order)
        return {"ok": outcome.ok, "tail": outcome.tail}

    result = await world.steps.step(step, {"text": text}, do, label="Exploring the data")
    assert isinstance(result, dict)
    return bool(result["ok"]), str(result["tail"])


async def plan_with_model(
    world: World, build: Build, panel: Panel, adviser: Adviser, *, again: int = 0
) -> tuple[CandidatePlan, ...]:
    """Rival plans, written into the blueprint beside those of the recipes; none where it fails.

    Args:
        world: The joined parts.
        build: Whose blueprint they join.
        panel: The models.
        adviser: Whose prompts know task and profile.
        again: How often the person has asked for something since, so that one plans anew.
    """
    path = planning(again)
    known, tracks = await _open(world, build, path, again)
    if not tracks:
        return ()
    limit = min(world.began_with.time_limit, UNLIMITED_S) * SHARE_OF_LIMIT
    cards = await retrieve_cards(world, build, at(adviser, world, panel, "look/knowledge"))
    try:
        plans = await plan_rivals(
            at(adviser, world, panel, path),
            known,
            Wanted(
                count=len(tracks) if again else RIVALS,
                tracks=tracks,
                cards=cards,
                designs=known_designs(world, build) if "neural" in tracks else (),
                scores=await _known_scores(world, f"plan/scores-{again + 1}" if again else SCORES),
                seconds=limit / max(1, build.blueprint.split.folds) + 5.0,
                again=bool(again),
            ),
        )
    except ModelError as error:
        give_up(world, error)
        return ()
    plans = tuple(agreed(world.settings, plan) for plan in plans)
    if not plans:
        world.notice(f"{adviser.model.name} planned nothing for {' or '.join(tracks)}.")
        return ()
    name = who_answered(world, "planner", f"{path}/")[0]
    why = "Planned anew" if again else "Planned"
    await join_blueprint(world, build, plans, f"{path}-commit", why=f"{why} by {name}", model=name)
    return plans


async def _open(
    world: World, build: Build, path: str, again: int
) -> tuple[Blueprint, dict[str, str]]:
    """What is planned already, and the tracks that a model may plan for.

    Recorded where one plans anew: by then the person may have stopped a track, and plans came in
    the order in which they were made.
    """
    may = open_to_models(build.blueprint, world.settings.only)
    tracks = {name: words for name, words in TRACKS.items() if name in may}
    if build.encoders and "pretrained" in may:
        tracks["pretrained"] = PRETRAINED
    if not again:
        return build.blueprint, tracks

    async def look() -> JsonValue:
        coded = {plan.track for plan in build.blueprint.candidates if not plan.recipe}
        left = coded - world.facts.state.stopped_tracks
        names: list[JsonValue] = [plan.name for plan in build.blueprint.candidates]
        return {"tracks": [name for name in tracks if name in left], "plans": names}

    seen = await world.steps.step(f"{path}/open", {}, look, label="Looking at what is planned")
    found = TypeAdapter(dict[str, list[str]]).validate_python(seen)
    by_name = {plan.name: plan for plan in build.blueprint.candidates}
    planned = tuple(by_name[name] for name in found["plans"] if name in by_name)
    known = build.blueprint.model_copy(update={"candidates": planned})
    return known, {name: tracks[name] for name in found["tracks"]}


async def _known_scores(world: World, step: str) -> dict[str, str]:
    """What recipes have scored on fold 1 by now, in words; recorded, since it goes into a prompt.

    Nothing in a repeatable run, where no prompt may depend on how fast programs are.
    """
    if world.repeatable:
        return {}

    async def look() -> JsonValue:
        return {
            one.candidate: f"{(*one.score.per_fold, one.score.value)[0]:.4f}"
            for one in world.facts.state.moments
            if one.score is not None and one.score.folds[:1] == (1,)
        }

    seen = await world.steps.step(step, {}, look, label="Looking at the scores")
    return TypeAdapter(dict[str, str]).validate_python(seen)


async def metric_names(world: World) -> tuple[str, ...]:
    """What a task may be judged by."""
    return TypeAdapter(tuple[str, ...]).validate_python(await world.worker.call("metric_names", {}))


async def _libraries(world: World) -> tuple[str, ...]:
    """Names and versions of what programs may import; recorded, since it may change."""

    async def look() -> JsonValue:
        found: list[JsonValue] = []
        for name in USABLE:
            try:
                found.append(f"{name} {importlib.metadata.version(name)}")
            except importlib.metadata.PackageNotFoundError:
                continue
        return found

    seen = await world.steps.step("look/libraries", {}, look, label="Looking around")
    return TypeAdapter(tuple[str, ...]).validate_python(seen)
