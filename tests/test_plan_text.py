"""Plans as text: what is written is read back, and what is wrong is named by its line."""

import pytest
from pydantic import JsonValue

from agents.models import (
    Blueprint,
    BlueprintStep,
    CandidatePlan,
    Contract,
    ContractObject,
    MetricChoice,
    SplitPlan,
)
from agents.plan_constants import ConstantError, read_constant, written_constant
from agents.plan_text import UNSAID, PlanTextError, plan_text, read_plan


def promised(name: str, side: str, role: str, **more: object) -> ContractObject:
    return ContractObject.model_validate(
        {"name": name, "side": side, "kind": "DataFrame", "role": role, **more}
    )


def step(part: str, name: str, directive: str = "Do it.") -> BlueprintStep:
    return BlueprintStep.model_validate(
        {"id": name, "part": part, "directive": directive, "reason": "It *helps*."}
    )


LITERALS: dict[str, JsonValue] = {
    "TABLE": "train.csv",
    "RATE": 0.05,
    "SETTINGS": {"depth": 6, "kind": 'a "b" \\ c'},
    "WORDS": ["[x]", "ä"],
    "EMPTY": {},
}
PLAN = CandidatePlan(
    track="traditional",
    name="boosting",
    recipe="tables/boosting",
    literals=LITERALS,
    steps=(
        step("prep", "impute", "Fill `age`,\nwhere it is empty."),
        step("prep", "encode"),
        step("model", "boost"),
        step("train", "stop"),
        step("eval", "folds"),
    ),
    contract=Contract(
        objects=(
            promised("X_train", "train", "features", dtypes=("float32", "str"), nullable=True),
            promised("y_train", "train", "y"),
            promised(
                "X_test", "test", "features", dtypes=("float32", "str"), same_columns_as="X_train"
            ),
            promised("row_id", "test", "row_id", dtypes=("str",)),
        ),
        transductive=True,
        declined={"log.csv": "it says nothing"},
    ),
    reason="It is strong.",
    seconds=7.5,
    threads=2,
)
OTHER = PLAN.model_copy(update={"name": "forest", "literals": {"TABLE": "train.csv", "TREES": 100}})
BLUEPRINT = Blueprint(
    version=1,
    summary="",
    candidates=(PLAN, OTHER),
    split=SplitPlan(splitter="random", folds=3, seed=1),
    metric=MetricChoice(name="auc", direction="higher", title="AUC", source="default"),
)
TEXT = plan_text(PLAN, BLUEPRINT)


def changed(old: str, new: str) -> CandidatePlan:
    assert old in TEXT
    return read_plan(TEXT.replace(old, new, 1), PLAN, BLUEPRINT)


def test_what_is_written_is_read_back() -> None:
    read = read_plan(TEXT, PLAN, BLUEPRINT)
    assert read.steps[0].directive == "Fill `age`, where it is empty."
    assert read.model_copy(update={"steps": PLAN.steps}) == PLAN
    assert plan_text(read, BLUEPRINT) == TEXT


def test_constants_that_all_candidates_share_are_not_shown_and_stay() -> None:
    assert "TABLE" not in TEXT
    assert "SETTINGS.depth = 6" in TEXT
    assert changed("SETTINGS.depth = 6", "SETTINGS.depth = 8").literals == LITERALS | {
        "SETTINGS": {"depth": 8, "kind": 'a "b" \\ c'}
    }


def test_a_step_may_be_broken_over_lines_and_give_no_reason() -> None:
    read = changed(
        "- **encode**: Do it.  \n  *It *helps*.*", "- **encode**: Do\n  it well.\n- **new**: Go on."
    )
    assert [one.id for one in read.steps] == ["impute", "encode", "new", "boost", "stop", "folds"]
    assert read.steps[1].directive == "Do it well."
    assert read.steps[1].reason == UNSAID


def test_the_contract_and_the_budget_can_be_changed() -> None:
    row = "| `y_train` | train | DataFrame | y | any | no |"
    read = changed(row, "| `y_train` | train | Series | y | float64, int8 | yes |")
    assert read.contract.objects[1].dtypes == ("float64", "int8")
    assert read.contract.objects[1].nullable
    assert changed("about 7.5 s on 2 cores", "about 60 s on 1 core").seconds == 60


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## boosting (traditional)", "## forest (traditional)", "leave its name"),
        ("### Model", "### Modell", "is no part of a plan"),
        ("- **boost**: Do it.", "- boost: Do it.", "belongs to no step"),
        ("- **boost**: Do it.", "- **Boost it**: Do it.", "no name of a step"),
        ("- **encode**", "- **impute**", "two steps are called impute"),
        ("- **encode**", "- **folds**", "the engine's own"),
        ("- **boost**: Do it.", "- **boost**:", "says nothing to do"),
        ("  *It *helps*.*\n\n### Model", "  *It helps.\n\n### Model", "ends with an asterisk"),
        ("| `y_train` | train |", "| `y_train` | both |", "'both' is no side: train, test"),
        ("| y | any | no |", "| y | any |", "has 6 cells"),
        ("as X_train", "as X_trian", "no object is called X_trian"),
        ("DataFrame | row_id |", "DataFrame | time |", "no row_id on the side test"),
        ("RATE = 0.05", "RATE = fast", "'fast' is no value"),
        ("RATE = 0.05", "rate: 0.05", "write NAME = value"),
        ("RATE = 0.05", "RATE = 1e999", "is no value"),
        ("SETTINGS.depth = 6", "RATE = 6", "has a value already"),
        ("about 7.5 s on 2 cores", "about -1 s on 2 cores", "write it like"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence_with_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(PlanTextError, match=r"^Line \d+: ") as raised:
        changed(old, new)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert 1 <= raised.value.line <= len(TEXT.splitlines()) + 1


def test_no_text_at_all_is_refused() -> None:
    for text in ("", "\n\n", "x" * 200_000):
        with pytest.raises(PlanTextError):
            read_plan(text, PLAN, BLUEPRINT)


@pytest.mark.parametrize("value", [True, None, 3, -0.5, "a'\"\n", [], {"a": [1, {"b": None}]}])
def test_constants_are_read_as_they_are_written(value: JsonValue) -> None:
    assert read_constant(written_constant(value)) == value


@pytest.mark.parametrize("text", ["{1: 2}", "open('x')", "1 +", "[" * 500, "b'x'", "{1, 2}"])
def test_what_json_cannot_hold_is_no_constant(text: str) -> None:
    with pytest.raises(ConstantError):
        read_constant(text)
