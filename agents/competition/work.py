"""The worker process: `python -P -m agents.competition.work MEMORY_BYTES`.

One request a line on standard input, answers as lines on standard output: progress while it works,
then a result or an error. It dies with the engine. What it runs are the pure functions of this
package; here they only get their arguments and give back json.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pandas as pd
from pydantic import JsonValue, TypeAdapter

from agents.competition.formats.check import check_submission, submission_warnings
from agents.competition.formats.formats import repeat_cells, write_submission
from agents.competition.formats.forms import repeated_columns
from agents.competition.judging.blending import blend_members, blend_tests, blend_vaults
from agents.competition.judging.constant import best_constant, constant_scores
from agents.competition.judging.decisions import apply_decision, fit_decision
from agents.competition.judging.judge import (
    judge_scores,
    judge_shuffled,
    judge_variants,
    judge_written,
    same_answers,
)
from agents.competition.judging.ranking import Candidate, rank, screened
from agents.competition.judging.scores import (
    BlindScores,
    Truth,
    aligned,
    compare,
    expected_after_selection,
    load_blind,
    load_vault,
    score_blind,
    score_vault,
    store_blind,
    store_test,
    store_vault,
)
from agents.competition.laying.lay_out import lay_out
from agents.competition.metrics.metrics import METRICS, metric_digest, metric_of
from agents.competition.profiling.markdown import profile_markdown
from agents.competition.profiling.preview import preview
from agents.competition.profiling.quick import quick_columns
from agents.competition.reading.loading import load_cells
from agents.competition.stating.asked import asked_table
from agents.competition.stating.parts import rows_of
from agents.competition.stating.restate import with_metric
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.errors import ImlError, InputError
from agents.models import (
    Comparison,
    Decision,
    Frozen,
    Profile,
    Score,
    SplitPlan,
    SubmissionCheck,
    Task,
)
from agents.run.candidates.verification import FittedFold, ViewFact, key
from agents.run.paths import Paths

P = ParamSpec("P")
R = TypeVar("R")
_PR_SET_PDEATHSIG = 1
_CALLS: dict[str, Callable[..., object]] = {}
VAULT_FOLD = 0
"""Folds have numbers from 1."""


def main(arguments: list[str]) -> int:
    """Serves requests until the engine closes the pipe."""
    _die_with_parent()
    memory = int(arguments[0])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answer = _answer(request["call"], request["arguments"], answers)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return 0


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answer(name: str, arguments: dict[str, Any], answers: Any) -> dict[str, object]:  # noqa: ANN401
    def progress(text: str, done: float) -> None:
        answers.write(json.dumps({"progress": [text, done]}) + "\n")
        answers.flush()

    try:
        call = _CALLS[name]
        extra = {"progress": progress} if name == "profile" else {}
        return {"result": _json(call(**arguments, **extra))}
    except InputError as error:
        return {"error": "InputError", "message": str(error)}
    except ImlError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except Exception as error:  # noqa: BLE001  # whatever a reader raises must reach the engine
        return {
            "error": type(error).__name__,
            "message": f"{type(error).__name__}: {error}",
            "traceback": traceback.format_exc(),
        }


def _json(value: object) -> JsonValue:
    answer: JsonValue = TypeAdapter(Any).dump_python(value, mode="json")
    return answer


def _call(function: Callable[P, R]) -> Callable[P, R]:
    _CALLS[function.__name__.removeprefix("do_")] = function
    return function


# --- looking ----------------------------------------------------------------------------------


@_call
def do_lay_out(folder: str, place: str) -> str:
    """`agents.competition.laying.lay_out.lay_out`."""
    return str(lay_out(Path(folder), Path(place)))


@_call
def do_state_task(folder: str, options: dict[str, Any]) -> Task:
    """`agents.competition.stating.task.state_task`."""
    return state_task(Path(folder), TaskOptions.model_validate(options))


@_call
def do_restate(task: dict[str, Any], metric: str) -> Task:
    """`agents.competition.stating.restate.with_metric`."""
    return with_metric(Task.model_validate(task), metric)


@_call
def do_metric_names() -> object:
    """Names of `agents.competition.metrics.metrics.METRICS`."""
    return sorted(METRICS)


@_call
def do_preview(folder: str, task: dict[str, Any]) -> object:
    """`agents.competition.profiling.preview.preview`."""
    return preview(Path(folder), Task.model_validate(task))


@_call
def do_quick_columns(folder: str, task: dict[str, Any]) -> object:
    """`agents.competition.profiling.quick.quick_columns`."""
    return quick_columns(Path(folder), Task.model_validate(task))


@_call
def do_profile(
    folder: str,
    task: dict[str, Any],
    seed: int,
    vault: bool,
    progress: Callable[[str, float], None],
) -> Profile:
    """`agents.competition.profiling.profile.profile`."""
    # It loads a learning library, for which the first look at the columns need not wait.
    from agents.competition.profiling.profile import profile as measure_profile  # noqa: PLC0415

    stated = Task.model_validate(task)
    return measure_profile(Path(folder), stated, progress, seed=seed, vault=vault)


@_call
def do_describe(task: dict[str, Any], profile: dict[str, Any]) -> str:
    """The profile as Markdown."""
    return profile_markdown(Task.model_validate(task), Profile.model_validate(profile))


# --- views ------------------------------------------------------------------------------------


class BuiltView(Frozen):
    """A view as the engine keeps it."""

    view: ViewFact
    rows_fit: int
    rows_predict: int


@_call
def do_build_view(
    folder: str, task: dict[str, Any], split: dict[str, Any], name: str, state: str
) -> BuiltView:
    """Builds one view; tables that were parsed for one serve the next."""
    builder = _view_builder(folder, json.dumps(task), json.dumps(split), state)
    view = builder.build(name)
    fact = ViewFact(
        name=name,
        fit=view.root / "fit",
        predict=view.root / "predict",
        run=view.root / "run",
        fit_digest=view.parts.get("fit", ""),
        predict_digest=view.parts.get("predict", ""),
        answers=view.answers,
    )
    return BuiltView(view=fact, rows_fit=view.rows_fit, rows_predict=view.rows_predict)


@lru_cache(maxsize=1)
def _view_builder(folder: str, task: str, split: str, state: str) -> Any:  # noqa: ANN401

    paths, version = Paths(Path(state)), key(task, split)[:8]
    places = Places(views=paths.views / version, answers=paths.answers / version, media=paths.media)
    return ViewBuilder(
        Path(folder),
        Task.model_validate_json(task),
        SplitPlan.model_validate_json(split),
        places,
    )


# --- judging ----------------------------------------------------------------------------------


@_call
def do_judge_sample(task: dict[str, Any], view: dict[str, Any], scores: str) -> object:
    """Faults of a program's scores on `sample`."""
    asked, sample = Task.model_validate(task), ViewFact.model_validate(view)
    return judge_scores(asked, pd.read_parquet(scores), _ids(asked, sample))


