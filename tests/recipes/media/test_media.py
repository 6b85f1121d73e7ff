"""Rows that are files: programs that run alone, on the views that a run would show them."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from agents.competition.views.views import Places, View, ViewBuilder
from agents.models import CandidatePlan
from agents.recipes.writing.claims import unclaimed_steps
from agents.roles.assembler import assemble
from tests.recipes.media.drawn import ASKED, LEARNED, draw, truth
from tests.recipes.support import ROOT, Planned, plan_folder, run_python

KINDS = ("image", "sound", "record", "array")
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, ".")
from preprocess import Preprocessor
from model import Model
fit, predict, scores = sys.argv[1:]
state = Path("state")
state.mkdir(exist_ok=True)
first, model = Preprocessor(), Model()
model.fit(first.fit(Path(fit), seed=0, time_limit_s=60), seed=0, time_limit_s=60)
first.save(state)
(state / "model").mkdir(exist_ok=True)
model.save(state / "model")
second, other = Preprocessor(), Model()
second.load(state)
other.load(state / "model")
other.predict(second.transform(Path(predict))).to_csv(scores, index=False)
"""
RELAXED = ["--ignore", "ARG001,ARG002,INP001,D417,PLR0913"]


@pytest.fixture(scope="module", params=KINDS)
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    folder = tmp_path_factory.mktemp(request.param) / "competition"
    return plan_folder(draw(folder, request.param), target="sort")


def view_of(competition: Planned, place: Path, name: str) -> View:
    places = Places(place / "views", place / "answers", place / "media")
    task, split = competition.task, competition.profile.split
    return ViewBuilder(competition.folder, task, split, places).build(name)


def scores_on(competition: Planned, plan: CandidatePlan, place: Path, view: View) -> pd.DataFrame:
    """What the candidate's program says of a view's test rows, alone in a process."""
    program = place / plan.name
    program.mkdir(exist_ok=True)
    for part, source in zip(("preprocess", "model"), competition.sources(plan.name), strict=True):
        (program / f"{part}.py").write_text(source, encoding="utf-8")
    given = [str(view.root / "fit"), str(view.root / "predict"), str(program / "scores.csv")]
    arguments = f"import sys; sys.argv[1:] = {given!r}\n"
    ran = run_python(arguments + DRIVER, program)
    assert ran.returncode == 0, ran.stderr
    return pd.read_csv(program / "scores.csv", dtype={"row_id": "str"}).set_index("row_id")


def test_every_candidate_tells_blind_files_apart(drawn: Planned, tmp_path: Path) -> None:
    view = view_of(drawn, tmp_path, "blind-1")
    assert view.answers is not None
    answers = pd.read_parquet(view.answers).set_index("row_id")["sort"]
    for plan in drawn.blueprint.candidates:
        scores = scores_on(drawn, plan, tmp_path, view)
        guessed = scores.idxmax(axis=1).loc[answers.index]
        assert (guessed == answers).mean() > 0.8, plan.name


def test_files_that_lack_or_are_damaged_leave_gaps_and_nothing_else(
    drawn: Planned, tmp_path: Path
) -> None:
    view = view_of(drawn, tmp_path, "full")
    seen, asked = (sorted((view.root / part).rglob("*.*")) for part in ("fit", "predict"))
    files = [[path for path in side if path.suffix != ".csv"] for side in (seen, asked)]
    for side in files:
        side[0].unlink()
        for path, content in ((side[1], b""), (side[2], b"RIFF?" * 20), (side[3], b"\x93NUMPY")):
            path.unlink()
            path.write_bytes(content)
    scores = scores_on(drawn, drawn.plan("baseline"), tmp_path, view)
    assert scores.shape == (ASKED, 3)
    assert scores.notna().all(axis=None)


def test_all_candidates_read_the_files_once_since_they_share_one_preprocessing(
    drawn: Planned,
) -> None:
    plans = drawn.blueprint.candidates
    assert len(plans) >= 3
    assert len({drawn.sources(plan.name)[0] for plan in plans}) == 1


