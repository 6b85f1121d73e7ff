from pathlib import Path

import pytest

from agents.models import Blueprint, ColumnProfile, Profile, Task
from agents.recipes.writing.claims import claimed_steps
from agents.roles.guideline_agent import blueprint_markdown, guide
from agents.roles.preprocessing_coder import unclaimed_steps
from tests.builders import Kind
from tests.recipes.support import Planned, planned

KINDS: tuple[Kind, ...] = ("binary", "regression", "multilabel", "multiclass")


@pytest.fixture(scope="module", params=KINDS)
def competition(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Planned:
    return planned(tmp_path_factory.mktemp(request.param) / "competition", request.param)


def with_columns(competition: Planned, *columns: ColumnProfile) -> Blueprint:
    profile = competition.profile.model_copy(
        update={"columns": (*competition.profile.columns, *columns)}
    )
    return guide(competition.task, profile)


def amounts(name: str, most: float) -> ColumnProfile:
    return ColumnProfile(
        name=name,
        semantic="number",
        distinct=200,
        missing=0.0,
        mean=most / 50,
        minimum=0.0,
        maximum=most,
    )


def test_every_candidate_claims_every_step_of_its_plan(competition: Planned) -> None:
    for plan in competition.blueprint.candidates:
        assert unclaimed_steps(plan, competition.sources(plan.name)) == []


def test_code_claims_no_step_that_was_not_planned(competition: Planned) -> None:
    for plan in competition.blueprint.candidates:
        planned_ids = {step.id for step in plan.steps}
        for source in competition.sources(plan.name):
            assert set(claimed_steps(source)) <= planned_ids


def test_the_same_profile_gives_the_same_blueprint(competition: Planned) -> None:
    again = guide(competition.task, competition.profile)
    assert again.model_dump_json() == competition.blueprint.model_dump_json()


def test_tracks_without_a_recipe_are_declined_with_the_reason(competition: Planned) -> None:
    declined = competition.blueprint.declined
    assert set(declined) == {"pretrained", "neural"}
    assert "foundation model" in declined["pretrained"]
    assert "too few" in declined["neural"]


def test_a_step_that_the_plan_asks_for_and_no_code_claims_is_named(competition: Planned) -> None:
    plan = competition.blueprint.candidates[0]
    extra = plan.steps[0].model_copy(update={"id": "weigh", "part": "train"})
    plan = plan.model_copy(update={"steps": (*plan.steps, extra)})
    assert unclaimed_steps(plan, competition.sources("baseline")) == ["weigh"]


def test_the_blueprint_reads_as_markdown_with_every_step_and_reason(competition: Planned) -> None:
    text = blueprint_markdown(competition.blueprint, competition.task)
    assert text.startswith(f"# Blueprint: {competition.task.name}\n")
    for plan in competition.blueprint.candidates:
        assert f"## {plan.name} ({plan.track})" in text
        assert all(step.directive in text and step.reason in text for step in plan.steps)


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("ferry") / "competition", "binary")


def literal(blueprint: Blueprint, name: str) -> object:
    return blueprint.candidates[0].literals[name]


def test_columns_of_one_scale_that_are_mostly_zero_are_added_up(ferry: Planned) -> None:
    spent = [amounts("bar", 900.0), amounts("spa", 2000.0), amounts("shop", 700.0)]
    blueprint = with_columns(ferry, *spent, amounts("cargo", 9e6))
    assert literal(blueprint, "AMOUNTS") == {"amounts": ["bar", "spa", "shop"]}
    assert "totals" in {step.id for step in blueprint.candidates[0].steps}


def test_groups_make_the_contract_transductive(ferry: Planned) -> None:
    assert literal(ferry.blueprint, "GROUP_COLUMN") == "ticket"
    assert all(plan.contract.transductive for plan in ferry.blueprint.candidates)


def test_a_column_that_only_train_has_is_no_feature(ferry: Planned) -> None:
    column = amounts("after the fact", 9.0).model_copy(update={"in_test": False})
    blueprint = with_columns(ferry, column)
    assert "after the fact" not in blueprint.model_dump_json()


def test_dates_are_read_in_the_format_that_was_measured(ferry: Planned) -> None:
    date = ColumnProfile(
        name="day", semantic="date", distinct=50, missing=0.0, note="dates written as %d.%m.%Y"
    )
    assert literal(with_columns(ferry, date), "DATES") == {"day": "%d.%m.%Y"}


def test_a_table_that_says_nothing_gets_no_candidate_but_a_reason(ferry: Planned) -> None:
    task: Task = ferry.task
    empty: Profile = ferry.profile.model_copy(update={"columns": ()})
    blueprint = guide(task, empty)
    assert blueprint.candidates == ()
    assert "nothing to learn" in blueprint.declined["traditional"]


def test_names_of_other_folders_are_nowhere_in_the_recipes() -> None:
    recipes = Path(__file__).parents[2] / "agents" / "recipes"
    text = "\n".join(path.read_text(encoding="utf-8") for path in recipes.rglob("*.py"))
    assert not [name for name in ("ticket", "berth", "hull_code", "sensor_") if name in text]