@_call
def do_judge_variants(
    task: dict[str, Any],
    views: dict[str, Any],
    plain: str,
    variants: dict[str, str],
    shuffled: str,
    transductive: bool,
) -> object:
    """Faults that changed test rows and shuffled labels bring out, gravest first."""
    asked = Task.model_validate(task)
    facts = {name: ViewFact.model_validate(view) for name, view in views.items()}
    others = {name: pd.read_parquet(path) for name, path in variants.items()}
    faults = []
    for name, frame in others.items():
        faults += judge_scores(asked, frame, _ids(asked, facts[name]))
    if faults:
        return faults
    scores = pd.read_parquet(plain)
    same = {name: frame for name, frame in others.items() if name != "sample-odd"}
    if asked.id_column is None:
        same = {}
    faults = judge_variants(scores, same, transductive=transductive)
    truth = pd.read_parquet(str(facts["sample"].answers))
    return faults + judge_shuffled(asked, scores, pd.read_parquet(shuffled), truth)


@_call
def do_judge_solution(
    task: dict[str, Any], view: dict[str, Any], written: str, repeatable: bool
) -> list[str]:
    """Problems of what `solution.py` wrote on `sample`.

    Only a `repeatable` run must say the same twice: others size themselves to a clock.
    """
    asked, fact, folder = Task.model_validate(task), ViewFact.model_validate(view), Path(written)
    problems: list[str] = []
    if asked.submission is not None:
        ids = _ids(asked, fact)
        for name in ("predicted.csv", "run.csv"):
            check = check_submission(folder / name, asked, ids)
            problems += [f"{name}: {problem}" for problem in check.problems]
    return problems or (judge_written(folder) if repeatable else [])


@_call
def do_same_answers(first: str, second: str) -> list[str]:
    """How two submissions differ."""
    return same_answers(Path(first), Path(second))


