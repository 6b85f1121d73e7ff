"""A changed metric: kept scores are decided, ranked and blended anew, and nothing is trained.

A person asks for it by a decision row. It holds from then on for this run, also after a restart:
every start comes here again before it ranks anything. Every track's `solution.py` is written anew
with its new decision, and a track whose best program is another one by the new metric takes that,
once its kept model has repeated the answers that the engine decided.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import JsonValue

from agents.errors import InputError, WorkerError
from agents.journal import events
from agents.journal.store import DecisionRow
from agents.models import Task
from agents.roles.assembler import assemble
from agents.run.candidates.kept_model import Answered, answer_again, lay_out
from agents.run.candidates.solution_check import (
    Failed,
    SolutionUnderTest,
    rung_fault,
    verify_solution,
)
from agents.run.choosing.selection import (
    Build,
    Rejudged,
    Scored,
    accept,
    ranked,
    scoring,
    track_files,
)
from agents.run.choosing.submission import lead
from agents.run.world import World
from agents.workspace.message import CommitMessage


class Redecided(NamedTuple):
    """What became of a decision row."""

    text: str
    """One sentence."""
    refused: bool = False
    """Whether it cannot be carried out; then everything stays as it was."""


async def redecide(world: World, build: Build, row: DecisionRow) -> Redecided:
    """Judges everything by another metric."""
    before = (world.facts.state.task or build.task).metric
    try:
        task = await restated(world, build, row)
        anew = [
            await _rescored(world, replace(build, task=task), scored) for scored in build.competing
        ]
    except (InputError, WorkerError) as error:
        words = str(error).splitlines()[0].removeprefix("score failed: ")
        return Redecided(words, refused=True)
    _judge_by(world, build, task, anew)
    build.rejudged = Rejudged(row.gate, _at(world, row))
    await _write_out(world, build, f"redecide: judged by {task.metric.title}")
    return Redecided(
        f"Judged by {task.metric.title} instead of {before.title}: "
        f"{len(anew)} programs were decided anew, none was trained."
    )


def _judge_by(world: World, build: Build, task: Task, anew: list[Scored]) -> None:
    """From now on this is the task and these are the scores; nothing is handed in by them yet."""
    build.task, build.leader = task, None
    build.written = None if anew else build.written
    build.scored |= {scored.program: scored for scored in anew}
    world.retell(events.TaskStated(task=task))
    for scored in anew:
        world.retell(
            events.CandidateScored(
                track=scored.track,
                round=scored.round,
                candidate=scored.candidate,
                program=scored.program,
                score=scored.score,
            )
        )


async def restated(world: World, build: Build, row: DecisionRow) -> Task:
    """The task under the metric that a row names.

    Raises:
        InputError: The metric is not known, or cannot judge these targets.
        WorkerError: It cannot be told.
    """
    first = build.task.model_copy(update={"metric": build.blueprint.metric})
    stated = await world.work(
        f"decisions/{row.gate}/task",
        "restate",
        {"task": first.model_dump(mode="json"), "metric": str(row.choice["metric"])},
        label="Reading the metric",
        inputs={"metric": str(row.choice["metric"])},
    )
    return Task.model_validate(stated)


def _at(world: World, row: DecisionRow) -> datetime:
    """When the decision was last made or unmade: what went back since is to be decided again."""
    changes = (
        fact.at
        for fact in world.facts.of_run()
        if isinstance(fact.event, events.WentBack | events.UserEdited)
    )
    return datetime.fromtimestamp(max([row.at, *changes]), UTC)


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
    return Scored.model_validate({**scored.model_dump(), **result})


# --- writing out ----------------------------------------------------------------------------------


async def _write_out(world: World, build: Build, subject: str) -> None:
    """Commits the task and every track's program with its new decision.

    Where time left no program a `solution.py`, the best answers are handed in all the same.
    """
    assert build.rejudged is not None  # whoever calls this has just set it
    order = (await ranked(world, build)).order
    chosen: dict[str, tuple[Scored, str]] = {}
    for track, program in build.current.items():
        current = build.scored.get(program)
        if current is not None:
            chosen[track] = await _program_of(world, build, current, order)
    files: dict[str, bytes | None] = {
        "task.json": build.task.model_dump_json(indent=2).encode() + b"\n"
    }
    for scored, solution in chosen.values():
        plan, sources = build.sources[scored.program]
        files |= track_files(plan, sources, solution)
    message = CommitMessage(at=build.rejudged.at, subject=subject, decision=build.rejudged.gate)
    commit = await accept(world, f"{build.rejudged.path}/accept", files, message)
    if order and not chosen:
        await lead(world, build, order[0])
    for track, (scored, _) in chosen.items():
        if scored.program != build.current[track]:
            build.current[track] = scored.program
            world.retell(
                events.ProposalAccepted(
                    track=track,
                    round=scored.round,
                    candidate=scored.candidate,
                    program=scored.program,
                    commit=commit,
                    subject=subject,
                )
            )


async def _program_of(
    world: World, build: Build, current: Scored, order: tuple[Scored, ...]
) -> tuple[Scored, str]:
    """What a track has from now on, with its `solution.py`; what a person wrote stays."""
    best = next((one for one in order if one.track == current.track), current)
    if current.trusted and best.program != current.program:
        solution = _solution(build, best)
        try:
            await see_it_work(world, build, best, solution)
        except Failed:
            return current, _solution(build, current)
        return best, solution
    return current, _solution(build, current)


def _solution(build: Build, scored: Scored) -> str:
    plan, sources = build.sources[scored.program]
    return assemble(
        build.task,
        build.blueprint.split,
        plan,
        sources.preprocess,
        sources.model,
        scored.decision,
    )


async def see_it_work(world: World, build: Build, scored: Scored, solution: str) -> None:
    """A `solution.py` passes its three commands on `sample`.

    Where the run is over nothing is fitted any more: then it repeats the answers that were decided,
    from what its folds have learnt.

    Raises:
        Failed: It does not.
    """
    path = f"{scored.track}/{scored.program[:12]}"
    if build.rejudged is None or world.facts.state.card is None:
        under_test = SolutionUnderTest(
            path, scored.track, scored.candidate, solution, scored.trusted
        )
        await verify_solution(world, build, under_test)
        return
    model, words = world.paths.state / "tried-model", "there was no time to answer"
    await lay_out(world, build, scored, model)
    try:
        step = f"{build.rejudged.path}/{path}"
        answered = await answer_again(world, build, scored, solution, model, step)
    except TimeoutError:
        answered = Answered(ok=False, words=words)
    if not answered.ok:
        raise Failed(rung_fault("submission format", answered.words, "solution"))
