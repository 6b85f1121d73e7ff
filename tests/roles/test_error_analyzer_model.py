"""Where no rule fits a failure, a model is asked for its class and its place."""

import json

import pytest

from agents.adviser import Adviser
from agents.llm.scripted import ScriptedModel
from agents.models import Fault
from agents.roles.error_analyzer import analyze_with

FILES = {
    "preprocess.py": "def clean(cells):\n    return cells\n",
    "model.py": "def weigh(parts):\n    return 1 / len(parts)\n",
}
UNKNOWN = Fault(
    kind="unknown",
    component="model.py",
    message="ZeroDivisionError: division by zero",
    file="model.py",
    line=2,
    function="weigh",
)

SHARED = {"one_file": False, "repeatable": False, "scores": "a number"}
"""What the house rules ask for, which stand at the head of every prompt."""


def answering(**said: object) -> Adviser:
    return Adviser(ScriptedModel([json.dumps(said)]), SHARED)


async def test_class_and_place_are_the_models_and_its_words_follow_the_programs() -> None:
    adviser = answering(
        kind="preprocessing logic",
        component="preprocess.py",
        function="clean",
        cause="All rows are lost.",
    )
    fault = await analyze_with(adviser, UNKNOWN, FILES)
    assert (fault.kind, fault.component, fault.function) == (
        "preprocessing logic",
        "preprocess.py",
        "clean",
    )
    assert fault.line is None
    assert fault.message == "ZeroDivisionError: division by zero\nAll rows are lost."
    model = adviser.model
    assert isinstance(model, ScriptedModel)
    assert "1 / len(parts)" in model.asked[0].user


async def test_a_place_that_is_confirmed_keeps_its_line() -> None:
    adviser = answering(kind="unknown", component="model.py", function="weigh", cause="No parts.")
    fault = await analyze_with(adviser, UNKNOWN, FILES)
    assert (fault.line, fault.function) == (2, "weigh")


async def test_a_function_that_is_not_there_is_not_believed() -> None:
    adviser = answering(kind="unknown", component="model.py", function="nowhere", cause="Odd.")
    assert (await analyze_with(adviser, UNKNOWN, FILES)).function is None


async def test_what_rules_know_is_not_asked() -> None:
    known = UNKNOWN.model_copy(update={"kind": "syntax"})
    assert await analyze_with(Adviser(ScriptedModel([]), {}), known, FILES) is known


@pytest.mark.parametrize("named", ["Model.rows", "model.Model.rows()", "`rows`", "rows"])
async def test_a_function_may_be_named_with_its_class(named: str) -> None:
    files = {**FILES, "model.py": "class Model:\n    def rows(self):\n        return 1\n"}
    adviser = answering(kind="unknown", component="model.py", function=named, cause="No rows.")
    assert (await analyze_with(adviser, UNKNOWN, files)).function == "rows"
