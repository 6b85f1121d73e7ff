"""What the roles ask a model, and what they make of its answers: a script plays the model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.competition.reading.tables import read_cells
from agents.errors import NotUnderstoodError
from agents.llm.scripted import ScriptedModel
from agents.models import Fault, Finding
from agents.prompts.dossier import Place, ShownTable, dossier, wanted_scores
from agents.replies import fenced_blocks
from agents.roles.debugging_agent import Case, concerning, not_restored, repair
from agents.roles.guideline_agent import FEWEST_STEPS, MOST_STEPS, Wanted, plan_rivals
from agents.roles.instruction_check import check_instruction
from agents.roles.modeling_coder import Ground, code_model
from agents.roles.preprocessing_coder import Size, code_preprocessing
from agents.roles.profiling_agent import MOST_IN_LINE, Bounds, observations, write_exploration
from agents.roles.task_analyzer import TaskReading, analyze_task
from tests.builders import Kind
from tests.engine.played import PLAN, edit
from tests.recipes.support import Planned, planned

DRIVER = """
import sys
from pathlib import Path
import model, preprocess
data, state = Path(sys.argv[1]), Path("state")
state.mkdir()
tables = preprocess.Preprocessor()
fitted = model.Model()
fitted.fit(tables.fit(data, seed=1, time_limit_s=9.0), seed=1, time_limit_s=9.0)
fitted.save(state)
loaded = model.Model()
loaded.load(state)
loaded.predict(tables.transform(data)).to_csv("scores.csv", index=False)
"""
SIZE = Size(rows=200, seconds=9.0)
SOURCE = '"""A model."""\n\n\ndef fit(rows):\n    """Fit."""\n    return rows.append(1)\n'
FAULT = Fault(
    kind="incompatible API", component="model.py", message="AttributeError: append", line=6
)


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("advised") / "c", "binary")


def advised(competition: Planned, *answers: str, context: int | None = None) -> Adviser:
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("pandas 3.0.1",), cores=2, memory_gib=8.0, gpu=False),
    )
    return Adviser(ScriptedModel(answers, context_tokens=context), facts)


def prompts(adviser: Adviser) -> list[str]:
    model = adviser.model
    assert isinstance(model, ScriptedModel)
    return [prompt.user for prompt in model.asked]


async def test_every_question_opens_with_the_same_dossier(competition: Planned) -> None:
    plan = competition.plan("baseline")
    answers = ["```python explore.py\nx = 1\n```", "```python preprocess.py\nx = 1\n```"]
    adviser = advised(competition, *answers)

    await write_exploration(adviser, Bounds(seconds=30, limit=60, rows=1_000))
    await code_preprocessing(adviser, plan, SIZE, example="x = 2\n")

    first, second = prompts(adviser)
    shared = first[: first.index("# Your part")]
    assert second.startswith(shared)
    assert "`berth`" in shared
    assert "False, True" in shared
    assert len(shared) > 2_000


async def test_what_a_role_adds_takes_the_place_of_nothing_that_all_know(
    competition: Planned,
) -> None:
    answers = ["```python preprocess.py\nx = 1\n```", json.dumps(PLAN)]
    adviser = advised(competition, *answers)
    wanted = Wanted(3, {"traditional": "anything"}, seconds=5.0)

    await code_preprocessing(adviser, competition.plan("baseline"), SIZE, example="x = 2\n")
    await plan_rivals(adviser, competition.blueprint, wanted)

    assert isinstance(adviser.model, ScriptedModel)
    assert len({prompt.system for prompt in adviser.model.asked}) == 1


async def test_a_coder_is_told_the_contract_and_what_is_really_there(competition: Planned) -> None:
    plan = competition.plan("baseline")
    adviser = advised(competition, "```python model.py\nx = 1\n```")
    ground = Ground(made="- `X_train`: 7 columns", rows=200, seconds=9.0)

    text = await code_model(adviser, plan, ground)

    assert text == "x = 1\n"
    [asked] = prompts(adviser)
    assert "| `X_train` | train | DataFrame | features |" in asked
    assert "- `X_train`: 7 columns" in asked


async def test_where_room_is_short_the_example_goes_and_the_contract_stays(
    competition: Planned,
) -> None:
    plan = competition.plan("baseline")
    adviser = advised(competition, "```python preprocess.py\nx = 1\n```", context=9_000)

    await code_preprocessing(adviser, plan, SIZE, example="long = 1\n" * 4_000)

    [asked] = prompts(adviser)
    assert "lines left out" in asked
    assert "| `X_train` | train | DataFrame | features |" in asked


async def test_plans_get_names_and_step_ids_of_their_own_and_the_houses_target(
    competition: Planned,
) -> None:
    twin = json.loads(json.dumps(PLAN))
    twin["plans"].append(twin["plans"][0] | {"name": "baseline"})
    twin["plans"].append(twin["plans"][0] | {"track": "pretrained"})
    adviser = advised(competition, json.dumps(twin))

    plans = await plan_rivals(
        adviser, competition.blueprint, Wanted(3, {"traditional": "anything"}, seconds=5.0)
    )

    assert [plan.name for plan in plans] == ["smooth_sums", "baseline_2"]
    roles = {one.role for one in plans[0].contract.objects}
    assert {"features", "y", "row_id"} <= roles
    assert [step.id for step in plans[0].steps] == ["plain", "deck", "logit", "fit"]


async def test_arrays_of_a_plan_have_one_shape_on_both_sides(competition: Planned) -> None:
    kinds = {"train_features": "ndarray", "test_features": "ndarray"}
    answer = json.loads(json.dumps(PLAN))
    answer["plans"][0] |= kinds
    adviser = advised(competition, json.dumps(answer))
    wanted = Wanted(1, {"traditional": "anything"}, seconds=5.0)

    [plan] = await plan_rivals(adviser, competition.blueprint, wanted)

    [asked] = [one for one in plan.contract.objects if one.name == "X_test"]
    assert (asked.kind, asked.same_columns_as) == ("ndarray", "X_train")


async def test_a_repair_quotes_the_line_of_the_fault_and_changes_one_file(
    competition: Planned,
) -> None:
    answer = edit("model.py", "    return rows.append(1)", "    return [*rows, 1]", "It is gone.")
    adviser = advised(competition, answer)
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}

    found = await repair(adviser, Case(competition.plan("baseline"), FAULT, files))

    assert found.cause == "It is gone."
    assert found.files["preprocess.py"] == "x = 1\n"
    assert "[*rows, 1]" in found.files["model.py"]
    [asked] = prompts(adviser)
    assert "line 6: `return rows.append(1)`" in asked


async def test_a_repair_is_told_the_steps_and_no_more_than_the_fault_touches(
    competition: Planned,
) -> None:
    plan = competition.plan("baseline")
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}
    unclaimed = Fault(
        kind="contract fulfilment",
        component="preprocess.py",
        message="No docstring claims these steps: parts. `berth` is to be cut.",
    )
    answers = (
        edit("model.py", "    return rows.append(1)", "    return [*rows, 1]", "Gone."),
        edit("preprocess.py", "x = 1", "x = 2", "Claimed."),
    )
    adviser = advised(competition, *answers)

    await repair(adviser, Case(plan, FAULT, files))
    await repair(adviser, Case(plan, unclaimed, files))

    first, second = prompts(adviser)
    assert "`preprocess.py` (for information)" not in first
    assert "`model.py` (for information)" in second
    columns = {one.path: ",".join(one.columns) for one in competition.task.tables}
    for asked in (first, second):
        assert f"- `train.csv` (train): {columns['train.csv']}\n" in asked
        assert "What the folder says" not in asked
        assert asked.count("    return rows.append(1)") == 1
    prep = [step for step in plan.steps if step.part == "prep"]
    assert all(f"- `{step.id}` (preprocess.py): {step.directive}" in second for step in prep)
    assert "| `berth` |" in second
    assert "| `berth` |" not in first


FORGETFUL = """class Model:
    def fit(self, rows):
        self.names = list(rows)
        self.centre, self.spread = rows.mean(), rows.std()

    def save(self, directory):
        joblib.dump({KEPT}, directory / "state")

    def load(self, directory):
        vars(self).update(joblib.load(directory / "state"))
