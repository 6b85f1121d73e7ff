import ast
import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from agents.competition.judging.decisions import apply_decision
from agents.competition.reading.tables import read_cells, write_cells
from agents.competition.splitting.splits import assign_folds
from agents.competition.work import mean_scores
from agents.models import Pool
from agents.roles.assembler import EnsembleMember, assemble, assemble_ensemble
from tests.builders import TARGETS, Kind, true_answers
from tests.recipes.support import ROOT, Planned, plan_folder, planned, run_python

KINDS: tuple[Kind, ...] = ("binary", "regression", "multilabel", "multiclass")
NAMES = ("baseline", "boosting", "linear")
TRIED: dict[Kind, tuple[str, ...]] = {
    "binary": ("baseline", "boosting", "linear", "ensemble"),
    "regression": ("baseline", "boosting", "linear"),
    "multilabel": ("boosting", "linear"),
    "multiclass": ("boosting", "linear"),
}
LONGEST = 40
ROWS = 240

DRIVER = """
import runpy, sys
def call(program, *arguments):
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")
for name in {names}:
    call(f"{{name}}.py", "fit", "--data", "fit", "--model", f"model-{{name}}")
    call(f"{{name}}.py", "predict", "--data", "predict", "--model", f"model-{{name}}",
         "--output", f"{{name}}-predict.csv")
    call(f"{{name}}.py", "run", "--data", "run", "--output", f"{{name}}-run.csv")
    call(f"{{name}}.py", "predict", "--data", "new", "--model", f"model-{{name}}",
         "--output", f"{{name}}-new.csv")
"""


@dataclass(frozen=True)
class Ran:
    """The solutions of one competition, and where they were run."""

    planned: Planned
    place: Path
    kind: Kind


def solution(competition: Planned, name: str) -> str:
    """The stand-alone program of a candidate, or of the ensemble of all."""
    task, split, decision = competition.task, competition.blueprint.split, competition.decision
    if name != "ensemble":
        plan, sources = competition.plan(name), competition.sources(name)
        return assemble(task, split, plan, *sources, decision)
    members = [EnsembleMember(one, *competition.sources(one)) for one in NAMES]
    scale = "log" if task.metric.name == "rmsle" else "linear"
    return assemble_ensemble(task, split, members, decision, mean_of(*NAMES, scale=scale))


def mean_of(*names: str, scale: str = "linear") -> Pool:
    weights = dict.fromkeys(names, 1 / len(names))
    return Pool(kind="blend", parameters={"weights": {**weights}, "scale": scale}, weights=weights)


def lay_out(competition: Planned, place: Path) -> None:
    """The views that each command may see, and a folder with new rows only."""
    train = read_cells(competition.folder / "train.csv")
    test = read_cells(competition.folder / "test.csv")
    new = test.iloc[::-1].head(7).copy()
    new[competition.task.id_column] = [f"new_{number}" for number in range(len(new))]
    for view, tables in {
        "fit": {"train.csv": train},
        "predict": {"test.csv": test},
        "run": {"train.csv": train, "test.csv": test},
        "new": {"test.csv": new},
    }.items():
        (place / view).mkdir()
        for name, cells in tables.items():
            write_cells(cells, place / view / name)


@pytest.fixture(scope="module", params=KINDS)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    kind: Kind = request.param
    competition = planned(tmp_path_factory.mktemp(kind) / "competition", kind, rows=ROWS)
    place = tmp_path_factory.mktemp(f"{kind}-solutions")
    lay_out(competition, place)
    names = TRIED[kind]
    for name in names:
        (place / f"{name}.py").write_text(solution(competition, name), encoding="utf-8")
    done = run_python(DRIVER.format(names=names), place)
    assert done.returncode == 0, done.stderr
    return Ran(competition, place, kind)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def programs(ran: Ran) -> list[Path]:
    return sorted(ran.place.glob("*.py"))


