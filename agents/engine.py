"""A run, phase by phase; it reads like the paper's figure 1.

    look    Task Analyzer and Profiling Agent: the folder becomes a task, a profile and views
    plan    Guideline Agent: task and profile become a blueprint
    build   coders, Assembler, Error Analyzer, Evaluation Agent: every track becomes programs that
            were verified and scored on rows they never saw
    decide  the ensemble, the choice, the model for new rows, the report

Straight code: on every start it runs from the top, and durable steps return what is recorded
(`agents.journal.steps`). Whatever happens, what was handed in last is a valid submission.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import ImlError, InputError
from agents.journal import events
from agents.models import Blueprint, ColumnProfile, Profile, ReportCard, Task
from agents.roles.guideline_agent import blueprint_markdown, guide
from agents.run.blueprinting import commit_plan
from agents.run.building import Building, end_tracks
from agents.run.by_models.advising import adviser_for, late_adviser, read_task
from agents.run.by_models.advising import corrected as corrected_task
from agents.run.by_models.asking import introduce
from agents.run.by_models.coding import Coding
from agents.run.by_models.panel import Panel
from agents.run.candidates.verification import CHECKED_VIEWS, SHUFFLED, VAULT, ViewFact
from agents.run.choosing.ensemble import try_ensemble
from agents.run.choosing.finishing import finish
from agents.run.choosing.last_resort import hand_in_constants
from agents.run.choosing.selection import Build
from agents.run.decisions import questions
from agents.run.decisions.inbox import Inbox, RestatedError, StopRequestedError
from agents.run.fetching.checkpoints import surroundings
from agents.run.fetching.pretraining import Pretraining
from agents.run.improving import RecipeIdeas, improve
from agents.run.only import left_unplanned, only_named
from agents.run.schedule import VAULT_LIMIT_S
from agents.run.world import World
from agents.workspace.message import CommitMessage

REPLAY_S = 20.0
"""What reading again what is recorded may take, also where the time for building is over."""
FIRST_VIEWS = ("sample", *CHECKED_VIEWS, SHUFFLED)


async def run(world: World, stop: asyncio.Event) -> ReportCard | Literal["stopped", "restated"]:
    """One run from folder to submission, unless the person stopped it or stated another task.

    Args:
        world: The joined parts.
        stop: Set by a signal; the run then ends in good order and the next start goes on.
    """
    inbox = Inbox(world, stop)
    ended: ReportCard | Literal["stopped", "restated"] = "stopped"
    failures: list[ImlError] = []
    try:
        async with asyncio.TaskGroup() as group:
            clock = group.create_task(world.keep_clock(), name="clock")
            post = group.create_task(inbox.follow(), name="inbox")
            ended = await _phases(world, inbox, group)
            clock.cancel()
            post.cancel()
    except* StopRequestedError:
        ended = "stopped"
    except* RestatedError:
        ended = "restated"
    except* ImlError as group_of_errors:
        failures = [*_leaves(group_of_errors)]
    if failures:
        raise failures[0]
    return ended


def _leaves(group: BaseExceptionGroup[ImlError]) -> Iterator[ImlError]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


async def _phases(world: World, inbox: Inbox, group: asyncio.TaskGroup) -> ReportCard:
    introduce(world)
    task, profile = await look(world)
    adviser = None
    if world.panel is not None and world.began_with.models:  # others came too late to read it
        task, profile, adviser = await reconsider(world, world.panel, task, profile)
    questions.ask(world, task)
    build = await plan(world, task, profile)
    group.create_task(_blind_views(world, build), name="views")
    await world.probed()
    await build_tracks(world, build, inbox, adviser)
    return await decide(world, build, inbox)


# --- look -------------------------------------------------------------------------------------


async def look(world: World) -> tuple[Task, Profile]:
    """The folder becomes a task and a profile (3.3.1)."""
    world.tell(events.PhaseStarted(phase="look"))
    options: JsonValue = world.settings.task_options
    folder = str(world.competition)

    async def state_task() -> JsonValue:
        if world.preflight is not None:
            return world.preflight.model_dump(mode="json")
        return await world.worker.call("state_task", {"folder": folder, "options": options})

    stated = await world.steps.step(
        "look/task", {"folder": folder, "options": options}, state_task, label="Reading the tables"
    )
    task = Task.model_validate(stated)
    world.tell(events.TaskStated(task=task))
    await _columns(world, task, folder)
    profile = await _measured(world, task, "look/profile")
    world.tell(events.DataProfiled(profile=profile))
    return task, profile


async def _measured(world: World, task: Task, step: str) -> Profile:
    measured = await world.work(
        step,
        "profile",
        {
            "folder": str(world.competition),
            "task": task.model_dump(mode="json"),
            "seed": world.settings.seed,
            "vault": world.began_with.time_limit >= VAULT_LIMIT_S,
        },
        label="Measuring every column",
    )
    return Profile.model_validate(measured)


async def reconsider(
    world: World, panel: Panel, task: Task, profile: Profile
) -> tuple[Task, Profile, Adviser]:
    """The Task Analyzer reads; where it corrects the rules, everything is measured anew."""
    adviser = await adviser_for(world, panel, task, profile)
    reading = await read_task(world, panel, adviser)
    if reading is None:
        return task, profile, adviser
    corrected = await corrected_task(world, task, reading)
    if corrected != task:
        task = corrected
        profile = await _measured(world, task, "look/profile-as-read")
        world.tell(events.TaskStated(task=task))
        world.tell(events.DataProfiled(profile=profile))
        adviser = await adviser_for(world, panel, task, profile)
    return task, profile, adviser.knowing(summary=reading.in_words)


async def _columns(world: World, task: Task, folder: str) -> None:
    seen = await world.work(
        "look/columns",
        "quick_columns",
        {"folder": folder, "task": task.model_dump(mode="json")},
        label="Reading the tables",
    )
    assert isinstance(seen, list)
    columns = tuple(ColumnProfile.model_validate(column) for column in seen)
    world.tell(events.ColumnsSeen(columns=columns))


# --- plan -------------------------------------------------------------------------------------


async def plan(world: World, task: Task, profile: Profile) -> Build:
    """Task and profile become a blueprint (3.3.2), and the data becomes views."""
    world.tell(events.PhaseStarted(phase="plan"))
    blueprint = await _blueprint(world, task, profile)
    told = world.tell(events.BlueprintWritten(blueprint=blueprint))
    build = Build(task=task, profile=profile, blueprint=blueprint, views={})
    full = ("full",) if task.table("test") else ()
    await _views(world, build, (*FIRST_VIEWS, *full))
    words = await world.worker.call(
        "describe",
        {"task": task.model_dump(mode="json"), "profile": profile.model_dump(mode="json")},
    )
    files: dict[str, bytes | None] = {
        "task.json": task.model_dump_json(indent=2).encode() + b"\n",
        "profile.md": str(words).encode(),
        "blueprint.md": blueprint_markdown(blueprint, task).encode(),
    }
    message = CommitMessage(
        at=told.moment,
        subject=f"plan: {task.metric.title}, {profile.split.folds} {profile.split.splitter} folds",
        body=blueprint.summary,
    )
    await commit_plan(world, "plan/commit", blueprint, files, message)
    return build


async def _blueprint(world: World, task: Task, profile: Profile) -> Blueprint:
    """What is planned for this data, as far as the person wants it tried.

    Raises:
        InputError: No column is there to learn from, and no test to answer all the same.
    """
    if world.facts.state.card is not None:  # a later version of the engine may plan otherwise
        return next(
            fact.event.blueprint
            for fact in world.facts.of_run()
            if isinstance(fact.event, events.BlueprintWritten)
        )
    planned = guide(task, profile, await surroundings(world, task, profile))
    if not planned.candidates:
        wanted = ", ".join(target.name for target in task.targets)
        nothing = f"No column but ids is there to predict {wanted} from"
        add = "add tables with columns that say something about it, and start another run with"
        if task.table("test") is None:
            raise InputError(f"{nothing}: {add} --new.")
        world.notice(f"{nothing}, so every row gets the same best answer: {add} --new.")
    for name in left_unplanned(planned, world.settings.only):
        world.notice(f"{name}, named with --only, does not suit this data and is not tried.")
    return only_named(planned, world.settings.only)


async def _blind_views(world: World, build: Build) -> None:
    """The rows that no program will see, set aside while the first program meets `sample`."""
    split = build.profile.split
    first, *others = (f"blind-{fold}" for fold in range(1, split.folds + 1))
    await _views(world, build, (first, VAULT) if split.vault else (first,))
    build.first_ready.set()
    await _views(world, build, tuple(others))
    build.blind_ready.set()


async def _views(world: World, build: Build, names: tuple[str, ...]) -> None:
    for name in names:
        built = await world.work(
            f"plan/view/{name}",
            "build_view",
            {
                "folder": str(world.competition),
                "task": build.task.model_dump(mode="json"),
                "split": build.profile.split.model_dump(mode="json"),
                "name": name,
                "state": str(world.paths.state),
            },
            label="Setting rows aside that no program will see",
        )
        assert isinstance(built, dict)
        build.views[name] = ViewFact.model_validate(built["view"])
        world.tell(
            events.ViewBuilt(
                name=name,
                rows_fit=int(str(built["rows_fit"])),
                rows_predict=int(str(built["rows_predict"])),
            )
        )


# --- build ------------------------------------------------------------------------------------


async def build_tracks(world: World, build: Build, inbox: Inbox, adviser: Adviser | None) -> None:
    """Every track becomes programs (3.4.1): the baseline at once, recipes, what a model writes."""
    world.tell(events.PhaseStarted(phase="build"))
    inbox.attend(build, adviser)
    for track, reason in build.blueprint.declined.items():
        world.tell(events.TrackEnded(track=track, state="declined", text=reason))
    building = Building(world, build, inbox)
    pretraining = Pretraining(world, build, building, adviser)
    try:
        async with world.pace.until(_building_ends(world)), asyncio.TaskGroup() as group:
            building.beside = group
            await building.first_answers()
            coding = group.create_task(_code(world, build, building, adviser), name="coding")
            if world.repeatable:  # nothing may depend on what is ready first
                trials = await building.screen()
                await pretraining.run()
            else:
                reading = group.create_task(pretraining.run(), name="pretraining")
                inbox.adopt("pretrained", reading)
                trials = await building.screen()
            await building.complete(trials)
            await improve(world, build, building, RecipeIdeas(world, build, building))
            building.over, world.models_may_join = True, False
            if world.panel is None:
                coding.cancel()
    except* TimeoutError:
        world.models_may_join = False
        world.notice("The time for building is over: what was not finished is left out.")
        await building.verify_one()
        building.leave_unfinished()
        await hand_in_constants(world, build)
    pretraining.end()
    end_tracks(world, build)


async def _code(world: World, build: Build, building: Building, adviser: Adviser | None) -> None:
    """What models plan and write, as soon as there are any: a person may name one at any time."""
    if not build.blueprint.candidates:
        return
    panel = await world.models()
    if adviser is None:
        introduce(world)
        adviser = await late_adviser(world, panel, build.task, build.profile)
        building.inbox.attend(build, adviser)
    coding = Coding(world, build, building, panel, adviser)
    building.inbox.proposals.coder = coding
    await coding.run()


def _building_ends(world: World) -> Callable[[], float | None]:
    """The active second at which building ends, as of now; None where nothing bounds it.

    What is recorded is read again on every start, and a run that is over begins nothing new. A
    person who takes the best there is takes it as soon as there is any.
    """
    begun, before = world.active, world.facts.state
    least = REPLAY_S if before.moments else 1.0

    def ends() -> float | None:
        now = world.facts.state
        if before.card is not None:
            return None
        if now.finishing and any(track.score for track in now.tracks.values()):
            return begun + REPLAY_S if before.finishing else world.active
        return None if world.repeatable else max(begun + least, world.schedule.building_ends)

    return ends


# --- decide -----------------------------------------------------------------------------------


async def decide(world: World, build: Build, inbox: Inbox) -> ReportCard:
    """Ensemble, choice, model for new rows, report (3.4.3); again after what a person decided."""
    world.tell(events.PhaseStarted(phase="decide"))
    while True:
        await inbox.settle(build)
        await try_ensemble(world, build)
        card = await finish(world, build)
        if not await inbox.pending(build):
            return card
