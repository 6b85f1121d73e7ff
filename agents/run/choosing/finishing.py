"""The end of a run: the winner, a model that predicts new rows, the report, the card."""

import asyncio
import shlex
import sys
from pathlib import Path

from agents.journal import events
from agents.journal.events import RunFinished
from agents.journal.standing import faults_of
from agents.models import Member, ReportCard, Score
from agents.run.candidates.kept_model import answer_again, lay_out
from agents.run.choosing.report import report_markdown
from agents.run.choosing.selection import (
    Build,
    Ranking,
    Scored,
    accept,
    compare,
    ranked,
    scoring,
)
from agents.run.choosing.submission import hand_in
from agents.run.fetching.reaching_out import ledger
from agents.run.world import World
from agents.workspace.message import CommitMessage

MODEL_DIR = "model"


async def finish(world: World, build: Build) -> ReportCard:
    """Chooses the winner, leaves its model behind, writes and commits the report."""
    ranking = await _with_blend(world, build, await ranked(world, build))
    ranking = await _led_by_a_whole_program(world, build, ranking)
    winner = ranking.order[0] if ranking.order else None
    await hand_in(world, build, winner)
    if winner is None:
        card = _card(world, build, None, "submission" if build.written else "none")
    else:
        loads = await _keep_model(world, build, winner)
        card = await _winning_card(world, build, ranking, loads)
    card = await _as_handed_in(world, build, card, winner)
    card = await _with_final_score(world, build, card, winner)
    told = (fact.event for fact in world.facts.of_run())
    before = [event.card for event in told if isinstance(event, RunFinished)]
    text = report_markdown(build.task, card, world.facts.state, before)
    began = next(
        fact
        for fact in world.facts.of_run()
        if isinstance(fact.event, events.PhaseStarted) and fact.event.phase == "decide"
    )
    message = CommitMessage(
        at=build.rejudged.at if build.rejudged else began.moment,
        subject=f"report: {card.winner or 'no valid program'}",
        score=f"{card.score.value:.6f} ±{card.score.error:.6f}" if card.score else None,
    )
    step = f"{build.rejudged.path if build.rejudged else 'decide'}/report"
    files: dict[str, bytes | None] = {"report.md": text.encode()}
    if any(isinstance(fact.event, events.Retrieved) for fact in world.facts.of_run()):
        files["ledger.md"] = ledger(world).encode()
    await accept(world, step, files, message)
    world.tell(RunFinished(card=card))
    return card


async def _as_handed_in(
    world: World, build: Build, card: ReportCard, winner: Scored | None
) -> ReportCard:
    """The card of answers whose program was not verified to its end in time."""
    written = build.written
    if written is None or written.candidate == card.winner:
        return card
    whose = f"that of {card.winner}" if card.winner else "missing"
    late = "its solution.py had passed" if build.is_complete(written) else "it had done every fold"
    world.notice(
        f"The answers of {written.candidate} are handed in; the time was over before {late}, so "
        f"the model for new rows is {whose}."
    )
    rows = written.check.rows if written.check else 0
    ahead = None if winner is None else await compare(world, build, written, winner)
    return card.model_copy(
        update={
            "winner": written.candidate,
            "score": written.score,
            "ahead": ahead,
            "members": (),
            "submission": "submission.csv",
            "rows": rows,
        }
    )


async def _with_final_score(
    world: World, build: Build, card: ReportCard, winner: Scored | None
) -> ReportCard:
    """The card with the score on the vault, where there is one: nothing is chosen after it."""
    final, written = winner, build.written
    if written is not None and (winner is None or written.candidate != winner.candidate):
        final = written
    if final is None or build.vault is None:
        return card
    metric = build.task.metric.name
    score = await world.work(
        f"decide/vault/{metric}-{final.key[:12]}-{final.key[-1]}",
        "score_vault",
        {
            "scoring": scoring(world, build),
            "program": final.key,
            "vault": build.vault.model_dump(mode="json"),
            "decision": final.decision.model_dump(mode="json"),
        },
        label=f"Scoring {final.candidate} on the rows kept to the end",
    )
    if score is None:
        return card
    honest = Score.model_validate(score)
    return card.model_copy(update={"score": honest, "chosen_by": card.score, "expect": None})


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


# --- the model for new rows -------------------------------------------------------------------


async def _keep_model(world: World, build: Build, winner: Scored) -> bool:
    """Copies what the winner's folds learnt to `model/` and sees `solution.py` predict with it."""
    model = world.workspace / MODEL_DIR
    await lay_out(world, build, winner, model)
    solution = world.workspace / "tracks" / winner.track / "solution.py"
    text = await asyncio.to_thread(solution.read_text, encoding="utf-8")
    step = f"decide/predict-{winner.key[:12]}"
    try:
        async with world.in_time():
            answered = await answer_again(world, build, winner, text, model, step)
    except TimeoutError:
        world.notice(f"The time was over before {MODEL_DIR}/ was seen to repeat the submission.")
        return True
    if not answered.ok:
        world.notice(f"The kept model does not repeat the submission: {answered.words}")
    return answered.ok


# --- the card ---------------------------------------------------------------------------------


def _card(world: World, build: Build, winner: Scored | None, outcome: str) -> ReportCard:
    faults, _ = faults_of(world.facts.state.moments)
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