def test_running_is_fitting_and_predicting(ran: Ran) -> None:
    for program in programs(ran):
        predicted = ran.place / f"{program.stem}-predict.csv"
        assert predicted.read_bytes() == (ran.place / f"{program.stem}-run.csv").read_bytes()


def test_a_submission_answers_every_test_row_under_the_asked_header(ran: Ran) -> None:
    test = read_cells(ran.planned.folder / "test.csv")
    submission = ran.planned.task.submission
    assert submission is not None
    for program in programs(ran):
        header, *answers = rows(ran.place / f"{program.stem}-run.csv")
        assert tuple(header) == submission.columns
        assert [row[0] for row in answers] == list(test.iloc[:, 0])
        assert all(cell for row in answers for cell in row)


def test_new_rows_are_predicted_where_the_training_tables_are_absent(ran: Ran) -> None:
    for program in programs(ran):
        _, *answers = rows(ran.place / f"{program.stem}-new.csv")
        assert [row[0] for row in answers] == [f"new_{number}" for number in range(7)]


def test_answers_are_far_better_than_chance(ran: Ran) -> None:
    truth = true_answers(ran.planned.folder, ran.kind, rows=ROWS)
    for program in programs(ran):
        answers = read_cells(ran.place / f"{program.stem}-run.csv")
        for target in TARGETS[ran.kind]:
            assert skill(ran.kind, truth[target], answers[target]) > 0.25, program.name


def skill(kind: Kind, truth: pd.Series, answers: pd.Series) -> float:
    """0 for guessing, 1 for knowing."""
    if kind in {"binary", "multiclass"}:
        usual = truth.value_counts(normalize=True).max()
        return float(((truth == answers).mean() - usual) / (1 - usual))
    ranks, others = (pd.to_numeric(side).rank() for side in (truth, answers))
    return float(ranks.corr(others))


def test_a_program_imports_nothing_of_this_project_and_has_no_long_function(ran: Ran) -> None:
    for program in programs(ran):
        source = program.read_text(encoding="utf-8")
        assert "agents" not in source
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= LONGEST, f"{program.name}: {node.name} has {length} lines"