def test_programs_claim_their_steps_are_short_and_pass_the_linter(
    drawn: Planned, tmp_path: Path
) -> None:
    for plan in drawn.blueprint.candidates:
        sources = drawn.sources(plan.name)
        assert unclaimed_steps(plan, sources) == []
        for part, source in zip(("preprocess", "model"), sources, strict=True):
            (tmp_path / f"{plan.name}_{part}.py").write_text(source, encoding="utf-8")
            assert "agents" not in source
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef):
                    assert (node.end_lineno or 0) - node.lineno < 40, node.name
    options = ["--no-cache", "--config", str(ROOT / "pyproject.toml"), *RELAXED, str(tmp_path)]
    command = [sys.executable, "-m", "ruff", "check", *options]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_the_program_alone_answers_the_test_folder(drawn: Planned, tmp_path: Path) -> None:
    plan, split = drawn.plan("baseline"), drawn.profile.split
    program = assemble(drawn.task, split, plan, *drawn.sources("baseline"), decision=drawn.decision)
    (tmp_path / "solution.py").write_text(program, encoding="utf-8")
    command = ["-I", "solution.py", "run", "--data", str(drawn.folder), "--output", "answers.csv"]
    ran = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    answers = pd.read_csv(tmp_path / "answers.csv", dtype="str")
    asked = pd.read_csv(drawn.folder / "test.csv", dtype="str")
    assert list(answers["piece_id"]) == list(asked["piece_id"])
    assert (answers["sort"] == truth()).mean() > 0.8


def test_columns_beside_the_files_are_used_too(tmp_path: Path) -> None:
    competition = plan_folder(draw(tmp_path / "competition", "image", beside=True), target="sort")
    for path in (competition.folder / "seen").iterdir():
        shutil.copy(next((competition.folder / "asked").iterdir()), path)
    names = {plan.name: plan.track for plan in competition.blueprint.candidates}
    assert names["baseline"] == "baseline"
    assert names["media_linear"] == "traditional"
    view = view_of(competition, tmp_path, "blind-1")
    answers = pd.read_parquet(str(view.answers)).set_index("row_id")["sort"]
    scores = scores_on(competition, competition.plan("media_linear"), tmp_path, view)
    assert (scores.idxmax(axis=1).loc[answers.index] == answers).mean() > 0.8


def test_text_files_become_a_column_of_text_that_table_recipes_read(tmp_path: Path) -> None:
    competition = plan_folder(draw(tmp_path / "competition", "text"), target="sort")
    names = [plan.name for plan in competition.blueprint.candidates]
    assert "linear" in names
    assert not [name for name in names if name.startswith("media")]
    view = view_of(competition, tmp_path, "blind-1")
    answers = pd.read_parquet(str(view.answers)).set_index("row_id")["sort"]
    scores = scores_on(competition, competition.plan("linear"), tmp_path, view)
    assert (scores.idxmax(axis=1).loc[answers.index] == answers).mean() > 0.8


def test_the_profile_says_what_the_folders_hold_and_what_is_wrong(tmp_path: Path) -> None:
    folder = draw(tmp_path / "competition", "image")
    seen = sorted((folder / "seen").iterdir())
    seen[0].write_bytes(b"no image")
    seen[1].unlink()
    competition = plan_folder(folder, target="sort")
    told = {one.title: one.text for one in competition.profile.findings}
    held = next(title for title in told if title.startswith("seen/ holds"))
    assert f"{LEARNED - 1} files of images, usually" in held
    assert "`piece_id` of the train rows names one a row, by its name without suffix" in told[held]
    broken = f"1 of {LEARNED - 1} files looked at in seen/ cannot be read"
    assert seen[0].name in told[broken]
    assert seen[1].stem in told[f"1 of {LEARNED} training rows have no file"]