def _ids(task: Task, view: ViewFact) -> list[str]:
    """Ids of the rows of a view that are to be predicted, as text, in order."""
    table = asked_table(task)
    own = {name: written for written, name in task.renamed.items()}
    marker = () if task.marker is None else (task.marker.column,)
    named = table.columns[:1] if task.id_column is None else (task.id_column,)
    columns = list(dict.fromkeys(own.get(name, name) for name in (*named, *marker)))
    cells = rows_of(load_cells(view.predict, table, columns=columns), task, table)
    if task.id_column is None:
        return [str(number) for number in range(len(cells))]
    return [str(cell) for cell in cells[task.id_column]]


def _asked_rows(task: Task, view: ViewFact) -> pd.DataFrame:
    """The rows of a view that are to be predicted, in order."""
    table = asked_table(task)
    return rows_of(load_cells(view.predict, table), task, table)


# --- scoring ----------------------------------------------------------------------------------


class Scoring(Frozen):
    """What a candidate, or a blend of candidates, is to be scored on."""

    task: Task
    answers: dict[int, Path]
    """Where each fold's blind labels lie."""
    full: ViewFact | None
    """The real test; None when there is none."""
    state: Path
    guarded: bool
    """Whether the sandbox hid the blind labels."""

    @property
    def paths(self) -> Paths:
        """The names below `.iml`."""
        return Paths(self.state)

    def marked(self, score: Score) -> Score:
        """The score, saying so when nothing kept the program from the labels."""
        return score if self.guarded else score.model_copy(update={"how": "unguarded"})


@_call
def do_score(
    scoring: dict[str, Any], program: str, folds: list[dict[str, Any]]
) -> dict[str, object]:
    """Pools blind scores, fits the decision, and writes the submission of these folds."""
    asked = Scoring.model_validate(scoring)
    task, state = asked.task, asked.state
    fitted = [FittedFold.model_validate(fold) for fold in folds]
    by_number = {
        int(fold.view.removeprefix("blind-")): fold for fold in fitted if fold.blind is not None
    }
    frames = {
        number: pd.read_parquet(state / str(fold.blind)) for number, fold in by_number.items()
    }
    answered = {number: asked.answers[number] for number in by_number}
    truth = Truth.read(answered, task.targets)
    name = f"{program}-{len(by_number)}"
    tests = [pd.read_parquet(state / fold.test) for fold in fitted if fold.test is not None]
    kept = [pd.read_parquet(state / fold.vault) for fold in fitted if fold.vault is not None]
    if kept:
        store_vault(mean_scores(kept), asked.paths.scores, name)
    test = mean_scores(tests) if tests else None
    return _judged(asked, name, BlindScores.pooled(frames), truth, test)


def _judged(
    asked: Scoring, name: str, scores: BlindScores, truth: Truth, test: pd.DataFrame | None
) -> dict[str, object]:
    """Keeps scores under a name, fits their decision, and writes their submission."""
    task, root = asked.task, asked.paths.scores
    scores, truth = aligned(replace(scores, key=name), truth)
    decision = fit_decision(task, scores.frame, truth.frame, metric_of(task.metric))
    store_blind(scores, root, name)
    answers, check = _answers_file(asked, name), None
    if test is not None:
        store_test(test, root, name)
        check = _write_submission(asked, answers, test, decision)
    score = asked.marked(score_blind(task, scores, truth))
    return {"score": score, "decision": decision, "check": check, "answers": answers}


@_call
def do_score_constant(scoring: dict[str, Any], program: str) -> dict[str, object]:
    """The best constants as if a program had scored every fold and the real test with them."""
    asked = Scoring.model_validate(scoring)
    truth = Truth.read(asked.answers, asked.task.targets)
    blind, statistic = best_constant(asked.task, truth)
    assert asked.full is not None  # nobody asks for constants where nothing is to be handed in
    ids = _ids(asked.task, asked.full)
    test = constant_scores(asked.task, truth.frame, statistic, ids)
    return _judged(asked, f"{program}-{len(blind.folds)}", blind, truth, test)


