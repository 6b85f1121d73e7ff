"""The paper's switches change what is really asked, and each of them one thing."""

from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.competition.stating.task import TaskOptions, state_task
from agents.contract import differences, unpromised
from agents.llm.scripted import ScriptedModel
from agents.models import Fault
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.recipes.writing.source import parse
from agents.roles.assembler import assemble_parts
from agents.roles.debugging_agent import Case, repair
from agents.roles.modeling_coder import Ground, code_model, write_model
from agents.roles.mono_coder import Size, code_whole
from agents.roles.preprocessing_coder import write_preprocessing
from agents.run import switches
from agents.run.candidates.one_file import as_written, located, sources_of
from agents.run.candidates.verification import Sources
from agents.settings import STRIPPED, Settings, Variant
from tests.builders import write_competition
from tests.engine.played import edit
from tests.recipes.support import Planned, planned

ANSWER = "```python model.py\nx = 1\n```"


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("switched") / "c", "binary")


def adviser(competition: Planned, settings: Settings, *answers: str) -> Adviser:
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("pandas 3.0.1",), cores=2, memory_gib=8.0, gpu=False),
    )
    return Adviser(ScriptedModel(answers), switches.told(settings, facts))


def asked_of(adviser: Adviser) -> tuple[str, str]:
    model = adviser.model
    assert isinstance(model, ScriptedModel)
    return model.asked[-1].system, model.asked[-1].user


async def modeling_prompt(
    competition: Planned, variant: Variant | None, made: str
) -> tuple[str, str]:
    asked = adviser(competition, Settings(variant=variant), ANSWER)
    ground = Ground(made=made, rows=200, seconds=9.0)
    await code_model(asked, competition.plan("baseline"), ground)
    return asked_of(asked)


async def test_reactive_prompts_know_names_and_words_and_nothing_measured(
    competition: Planned,
) -> None:
    _, whole = await modeling_prompt(competition, None, "- facts")
    _, bare = await modeling_prompt(competition, "reactive", "- facts")

    for told in ("says about the target", "measured", " rows)", "_01,"):
        assert told in whole
        assert told not in bare
    for kept in ("Say for every traveller whether they got a seat", "`train.csv` (train)", "berth"):
        assert kept in bare


async def test_in_static_nobody_says_what_preprocessing_really_made(competition: Planned) -> None:
    _, ran = await modeling_prompt(competition, None, "- `X_train`: 7 columns")
    _, read = await modeling_prompt(competition, "static", "")

    assert "What preprocessing really made" in ran
    assert "What preprocessing really made" not in read
    assert not switches.runs_code_early(Settings(variant="static"))


async def test_mono_asks_one_agent_for_one_file_without_a_contract(competition: Planned) -> None:
    settings = Settings(variant="mono")
    plan = switches.agreed(settings, competition.plan("baseline"))
    asked = adviser(competition, settings, "```python solution.py\nx = 1\n```")
    example = assemble_parts(write_preprocessing(plan), write_model(plan))

    text = await code_whole(asked, plan, Size(rows=200, seconds=9.0), example=example)

    system, user = asked_of(asked)
    assert text == "x = 1\n"
    assert "One file, `solution.py`" in system
    assert "# model.py" not in system
    assert "contract" not in system
    assert "## The contract" not in user
    assert {"Preprocessor", "Model"} <= {
        name for one in parse(example).pieces for name in one.names
    }
    for step in plan.steps:
        assert (step.directive in user) == (step.part != "eval")  # those are the engine's


async def test_a_program_of_one_file_is_repaired_as_one(competition: Planned) -> None:
    plan = switches.agreed(Settings(variant="mono"), competition.plan("baseline"))
    text = "def fit(rows):\n    return rows.append(1)\n"
    fault = Fault(
        kind="incompatible API",
        component="preprocess.py",
        message="append",
        file="preprocess.py",
        line=2,
    )
    files = as_written(Sources(text, text))
    answer = edit("solution.py", "    return rows.append(1)", "    return [*rows, 1]", "Gone.")
    asked = adviser(competition, Settings(variant="mono"), answer)

    mended = await repair(asked, Case(plan, located(fault, files), files))

    again = sources_of(mended.files)
    assert again.preprocess == again.model == "def fit(rows):\n    return [*rows, 1]\n"
    assert "in `solution.py`, line 2" in asked_of(asked)[1]
    assert "## The contract" not in asked_of(asked)[1]
    assert differences(plan.contract, (), (), competition.task) == []
    assert unpromised(plan.contract, 'class Model:\n def fit(self, t):\n  t["own"]\n') == []


def test_programs_of_two_files_stay_two() -> None:
    sources = Sources("a = 1\n", "b = 2\n")

    assert as_written(sources) == sources.files
    assert sources_of(sources.files) == sources


@pytest.mark.parametrize(
    ("settings", "cards", "designs", "web"),
    [
        (Settings(), True, True, False),
        (Settings(web=True), True, True, True),
        (Settings(variant="isolated", web=True), False, True, True),
        (Settings(retrieval=False, web=True), False, False, False),
    ],
)
def test_each_kind_of_retrieval_has_its_switch(
    settings: Settings, *, cards: bool, designs: bool, web: bool
) -> None:
    assert switches.retrieves_cards(settings) is cards
    assert switches.retrieves_designs(settings) is designs
    assert switches.may_reach_out(settings) is web


def test_stripped_of_its_description_a_folder_has_one_sentence(tmp_path: Path) -> None:
    folder = write_competition(tmp_path / "c", "regression")
    whole = state_task(folder, TaskOptions.model_validate(Settings().task_options))
    stripped = state_task(folder, TaskOptions.model_validate(Settings(strip=True).task_options))

    assert whole.metric.name == "rmsle"
    assert (stripped.description, stripped.description_text) == (None, STRIPPED)
    assert stripped.metric.source == "default"
    assert stripped.metric.name != "rmsle"
    assert stripped.target_columns == whole.target_columns
