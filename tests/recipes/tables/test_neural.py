"""The neural recipe as programs on made competitions, and what is said where it does not apply."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.competition.reading.tables import read_cells, write_cells
from agents.contract import differences
from agents.execution.child import facts, kind_of
from agents.execution.protocol import ObjectFacts
from agents.models import CandidatePlan
from agents.recipes.needs.availability import (
    NOTHING,
    Surroundings,
)
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.neural import neural_variations, no_neural, plan_neural
from agents.recipes.writing.instantiate import instantiate
from agents.roles.guideline_agent import guide
from agents.roles.preprocessing_coder import unclaimed_steps
from tests.builders import Kind, true_answers
from tests.recipes.support import Planned, planned

TORCH = Surroundings(frozenset({"torch"}), frozenset(), offline=True)

DRIVER = """
from pathlib import Path
from model import Model
from preprocess import Preprocessor
def fitted(name):
    parts = Preprocessor(), Model()
    train = parts[0].fit(Path("train"), seed=1, time_limit_s=60)
    parts[1].fit(train, seed=1, time_limit_s=60)
    for part, place in zip(parts, ("preprocessor", "model")):
        (Path(name) / place).mkdir(parents=True)
        part.save(Path(name) / place)
fitted("first")
preprocessor, model = Preprocessor(), Model()
preprocessor.load(Path("first/preprocessor"))
model.load(Path("first/model"))
for view in ("plain", "odd", "single", "turned", "half"):
    model.predict(preprocessor.transform(Path(view))).to_csv(f"{view}.csv", index=False)
