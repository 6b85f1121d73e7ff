"""The end of a run: the winner, a model that predicts new rows, the report, the card."""

import asyncio
import shlex
import shutil
import sys
from pathlib import Path

from pydantic import JsonValue

from agents.journal import events
from agents.journal.events import FaultFound, RunFinished
from agents.models import Comparison, Member, ReportCard, Task
from agents.run.selection import Build, Ranking, Scored, accept, compare, publish, ranked
from agents.run.verification import plan_prediction
from agents.run.world import Order, World
from agents.workspace.message import CommitMessage

MODEL_DIR = "model"
PREDICT_S = 600.0


async def finish(world: World, build: Build) -> ReportCard:
    """Chooses the winner, leaves its model behind, writes and commits the report."""
    ranking = await _with_blend(world, build, await ranked(world, build))
    ranking = await _led_by_a_whole_program(world, build, ranking)
    winner = ranking.order[0] if ranking.order else None
    if winner is None:
        card = _card(world, build, None, "submission" if build.written else "none")
    else:
        await _hand_in(world, build, winner)
        loads = await _keep_model(world, build, winner)
        card = await _winning_card(world, build, ranking, loads)
    card = _as_handed_in(world, build, card)
    text = report_markdown(build.task, card, world)
    began = next(
        fact
        for fact in world.facts.of_run()
        if isinstance(fact.event, events.PhaseStarted) and fact.event.phase == "decide"
    )
    message = CommitMessage(
        at=began.moment,
        subject=f"report: {card.winner or 'no valid program'}",
        score=f"{card.score.value:.6f} ±{card.score.error:.6f}" if card.score else None,
    )
    await accept(world, "decide/report", {"report.md": text.encode()}, message)
    world.tell(RunFinished(card=card))
    return card


def _as_handed_in(world: World, build: Build, card: ReportCard) -> ReportCard:
    """The card of answers whose program was not verified to its end in time."""
    written = build.written
    if written is None or written.candidate == card.winner:
        return card
    whose = f"that of {card.winner}" if card.winner else "missing"
    world.notice(
        f"The answers of {written.candidate} are handed in; the time was over before its "
        f"solution.py had passed, so the model for new rows is {whose}."
    )
    rows = written.check.rows if written.check else 0
    return card.model_copy(
        update={
            "winner": written.candidate,
            "score": written.score,
            "ahead": None,
            "members": (),
            "submission": "submission.csv",
            "rows": rows,
        }
    )


async def _with_blend(world: World, build: Build, ranking: Ranking) -> Ranking:
    """The accepted ensemble leads what it was made of."""
    if build.blended is None:
        return ranking
    ahead = await compare(world, build, build.blended, ranking.order[0])
    return Ranking((build.blended, *ranking.order), (ahead, *ranking.ahead))


async def _led_by_a_whole_program(world: World, build: Build, ranking: Ranking) -> Ranking:
    """The best that has a `solution.py` leads: time may end between the last fold and that."""
    whole = next((one for one in ranking.order if build.has_solution(one)), None)
    if whole is None:
        return Ranking((), ())
    if whole is ranking.order[0]:
        return ranking
    others = [one for one in ranking.order if one is not whole]
    ahead = [await compare(world, build, whole, other) for other in others]
    return Ranking((whole, *others), tuple(ahead))


async def _hand_in(world: World, build: Build, winner: Scored) -> None:
    """The submission is the winner's, unless better answers lie there that nobody undid."""
    written = build.written
    if winner.check is None or not winner.check.valid:
        return
    if written is not None:
        if written.answers == winner.answers:
            return
        undone = written.program in build.undone
        stays = not (undone or winner.parts or build.has_solution(written))
        if stays and (await compare(world, build, winner, written)).difference <= 0:
            return
    await publish(world, build, winner)


# --- the model for new rows -------------------------------------------------------------------