"""
LACKS = "AttributeError: 'Model' object has no attribute 'centre'"


def test_what_save_forgot_is_named_with_the_place_that_set_it() -> None:
    said = not_restored(FORGETFUL.replace("KEPT", '"names": self.names'), LACKS)
    assert said.startswith("`self.centre` is set in `fit` (line 2), but `save` and `load` do not")


@pytest.mark.parametrize(
    "source",
    [
        FORGETFUL.replace("{KEPT}", "vars(self)"),
        FORGETFUL.replace("KEPT", '"centre": self.centre'),
        FORGETFUL.replace("self.centre, self.spread", "centre, spread").replace("KEPT", ""),
        "class Model:\n",
        "class Other:\n    pass\n",
    ],
)
def test_an_attribute_that_is_kept_or_never_set_was_not_lost(source: str) -> None:
    assert not_restored(source, LACKS) == ""


async def test_a_shape_that_does_not_fit_may_be_mended_in_either_file(
    competition: Planned,
) -> None:
    adviser = advised(competition, edit("preprocess.py", "x = 1", "x = 2", "Turned."))
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}
    turned = FAULT.model_copy(update={"kind": "shape or dtype mismatch"})
    made = "- `X_test`: ndarray, 7 rows; float32, shape (7, 5, 3)"

    found = await repair(adviser, Case(competition.plan("baseline"), turned, files, made=made))

    assert found.files["preprocess.py"] == "x = 2\n"
    [asked] = prompts(adviser)
    assert "its cause may lie in the other file" in asked
    assert made in asked


MADE = "\n".join(
    (
        "- `X_train`: DataFrame, 7 rows; 30 columns, below; nothing empty",
        *(
            f"    - `part {letter}` float32: 0 to {number}"
            for number, letter in enumerate("abcdefghijklmnopqr")
        ),
        "    - `code 1` to `code 12`, 12 columns float32",
        "    - row 1: 1, 2, 3",
        "- `X_test`: DataFrame, 3 rows; the same columns as `X_train`; nothing empty",
        "- `y_train`: Series, 7 rows; float64, shape (7,); nothing empty",
    )
)


def test_of_many_columns_only_those_that_a_fault_names_are_told_with_their_ranges() -> None:
    told = concerning(MADE, "KeyError: 'part c'").splitlines()

    assert told[1] == "    - `part c` float32: 0 to 2"
    assert told[2].startswith(
        "    - the fault does not name these, in their order: `part a`, `part b`, "
    )
    assert told[2].endswith("`code 1` to `code 12`")
    assert told[3].startswith("- `X_test`:")
    assert len(told) == 5
    few = "\n".join(MADE.splitlines()[:9])
    assert concerning(few, "KeyError: 'part c'") == few


async def test_beside_a_column_that_a_fault_names_stands_what_is_asked(
    competition: Planned,
) -> None:
    answer = edit("model.py", "    return rows.append(1)", "    return [*rows, 1]", "Gone.")
    adviser = advised(competition, answer, answer)
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}
    target = competition.task.targets[0].name

    await repair(adviser, Case(competition.plan("baseline"), FAULT, files))
    named = FAULT.model_copy(update={"message": "KeyError: 'berth'"})
    await repair(adviser, Case(competition.plan("baseline"), named, files))

    without, with_it = prompts(adviser)
    assert f"| `{target}` |" not in without
    assert f"| `{target}` |" in with_it


def test_only_guesses_are_called_guesses() -> None:
    reading = TaskReading(
        summary="Who sat.", hints=("Parties stay whole.",), guesses=("Old data.",)
    )
    assert reading.in_words.splitlines() == [
        "Who sat.",
        "- Parties stay whole.",
        "- A guess, before anything was measured: Old data.",
    ]


async def test_every_heading_of_the_dossier_has_room_above(competition: Planned) -> None:
    adviser = advised(competition, '{"summary": "x"}').knowing(
        observations="- Parties differ.", instructions=("No networks.",)
    )
    await analyze_task(adviser, ("accuracy",))
    lines = prompts(adviser)[0].splitlines()
    fenced = {at for at, line in enumerate(lines) if line.startswith("```")}
    headings = [at for at, line in enumerate(lines) if line.startswith("#") and at]
    assert fenced
    assert [lines[at] for at in headings if lines[at - 1]] == []


async def test_an_edit_of_the_other_file_is_refused(competition: Planned) -> None:
    wrong = edit("preprocess.py", "x = 1", "x = 2", "There.")
    adviser = advised(competition, wrong, wrong, wrong)
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}

    with pytest.raises(NotUnderstoodError, match="debugging agent"):
        await repair(adviser, Case(competition.plan("baseline"), FAULT, files))


async def test_an_instruction_for_a_metric_that_nobody_knows_changes_nothing(
    competition: Planned,
) -> None:
    said = {"sensible": True, "reply": "Done.", "metric": "happiness", "directive": "Be happy."}
    adviser = advised(competition, json.dumps(said))

    reading = await check_instruction(
        adviser,
        "be happy",
        running="build",
        metrics=("accuracy",),
        names=("baseline",),
        columns=("age",),
    )

    assert reading.metric is None
    assert reading.directive == "Be happy."


def test_a_correction_counts_only_with_words_of_the_description(competition: Planned) -> None:
    opinion = TaskReading(summary="", metric="f1", proof="It is usually F1.")
    read = TaskReading(summary="", metric="f1", proof="share of right answers")

    assert opinion.corrections(competition.task) == {}
    assert read.corrections(competition.task) == {"metric": "f1"}


async def test_the_task_analyzer_is_told_which_metrics_there_are(competition: Planned) -> None:
    adviser = advised(competition, json.dumps({"summary": "Travellers."}))

    reading = await analyze_task(adviser, ("accuracy", "log_loss"))

    assert reading.in_words == "Travellers."
    assert "accuracy, log_loss" in prompts(adviser)[0]


def test_what_a_program_prints_becomes_a_short_list_with_its_cuts_marked() -> None:
    lines = [f"line {number}" for number in range(200)]
    printed = "\n".join(["\x1b[31mred\x1b[0m\n", "x" * 1_000, *lines, "explore: 39.9 s"])

    shown = observations(printed).splitlines()

    assert shown[0] == "- red"
    assert shown[1] == f"- {'x' * (MOST_IN_LINE - 1)}…"
    assert len(shown) == 61
    assert shown[-1] == "- … and 142 lines more, left out"
    assert observations("a\nexplore: 39.9 s\n") == "- a"


async def test_each_fact_stands_in_the_dossier_once_and_the_folders_name_nowhere(
    tmp_path: Path,
) -> None:
    twice = planned(tmp_path / "c", "binary")
    said = "Rows of one ticket stay together in train and test."
    finding = Finding(title="Rows come in groups", text=said, done="Folds keep them together.")
    split = twice.profile.split.model_copy(update={"evidence": (said, "Five folds are enough.")})
    profile = twice.profile.model_copy(update={"findings": (finding,), "split": split})
    task = twice.task.model_copy(update={"notes": (said, "The sample shows the form.")})
    adviser = advised(
        Planned(twice.folder, task, profile, twice.blueprint), json.dumps({"summary": "x"})
    )

    await analyze_task(adviser, ("accuracy",))

    [asked] = prompts(adviser)
    assert asked.count(said) == 1
    assert asked.count("Five folds are enough.") == 1
    assert asked.count("The sample shows the form.") == 1
    assert asked.startswith("# The task\n\nPredict `seated` for the rows of `test.csv`.")


async def test_plans_are_asked_for_on_open_tracks_with_what_recipes_do_and_score(
    competition: Planned,
) -> None:
    adviser = advised(competition, json.dumps(PLAN))
    wanted = Wanted(2, {"neural": "a network"}, seconds=5.0, scores={"baseline": "0.7123"})

    assert await plan_rivals(adviser, competition.blueprint, wanted) == ()

    [asked] = prompts(adviser)
    assert '"track":{"enum":["neural"]' in asked
    assert '"maxItems":2' in asked
    assert f'"maxItems":{MOST_STEPS},"minItems":{FEWEST_STEPS}' in asked
    assert f"{FEWEST_STEPS} to {MOST_STEPS} of them" in asked
    assert "- **baseline** (baseline; fold 1: 0.7123): " in asked
    prep = [one for one in competition.plan("baseline").steps if one.part == "prep"]
    assert all(asked.count(f"- {step.directive}\n") == 1 for step in prep)


def run_model(source: str, competition: Planned, place: Path) -> None:
    """Fits a `model.py` behind the baseline's preprocessing and writes `scores.csv`."""
    (place / "model.py").write_text(source, encoding="utf-8")
    (place / "preprocess.py").write_text(competition.sources("baseline")[0], encoding="utf-8")
    (place / "driver.py").write_text(DRIVER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "driver.py", str(competition.folder)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


KINDS: tuple[Kind, ...] = ("binary", "multilabel", "regression")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("track", "repeatable"), [("neural", False), ("neural", True), ("", True)])
async def test_the_frame_of_a_model_that_coders_are_shown_fits_saves_and_scores(
    kind: Kind, track: str, *, repeatable: bool, tmp_path: Path
) -> None:
    competition = planned(tmp_path / "c", kind)
    plan = competition.plan("baseline").model_copy(update={"track": track or "traditional"})
    adviser = advised(competition, "```python model.py\nx = 1\n```")
    adviser = adviser.knowing(repeatable=repeatable)
    await code_model(adviser, plan, Ground(made="", rows=200, seconds=9.0))
    shown = prompts(adviser)[0].partition("## A worked example")[2]
    [source] = [one.text for one in fenced_blocks(shown) if one.info == "python"]
    run_model(source, competition, tmp_path)
    assert not (repeatable and "time." in source)

    scores = read_cells(tmp_path / "scores.csv")
    first = competition.task.targets[0]
    several = kind == "multilabel"
    names = competition.task.target_columns if several else first.classes or (first.name,)
    assert list(scores) == ["row_id", *names]
    assert (scores != "").all(axis=None)


def test_how_a_number_is_spread_is_told(tmp_path: Path) -> None:
    competition = planned(tmp_path / "c", "regression")
    told = str(advised(competition).shared["asked"])
    assert told.startswith("['a number from ")
    assert "50% " in told


def test_scores_are_asked_for_in_the_form_that_the_engine_reads(tmp_path: Path) -> None:
    labels = planned(tmp_path / "multilabel", "multilabel").task
    number = planned(tmp_path / "regression", "regression").task

    assert "probability of its positive label" in wanted_scores(labels)
    assert (
        wanted_scores(number) == "one column `price` with the prediction in the target's own unit"
    )


@pytest.mark.parametrize("repeatable", [False, True])
async def test_scores_that_a_repeatable_run_keeps_back_are_not_said_to_be_unknown(
    competition: Planned, *, repeatable: bool
) -> None:
    adviser = advised(competition, json.dumps(PLAN)).knowing(repeatable=repeatable)
    await plan_rivals(
        adviser, competition.blueprint, Wanted(1, {"traditional": "anything"}, seconds=5.0)
    )
    [asked] = prompts(adviser)
    assert ("No scores are known yet." in asked) is not repeatable
    assert ("Their scores are not told" in asked) is repeatable
