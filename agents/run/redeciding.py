"""A changed metric: kept scores are decided, ranked and blended anew, and nothing is trained.

A person asks for it by a decision row. It holds from then on for this run, also after a restart:
every start comes here again before it ranks anything.
"""

from pydantic import JsonValue

from agents.errors import InputError
from agents.journal import events
from agents.journal.store import DecisionRow
from agents.models import Task
from agents.run.selection import Build, Scored, scoring
from agents.run.world import World


async def redecide(world: World, build: Build, row: DecisionRow) -> str:
    """Judges everything by another metric; what became of it, in one sentence."""
    name = str(row.choice["metric"])
    try:
        stated = await world.work(
            f"decisions/{row.gate}/task",
            "restate",
            {"task": build.task.model_dump(mode="json"), "metric": name},
            label="Reading the metric",
        )
    except InputError as error:
        return str(error)
    before = build.task.metric
    build.task = Task.model_validate(stated)
    build.leader = None
    for scored in build.competing:
        build.scored[scored.program] = await _rescored(world, build, scored)
    world.tell(events.TaskStated(task=build.task))
    return (
        f"Judged by {build.task.metric.title} instead of {before.title}: "
        f"{len(build.competing)} programs were decided anew, none was trained."
    )


async def _rescored(world: World, build: Build, scored: Scored) -> Scored:
    folds: list[JsonValue] = [fold.model_dump(mode="json") for fold in scored.folds]
    result = await world.work(
        f"redecide/{build.task.metric.name}/{scored.key[:12]}",
        "score",
        {"scoring": scoring(world, build), "program": scored.program, "folds": folds},
        label=f"Deciding {scored.candidate} anew",
        inputs={"metric": build.task.metric.model_dump(mode="json"), "program": scored.program},
    )
    assert isinstance(result, dict)
    anew = Scored.model_validate({**scored.model_dump(), **result})
    world.tell(
        events.CandidateScored(
            track=anew.track,
            round=anew.round,
            candidate=anew.candidate,
            program=anew.program,
            score=anew.score,
        )
    )
    return anew