async def _keep_model(world: World, build: Build, winner: Scored) -> bool:
    """Copies what the winner's folds learnt to `model/` and sees `solution.py` predict with it."""
    await asyncio.to_thread(_copy_states, world, build, winner)
    step, label = f"decide/predict-{winner.key[:12]}", "The kept model answers once more"
    solution = world.workspace / "tracks" / winner.track / "solution.py"
    text = await asyncio.to_thread(solution.read_text, encoding="utf-8")

    async def answer() -> JsonValue:
        return await _answer_again(world, build, winner, (step, text))

    inputs: JsonValue = {"winner": winner.key, "solution": text}
    try:
        async with world.in_time():
            result = await world.steps.step(step, inputs, answer, label=label)
    except TimeoutError:
        world.notice(f"The time was over before {MODEL_DIR}/ was seen to repeat the submission.")
        return True
    assert isinstance(result, dict)
    if not result["ok"]:
        world.notice(f"The kept model does not repeat the submission: {result['words']}")
    return bool(result["ok"])


async def _answer_again(
    world: World, build: Build, winner: Scored, program: tuple[str, str]
) -> JsonValue:
    """Runs the kept program on the real test (or the sample's), and compares what it says."""
    step, text = program
    attempt, view = world.paths.attempt(step), build.full or build.views["sample"]
    model = world.workspace / MODEL_DIR
    order = Order(
        step=step,
        track=winner.track,
        candidate=winner.candidate,
        label="The kept model answers once more",
        files={"solution.py": text},
        stages=(plan_prediction(view.predict, model, attempt / "out", PREDICT_S),),
        attempt=attempt,
        trusted=winner.trusted,
        cores=len(world.slots.cores),
    )
    outcome = await world.run_program(order)
    if not outcome.ok:
        return {"ok": False, "words": outcome.tail[-2000:]}
    other = build.written is not None and build.written.answers != winner.answers
    if build.full is None or other:
        return {"ok": True, "words": ""}
    arguments: dict[str, JsonValue] = {
        "first": str(attempt / "out" / "predicted.csv"),
        "second": str(world.workspace / "submission.csv"),
    }
    same = await world.worker.call("same_answers", arguments)
    assert isinstance(same, list)
    return {"ok": not same, "words": " ".join(map(str, same))}


def _copy_states(world: World, build: Build, winner: Scored) -> None:
    """Lays out saved states as `solution.py fit` would have left them."""
    target = world.workspace / MODEL_DIR
    fresh = world.paths.state / "new-model"
    shutil.rmtree(fresh, ignore_errors=True)
    members = {winner.program: winner}
    if winner.parts:
        members = {program: build.scored[program] for program in winner.parts}
    for member in members.values():
        answering = [fold for fold in member.folds if fold.test is not None] or member.folds
        for number, fold in enumerate(answering, start=1):
            place = fresh / fold_folder(number, member if winner.parts else None)
            for name, saved in (("preprocessor", fold.preprocessor), ("model", fold.model)):
                shutil.copytree(world.paths.state / saved, place / name)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def fold_folder(number: int, member: Scored | None) -> str:
    """Where `solution.py` keeps a fold: `fold-1`, or `boosting/fold-1` in an ensemble."""
    return f"fold-{number}" if member is None else f"{member.candidate}/fold-{number}"


# --- the card ---------------------------------------------------------------------------------


def _card(world: World, build: Build, winner: Scored | None, outcome: str) -> ReportCard:
    faults = sum(isinstance(fact.event, FaultFound) for fact in world.facts.of_run())
    return ReportCard.model_validate(
        {
            "outcome": outcome,
            "metric": build.task.metric,
            "winner": winner.candidate if winner else None,
            "score": winner.score if winner else None,
            "tried": len(build.scored),
            "faults": faults,
            "active_seconds": world.facts.journal.active,
            "idle": world.slots.idle(),
        }
    )


async def _winning_card(world: World, build: Build, ranking: Ranking, loads: bool) -> ReportCard:
    winner = ranking.order[0]
    handed_in = winner.check is not None and winner.check.valid
    outcome = "submission" if handed_in else "model" if loads else "none"
    solution = f"tracks/{winner.track}/solution.py"
    members = [
        Member(candidate=build.scored[program].candidate, weight=weight)
        for program, weight in winner.parts.items()
    ]
    card = _card(world, build, winner, outcome)
    return card.model_copy(
        update={
            "ahead": ranking.ahead[0] if ranking.ahead else None,
            "members": tuple(members),
            "submission": "submission.csv" if handed_in else None,
            "rows": winner.check.rows if winner.check else 0,
            "solution": solution,
            "predict_command": predict_command(world.workspace, solution) if loads else None,
            "expect": await _expected(world, build, ranking),
        }
    )


