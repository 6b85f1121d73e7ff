"""What a recipe can do of an edited plan, and what it refuses; real recipes are written."""

import pytest

from agents.errors import InputError
from agents.models import Blueprint, CandidatePlan
from agents.plan_text import plan_text
from agents.roles.preprocessing_coder import write_preprocessing
from agents.run.decisions.replanning import planned_again
from tests.recipes.support import planned


@pytest.fixture(scope="module")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Blueprint:
    return planned(tmp_path_factory.mktemp("plan") / "c", "binary").blueprint


def plan_of(blueprint: Blueprint, name: str) -> CandidatePlan:
    return next(one for one in blueprint.candidates if one.name == name)


def again(
    blueprint: Blueprint, old: str, new: str, *, name: str = "boosting", with_model: bool = False
) -> CandidatePlan:
    plan = plan_of(blueprint, name)
    text = plan_text(plan, blueprint)
    assert old in text, text
    return planned_again(text.replace(old, new, 1), plan, blueprint, with_model=with_model)


def lines_of(blueprint: Blueprint, step: str) -> str:
    """Both lines of a step, as the text has them."""
    text = plan_text(plan_of(blueprint, "boosting"), blueprint)
    start = text.index(f"- **{step}**")
    return text[start : text.index("\n", text.index("\n", start) + 1) + 1]


def test_a_recipe_takes_other_constants_and_says_so_in_its_steps(blueprint: Blueprint) -> None:
    plan = again(blueprint, "SETTINGS.depth = 5", "SETTINGS.depth = 4")
    settings = plan.literals["SETTINGS"]
    assert isinstance(settings, dict)
    assert settings["depth"] == 4
    assert any("depth 4" in step.directive for step in plan.steps)
    assert not any("depth 5" in step.directive for step in plan.steps)
    assert plan.recipe == plan_of(blueprint, "boosting").recipe


def test_a_recipe_leaves_out_a_step_by_emptying_what_only_that_step_needs(
    blueprint: Blueprint,
) -> None:
    plan = again(blueprint, lines_of(blueprint, "gaps"), "")
    assert "gaps" not in {step.id for step in plan.steps}
    assert plan.literals["GAPS"] == {}
    assert "Steps: gaps" not in write_preprocessing(plan)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("### Model\n", "### Model\n\n- **guess**: Guess.\n", "cannot take up a new step (guess)"),
        ("- **numbers**: Read", "- **numbers**: Forget", "cannot follow other words (numbers)"),
        ("| y_train", "| y_train", ""),
        ("SETTINGS.depth = 5", "SETTINGS.depth = 'deep'", "is a whole number such as 5"),
        ("RATE = 0.05", "RATE = True", "is a number such as 0.05"),
        ("RATE = 0.05", "RATTE = 0.05", "has no constant RATTE"),
    ],
)
def test_what_a_recipe_cannot_do_is_refused_in_one_sentence(
    blueprint: Blueprint, old: str, new: str, said: str
) -> None:
    if not said:
        old, new, said = "| float32", "| float64", "keeps its contract"
    with pytest.raises(InputError) as raised:
        again(blueprint, old, new)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_step_that_holds_the_program_together_cannot_be_left_out(blueprint: Blueprint) -> None:
    with pytest.raises(InputError, match="cannot do without early_stop"):
        again(blueprint, lines_of(blueprint, "early_stop"), "")


def test_an_unchanged_plan_is_not_written_again(blueprint: Blueprint) -> None:
    with pytest.raises(InputError, match="Nothing differs"):
        again(blueprint, "### Model", "### Model")


def test_a_model_follows_what_a_recipe_cannot(blueprint: Blueprint) -> None:
    plan = again(blueprint, "- **numbers**: Read", "- **numbers**: Forget", with_model=True)
    assert plan.recipe == ""
    assert plan.literals == {}
    assert plan.steps[0].directive.startswith("Forget")