def test_a_program_passes_the_linter(ran: Ran) -> None:
    for options in (
        ["--isolated", "--line-length", "100"],
        ["--config", str(ROOT / "pyproject.toml"), *RELAXED],
    ):
        linted = subprocess.run(
            [sys.executable, "-m", "ruff", "check", "--no-cache", *options, str(ran.place)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert linted.returncode == 0, linted.stdout


RELAXED = ["--ignore", "ARG001,ARG002,INP001,D417,PLR0913"]
"""What follows from the fixed interface of the parts and from the shared functions' arguments."""


def test_a_program_names_no_column_that_the_data_has_not(ran: Ran) -> None:
    kinds = set(KINDS) - {ran.kind}
    others = {name for kind in kinds for name in TARGETS[kind]}
    for program in programs(ran):
        texts = {
            node.value
            for node in ast.walk(ast.parse(program.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert texts.isdisjoint(others)


ENGINE_LIKE = """
import sys, json
from pathlib import Path
from preprocess import Preprocessor
from model import Model
for fold in sys.argv[1:]:
    preprocessor, model = Preprocessor(), Model()
    train = preprocessor.fit(Path(fold) / "fit", seed=0, time_limit_s=1e9)
    model.fit(train, seed=0, time_limit_s=1e9)
    model.predict(preprocessor.transform(Path("predict"))).to_parquet(Path(fold) / "scores.parquet")
"""


def test_a_solution_reproduces_what_the_engine_does_fold_by_fold(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "regression")
    lay_out(competition, tmp_path)
    split, task = competition.blueprint.split, competition.task
    cells = read_cells(competition.folder / "train.csv")
    fold = assign_folds(cells, ["price"], split.splitter, split.folds, split.seed)
    for number in range(split.folds):
        (tmp_path / f"fold-{number}" / "fit").mkdir(parents=True)
        write_cells(cells[fold != number], tmp_path / f"fold-{number}" / "fit" / "train.csv")
    for name, source in zip(("preprocess", "model"), competition.sources("baseline"), strict=True):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    (tmp_path / "engine_like.py").write_text(ENGINE_LIKE, encoding="utf-8")
    (tmp_path / "solution.py").write_text(solution(competition, "baseline"), encoding="utf-8")
    folders = [f"fold-{number}" for number in range(split.folds)]
    for command in (
        ["engine_like.py", *folders],
        ["solution.py", "run", "--data", "run", "--output", "run.csv"],
    ):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, check=False)
        assert done.returncode == 0
    scores = [pd.read_parquet(tmp_path / folder / "scores.parquet") for folder in folders]
    answers = apply_decision(competition.decision, mean_scores(scores))
    written = read_cells(tmp_path / "run.csv")
    assert list(written["boat_id"]) == list(answers["row_id"])
    assert [float(cell) for cell in written["price"]] == list(answers["price"])
    assert task.id_column == "boat_id"


def test_a_fold_that_cannot_be_drawn_is_left_out(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "binary", rows=40)
    lay_out(competition, tmp_path)
    train = read_cells(tmp_path / "run" / "train.csv")
    train["ticket"] = "one_" + train["ticket"]
    write_cells(train, tmp_path / "run" / "train.csv")
    program = tmp_path / "solution.py"
    program.write_text(solution(competition, "baseline"), encoding="utf-8")
    command = [sys.executable, "solution.py", "run", "--data", "run", "--output", "run.csv"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert len(rows(tmp_path / "run.csv")) == len(rows(tmp_path / "run" / "test.csv"))


def test_without_a_test_table_new_rows_get_an_id_and_an_answer(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass")
    lay_out(competition, tmp_path)
    (competition.folder / "test.csv").unlink()
    alone = plan_folder(competition.folder, target="species")
    assert alone.task.submission is None
    program = tmp_path / "solution.py"
    program.write_text(solution(alone, "baseline"), encoding="utf-8")
    for command in (
        ["fit", "--data", "fit", "--model", "model"],
        ["predict", "--data", "new", "--model", "model", "--output", "new.csv"],
    ):
        done = subprocess.run([sys.executable, "solution.py", *command], cwd=tmp_path, check=False)
        assert done.returncode == 0
    header, *answers = rows(tmp_path / "new.csv")
    assert header == ["plant_id", "species"]
    assert {row[1] for row in answers} <= {"alder", "birch", "cedar"}


# --- names ---------------------------------------------------------------------------------------

PART = '''
"""A part."""

SIZE = {size}


def helper():
    return 1


def grown():
    return SIZE + helper()


class {name}:
    """Does {size}."""

    def fit(self, train):
        grown = grown_twice()
        return grown


def grown_twice():
    return 2 * grown()
'''


def test_names_that_clash_get_the_name_of_their_member(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass")
    members = [
        EnsembleMember(
            f"the {word} one",
            PART.format(size=size, name="Preprocessor"),
            PART.format(size=size, name="Model"),
        )
        for word, size in (("small", 1), ("large", 9))
    ]
    program = assemble_ensemble(
        competition.task,
        competition.blueprint.split,
        members,
        competition.decision,
        mean_of("the small one", "the large one"),
    )
    space: dict[str, object] = {"__name__": "program"}
    exec(compile(program, "program", "exec"), space)
    parts = space["PARTS"]
    assert isinstance(parts, dict)
    assert [parts[f"the {word} one"][1]().fit(None) for word in ("small", "large")] == [4, 20]
    assert program.count("def helper()") == 1
    assert "THE_SMALL_ONE_SIZE = 1" in program
    pool = space["POOL"]
    assert pool == {"weights": {"the small one": 0.5, "the large one": 0.5}, "scale": "linear"}