async def _expected(world: World, build: Build, ranking: Ranking) -> float:
    """The winner's score, corrected for how many were compared."""
    value = await world.worker.call(
        "expected",
        {
            "task": build.task.model_dump(mode="json"),
            "score": ranking.order[0].score.model_dump(mode="json"),
            "errors": [comparison.error for comparison in ranking.ahead],
            "tried": len(ranking.order),
        },
    )
    return float(str(value))


def predict_command(workspace: Path, solution: str) -> str:
    """What to type, anywhere, to predict new rows: with the Python that has the packages."""
    program, model = workspace / solution, workspace / MODEL_DIR
    return (
        f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} predict --data NEW_ROWS_FOLDER "
        f"--model {shlex.quote(str(model))} --output predictions.csv"
    )


# --- the report -------------------------------------------------------------------------------


def report_markdown(task: Task, card: ReportCard, world: World) -> str:
    """The report as it is committed: no clock in it, so that a repeated run writes the same."""
    lines = [f"# {task.name}: {_headline(card)}", ""]
    if card.score is not None:
        lines += _score_lines(task, card)
    lines += [
        "",
        "## Tracks",
        "",
        "| track | program | score | error | verdict |",
        "|---|---|---|---|---|",
    ]
    for moment in world.facts.state.moments:
        score = moment.score
        value = f"{score.value:.4f} | ±{score.error:.4f}" if score else "- | -"
        verdict = moment.reason or moment.mark
        lines.append(f"| {moment.track} {moment.round} | {moment.what} | {value} | {verdict} |")
    if card.members:
        shares = ", ".join(f"{one.candidate} {one.weight:.2f}" for one in card.members)
        lines += ["", f"The ensemble is made of {shares}."]
    lines += ["", "## How it was scored", ""]
    profile = world.facts.state.profile
    evidence = profile.split.evidence if profile else ()
    lines += [f"- {sentence}" for sentence in dict.fromkeys((*evidence, *task.notes))]
    return "\n".join(lines) + "\n"


def _ahead_line(ahead: Comparison) -> str:
    figures = f"{ahead.difference:+.4f} ±{ahead.error:.4f}"
    if ahead.difference >= 0:
        return f"It is {figures} ahead of {ahead.second}, row by row."
    return (
        f"Beside {ahead.second} it is {figures}, row by row, which is within the error; it was "
        "chosen because its probabilities are better, or because it is simpler."
    )


def _headline(card: ReportCard) -> str:
    if card.score is None:
        return "no program could be scored"
    return f"{card.metric.title} {card.score.value:.4f} ±{card.score.error:.4f}"


def _score_lines(task: Task, card: ReportCard) -> list[str]:
    assert card.score is not None
    lines = [
        f"{card.winner} wins: {card.metric.title} {card.score.value:.4f} "
        f"±{card.score.error:.4f} on {card.score.rows:,} rows that it never saw "
        f"({card.score.how}, {len(card.score.folds)} folds)."
    ]
    if card.ahead is not None:
        lines.append(_ahead_line(card.ahead))
    if card.expect is not None:
        lines.append(f"Expect {card.expect:.4f} on new rows: {card.tried} programs were compared.")
    words = f" (“{task.metric.words}”)" if task.metric.words else ""
    lines.append(f"The metric is from the {task.metric.source}{words}.")
    if card.submission:
        lines.append(f"`{card.submission}` holds {card.rows:,} answers and passed every check.")
    if card.solution:
        lines.append(f"`{card.solution}` is the whole program; `model/` is what it has learnt.")
        asked = task.table("test")
        name = asked.path if asked else "test.csv"
        lines.append(f"It predicts new rows from a folder that holds them as `{name}`.")
    return lines