def mean_scores(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The mean over the folds of a track's scores of the same rows (bagging, no refit)."""
    total = frames[0].set_index("row_id")
    for frame in frames[1:]:
        total = total + frame.set_index("row_id").loc[total.index, total.columns]
    return (total / len(frames)).reset_index()


def _answers_file(asked: Scoring, name: str) -> str:
    """Name of the file of decided answers: another metric decides otherwise."""
    return f"{name}-{metric_digest(asked.task.metric)[:8]}.csv"


def _write_submission(
    asked: Scoring, name: str, scores: pd.DataFrame, decision: Decision
) -> SubmissionCheck:
    submission, path = asked.task.submission, asked.paths.submissions / name
    assert submission is not None
    assert asked.full is not None
    ids = _ids(asked.task, asked.full)
    path.parent.mkdir(parents=True, exist_ok=True)
    answers = apply_decision(decision, scores)
    write_submission(asked.task, answers, ids, path)
    if submission.repeated:
        repeat_cells(path, _asked_rows(asked.task, asked.full), repeated_columns(asked.task))
    check = check_submission(path, asked.task, ids)
    return check.model_copy(update={"warnings": submission_warnings(path, asked.task)})


@_call
def do_score_vault(
    scoring: dict[str, Any], program: str, vault: dict[str, Any], decision: dict[str, Any]
) -> Score | None:
    """The final answer's score on the vault; None where its program has not answered that."""
    asked = Scoring.model_validate(scoring)
    frame = load_vault(asked.paths.scores, program)
    if frame is None:
        return None
    answers = ViewFact.model_validate(vault).answers
    assert answers is not None  # its rows are labelled ones
    truth = Truth.read({VAULT_FOLD: answers}, asked.task.targets)
    decided = Decision.model_validate(decision)
    return asked.marked(score_vault(asked.task, frame, truth, decided))


@_call
def do_compare(
    task: dict[str, Any],
    answers: dict[str, str],
    first: list[str],
    second: list[str],
    scores: str,
) -> object:
    """The paired difference of two kept candidates on the rows they share."""
    asked, root = Task.model_validate(task), Path(scores)
    one, other = load_blind(root, first[1]), load_blind(root, second[1])
    return compare(asked, _truth(asked, answers, [one, other]), one, other, (first[0], second[0]))


@_call
def do_compare_with_constants(
    task: dict[str, Any], answers: dict[str, str], candidate: list[str], scores: str
) -> Comparison:
    """The paired difference of a kept candidate and the best constants on the rows it scored."""
    asked, one = Task.model_validate(task), load_blind(Path(scores), candidate[1])
    truth = _truth(asked, answers, [one])
    constants, _ = best_constant(asked, truth)
    return compare(asked, truth, one, constants, (candidate[0], "a constant"))


@_call
def do_screen(
    task: dict[str, Any], answers: dict[str, str], candidates: list[list[str]], scores: str
) -> dict[str, tuple[float, float]]:
    """`agents.competition.judging.ranking.screened` of kept candidates, by name."""
    asked = Task.model_validate(task)
    found = {name: load_blind(Path(scores), key) for name, key in candidates}
    return screened(asked, found, _truth(asked, answers, found.values()))


@_call
def do_rank(
    task: dict[str, Any],
    answers: dict[str, str],
    candidates: list[tuple[str, str, int]],
    scores: str,
    tie: float,
) -> dict[str, object]:
    """`agents.competition.judging.ranking.rank` of kept candidates, by key."""
    found = [
        Candidate(kept, name, order, load_blind(Path(scores), kept))
        for name, kept, order in candidates
    ]
    asked = Task.model_validate(task)
    truth = _truth(asked, answers, [one.scores for one in found])
    return rank(asked, found, truth, tie)._asdict()


def _truth(task: Task, answers: dict[str, str], scores: Iterable[BlindScores]) -> Truth:
    """The answers of every fold that any of these scored."""
    folds = sorted({fold for one in scores for fold in one.folds})
    return Truth.read({number: Path(answers[str(number)]) for number in folds}, task.targets)


@_call
def do_expected(
    task: dict[str, Any], score: dict[str, Any], errors: list[float], tried: int
) -> float:
    """What to expect on new rows of the best of `tried` programs."""
    asked = Task.model_validate(task)
    return expected_after_selection(asked, Score.model_validate(score), errors, tried)


@_call
def do_blend(scoring: dict[str, Any], members: list[list[str]], how: str) -> dict[str, object]:
    """Pool, cross-fitted score, decision and submission of an ensemble."""
    asked = Scoring.model_validate(scoring)
    scores_root = asked.paths.scores
    names = {kept: name for name, kept in members}
    blended = blend_members(asked.task, how, names, asked.answers, scores_root)
    answers = _answers_file(asked, blended.key)
    check = None
    if asked.full is not None:
        tests = blend_tests(blended, scores_root)
        check = _write_submission(asked, answers, tests, blended.decision)
    blend_vaults(blended, scores_root)
    return {
        "program": blended.program,
        "pool": blended.pool,
        "score": asked.marked(blended.score),
        "decision": blended.decision,
        "comparison": blended.against_best,
        "sharper": blended.sharper,
        "check": check,
        "answers": answers,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
