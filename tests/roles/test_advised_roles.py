"""What the roles ask a model, and what they make of its answers: a script plays the model."""

import json
from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.errors import NotUnderstoodError
from agents.llm.scripted import ScriptedModel
from agents.models import Fault
from agents.prompts.dossier import Place, ShownTable, dossier, wanted_scores
from agents.roles.debugging_agent import Case, located, repair
from agents.roles.guideline_agent import Wanted, plan_rivals
from agents.roles.instruction_check import check_instruction
from agents.roles.modeling_coder import Ground, code_model
from agents.roles.preprocessing_coder import code_preprocessing
from agents.roles.profiling_agent import observations, write_exploration
from agents.roles.task_analyzer import TaskReading, analyze_task
from tests.engine.played import PLAN, edit
from tests.recipes.support import Planned, planned

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

    await write_exploration(adviser, seconds=30, rows=1_000)
    await code_preprocessing(adviser, plan, example="x = 2\n")

    first, second = prompts(adviser)
    shared = first[: first.index("# Your part")]
    assert second.startswith(shared)
    assert "`berth`" in shared
    assert "False, True" in shared
    assert len(shared) > 2_000


async def test_a_coder_is_told_the_contract_and_what_is_really_there(competition: Planned) -> None:
    plan = competition.plan("baseline")
    adviser = advised(competition, "```python model.py\nx = 1\n```")
    ground = Ground(made="- `X_train`: 7 columns", example="y = 2\n", rows=200, seconds=9.0)

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

    await code_preprocessing(adviser, plan, example="long = 1\n" * 4_000)

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
    assert [step.id for step in plans[0].steps] == ["plain", "deck", "logit", "fit", "acc"]


async def test_a_repair_quotes_the_located_function_and_changes_one_file(
    competition: Planned,
) -> None:
    answer = edit("model.py", "    return rows.append(1)", "    return [*rows, 1]", "It is gone.")
    adviser = advised(competition, answer)
    files = {"preprocess.py": "x = 1\n", "model.py": SOURCE}

    found = await repair(adviser, Case(competition.plan("baseline"), FAULT, files))

    assert found.cause == "It is gone."
    assert found.files["preprocess.py"] == "x = 1\n"
    assert "[*rows, 1]" in found.files["model.py"]
    assert located(SOURCE, FAULT).startswith("def fit(rows):")


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
        adviser, "be happy", running="build", metrics=("accuracy",), names=("baseline",)
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


def test_what_a_program_prints_becomes_a_short_list() -> None:
    printed = "\x1b[31mred\x1b[0m\n\n" + "\n".join(f"line {number}" for number in range(200))

    shown = observations(printed).splitlines()

    assert shown[0] == "- red"
    assert len(shown) == 60


def test_scores_are_asked_for_in_the_form_that_the_engine_reads(tmp_path: Path) -> None:
    labels = planned(tmp_path / "multilabel", "multilabel").task
    number = planned(tmp_path / "regression", "regression").task

    assert "probability of its positive label" in wanted_scores(labels)
    assert (
        wanted_scores(number) == "one column `price` with the prediction in the target's own unit"
    )