fitted("second")
model.load(Path("second/model"))
model.predict(preprocessor.transform(Path("plain"))).to_csv("again.csv", index=False)
"""


def neural_plan(competition: Planned) -> CandidatePlan:
    return plan_neural(Needs(competition.task, competition.profile))


def small(plan: CandidatePlan) -> CandidatePlan:
    """Two short networks: what is tested does not depend on their size."""
    sizes = {"NETWORKS": 2, "EPOCHS": 1, "FEWEST_STEPS": 60, "WIDTH": 32}
    return plan.model_copy(update={"literals": plan.literals | sizes})


def write_parts(plan: CandidatePlan, place: Path) -> None:
    for part, root in (("preprocess", "Preprocessor"), ("model", "Model")):
        (place / f"{part}.py").write_text(instantiate(plan, part, root), encoding="utf-8")


def lay_out(competition: Planned, place: Path) -> None:
    """Training rows, and test rows as they are, with strange cells, alone, turned, and halved."""
    train = read_cells(competition.folder / "train.csv")
    test = read_cells(competition.folder / "test.csv")
    odd = test.copy()
    for number, name in enumerate(name for name in odd if name != competition.task.id_column):
        odd[name] = ("", "never seen before", "1e300")[number % 3]
    views = {
        "plain": test,
        "odd": odd,
        "single": test.head(1),
        "turned": test.iloc[::-1],
        "half": test.head(len(test) // 2),
    }
    for name, cells in views.items():
        (place / name).mkdir()
        write_cells(cells, place / name / "test.csv")
    (place / "train").mkdir()
    write_cells(train, place / "train" / "train.csv")


def run_driver(place: Path) -> None:
    (place / "driver.py").write_text(DRIVER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "driver.py"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={"OMP_NUM_THREADS": "1", "PATH": ""},
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=["regression", "multilabel", "multiclass"])
def scored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind: Kind = request.param
    competition = planned(tmp_path_factory.mktemp(kind) / "competition", kind)
    place = tmp_path_factory.mktemp(f"{kind}-parts")
    lay_out(competition, place)
    write_parts(small(neural_plan(competition)), place)
    run_driver(place)
    return place


def values(place: Path, view: str) -> np.ndarray:
    scores = read_cells(place / f"{view}.csv").set_index("row_id")
    return scores.astype(float).sort_index().to_numpy()


@pytest.mark.slow
def test_strange_cells_empty_columns_and_single_rows_are_survived(scored: Path) -> None:
    for view in ("odd", "single"):
        rows = len(read_cells(scored / view / "test.csv"))
        assert np.isfinite(values(scored, view)).all()
        assert len(values(scored, view)) == rows


@pytest.mark.slow
def test_scores_of_a_row_do_not_depend_on_the_rows_beside_it(scored: Path) -> None:
    plain, turned = values(scored, "plain"), values(scored, "turned")
    np.testing.assert_allclose(turned, plain, rtol=1e-5, atol=1e-6)
    whole = read_cells(scored / "plain.csv").set_index("row_id").astype(float)
    half = read_cells(scored / "half.csv").set_index("row_id").astype(float)
    np.testing.assert_allclose(half, whole.loc[half.index], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_the_same_time_limit_gives_the_same_scores(scored: Path) -> None:
    assert (scored / "again.csv").read_bytes() == (scored / "plain.csv").read_bytes()


@pytest.mark.slow
def test_it_learns_what_tells_rows_apart(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "binary", rows=600)
    lay_out(competition, tmp_path)
    write_parts(small(neural_plan(competition)), tmp_path)
    run_driver(tmp_path)
    scores = read_cells(tmp_path / "plain.csv")
    answers = (scores["True"].astype(float) > 0.5).map({True: "True", False: "False"})
    truth = true_answers(competition.folder, "binary", rows=600)["seated"]
    assert (answers.to_numpy() == truth.to_numpy()).mean() > 0.75


@pytest.mark.parametrize("kind", ["binary", "regression", "multilabel"])
def test_preprocessing_keeps_its_contract(kind: Kind, tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", kind)
    plan = neural_plan(competition)
    space: dict[str, object] = {}
    exec(compile(instantiate(plan, "preprocess", "Preprocessor"), "preprocess", "exec"), space)
    maker = space["Preprocessor"]
    assert isinstance(maker, type)
    preprocessor = maker()
    sides = [
        preprocessor.fit(competition.folder, seed=0, time_limit_s=1.0),
        preprocessor.transform(competition.folder),
    ]
    train, test = (
        tuple(
            ObjectFacts.model_validate(facts(name, kind_of(name, one), one))
            for name, one in side.items()
        )
        for side in sides
    )
    assert differences(plan.contract, train, test, competition.task) == []


@pytest.mark.parametrize("kind", ["binary", "regression", "multilabel", "multiclass"])
def test_every_step_is_claimed_and_no_other(kind: Kind, tmp_path: Path) -> None:
    plan = neural_plan(planned(tmp_path / "competition", kind))
    sources = instantiate(plan, "preprocess", "Preprocessor"), instantiate(plan, "model", "Model")
    assert unclaimed_steps(plan, sources) == []
    assert not any("agents" in source for source in sources)


def test_rows_that_count_differently_are_weighed_in_training(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "regression")
    plan = neural_plan(competition)
    weighed = plan.model_copy(update={"literals": plan.literals | {"WEIGHTED": True}})
    assert 'train["weight_train"]' in instantiate(weighed, "model", "Model")
    assert "weight_train" not in instantiate(plan, "model", "Model")


def test_a_network_is_planned_where_its_package_is_installed(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass", rows=400)
    with_torch = guide(competition.task, competition.profile, TORCH)
    assert [plan.name for plan in with_torch.of_track("neural")] == ["neural"]
    assert "neural" not in with_torch.declined
    without = guide(competition.task, competition.profile, NOTHING)
    assert without.of_track("neural") == ()
    assert "pip install 'iml-tui[deep]'" in without.declined["neural"]


def test_too_few_rows_are_said_to_be_too_few(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass", rows=200)
    reason = no_neural(Needs(competition.task, competition.profile), TORCH.installed)
    assert reason is not None
    assert reason.startswith("200 labelled rows are too few")


def test_classes_of_a_few_rows_each_are_left_to_other_models(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass", rows=400)
    [target] = competition.task.targets
    many = target.model_copy(update={"classes": tuple(f"kind {number}" for number in range(80))})
    task = competition.task.model_copy(update={"targets": (many,)})
    reason = no_neural(Needs(task, competition.profile), TORCH.installed)
    assert reason is not None
    assert "400 rows for 80 classes" in reason


def test_variations_change_what_the_program_says(tmp_path: Path) -> None:
    plan = neural_plan(planned(tmp_path / "competition", "multiclass"))
    usual = instantiate(plan, "model", "Model")
    for variation in neural_variations(plan):
        changed = plan.model_copy(update={"literals": plan.literals | variation.literals})
        assert instantiate(changed, "model", "Model") != usual
