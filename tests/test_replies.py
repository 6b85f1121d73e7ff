"""Reading replies: JSON however it is wrapped, whole files, edits, and what is sent back."""

import json

import pytest
from pydantic import BaseModel, Field

from agents.conversation import Prompt
from agents.llm.scripted import Answer, ScriptedModel
from agents.replies import (
    Edit,
    Editing,
    NotUnderstood,
    apply_each,
    ask_typed,
    fenced_blocks,
    read_edits,
    read_files,
    read_typed,
)


class Step(BaseModel):
    name: str
    weight: float = Field(gt=0)


class Plan(BaseModel):
    title: str
    steps: list[Step] = []


GOOD = '{"title": "t", "steps": [{"name": "a {", "weight": 1}]}'
PLAN = Plan(title="t", steps=[Step(name="a {", weight=1)])
FENCE = "```"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Here it is:\n{FENCE}json\n{GOOD}\n{FENCE}\nAll {{well}}.",
        f"Sure! In {{short}}: {GOOD} Hope that helps.",
        f"<think>maybe {{'title': 1}}</think>{GOOD}",
        f"no opening tag, {{only}} thoughts</think>\n{GOOD}",
        f'{{"type": "object", "properties": {{"steps": {{}}}}}}\n{GOOD}',
        GOOD.replace("1}]", "1,}],"),
        f"{FENCE}\n{GOOD.replace('1}]', '1}] // done')}\n{FENCE}",
    ],
)
def test_json_is_found_however_it_is_wrapped(text: str) -> None:
    assert read_typed(text, Plan) == PLAN


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("I cannot say.", "There is no JSON object"),
        (GOOD[:-3], "is cut off"),
        ('{"title": "t", "steps": [{"title": "inner"}, {"na', "is cut off"),
        ('{"title": "t", "steps": [{"name": "a"}]}', "- steps.0.weight: Field required"),
        ('{"title": "t", "steps": [{"name": "a", "weight": 0}]}', "(you wrote 0)"),
        ('{"steps": []}', "- title: Field required"),
    ],
)
def test_what_is_wrong_with_json_is_said_to_the_point(text: str, objection: str) -> None:
    found = read_typed(text, Plan)
    assert isinstance(found, NotUnderstood)
    assert objection in found.objection
    assert "pydantic.dev" not in found.objection


def question() -> Prompt:
    return Prompt(role="guideline_agent", part="planner", system="Plan.", user="Which steps?")


async def test_a_typed_question_carries_its_schema_for_servers_and_in_words() -> None:
    model = ScriptedModel([GOOD])
    assert await ask_typed(model.ask, question(), Plan) == PLAN
    asked = model.asked[0]
    assert asked.answer_schema == Plan.model_json_schema()
    assert json.dumps(asked.answer_schema, separators=(",", ":")) in asked.user
    assert asked.user.startswith("Which steps?")


async def test_objections_go_back_at_most_twice_with_the_last_reply_only() -> None:
    model = ScriptedModel(["no", '{"steps": []}', GOOD])
    assert await ask_typed(model.ask, question(), Plan) == PLAN
    assert [len(prompt.exchanges) for prompt in model.asked] == [0, 1, 1]
    assert "title: Field required" in model.asked[2].exchanges[0].objection
    assert model.asked[2].system == model.asked[0].system


async def test_the_same_wrong_answer_for_ever_ends_after_three() -> None:
    model = ScriptedModel(["no"] * 9)
    found = await ask_typed(model.ask, question(), Plan)
    assert isinstance(found, NotUnderstood)
    assert len(model.asked) == 3


async def test_an_answer_cut_off_each_time_is_mended_in_the_end() -> None:
    model = ScriptedModel([Answer(text=GOOD[:-2], ended="length")] * 3)
    assert await ask_typed(model.ask, question(), Plan) == PLAN
    assert model.asked[1].exchanges[0].objection.startswith("Your answer was cut off")


@pytest.mark.parametrize("ended", ["refusal", "content-filter"])
async def test_a_refusal_is_not_argued_with(ended: str) -> None:
    model = ScriptedModel([Answer.model_validate({"text": "I will not.", "ended": ended}), GOOD])
    found = await ask_typed(model.ask, question(), Plan)
    assert isinstance(found, NotUnderstood)
    assert found.refused
    assert len(model.asked) == 1


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "before"),
    [
        ("python preprocess.py", ""),
        ("python:preprocess.py", ""),
        ('python title="tracks/neural/preprocess.py"', ""),
        ("python", "### `preprocess.py`"),
        ("python", "Here is the new **preprocess.py**:\n"),
        ("", "preprocess.py"),
        ("py", "The file you asked for:"),
    ],
)
def test_a_whole_file_is_read_from_a_named_block(info: str, before: str) -> None:
    text = f"Well.\n{before}\n{FENCE}{info}\nx = 1\n\ny = 2\n{FENCE}\nDone."
    assert read_files(text, ["preprocess.py"]) == (("preprocess.py", "x = 1\n\ny = 2\n"),)


def test_several_files_are_told_apart_and_others_left_alone() -> None:
    blocks = [
        f"{name}\n{FENCE}python\n{body}\n{FENCE}"
        for name, body in (("model.py", "m"), ("notes.md", "n"), ("preprocess.py", "p"))
    ]
    found = read_files("\n".join(blocks), ["preprocess.py", "model.py"])
    assert found == (("preprocess.py", "p\n"), ("model.py", "m\n"))


def test_a_fence_within_a_longer_fence_is_text() -> None:
    text = f'````python model.py\n"""\n{FENCE}\n"""\n````'
    assert [block.text for block in fenced_blocks(text)] == [f'"""\n{FENCE}\n"""\n']


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("x = 1", "no code block named model.py and none named preprocess.py"),
        (f"model.py\n{FENCE}\nx\n{FENCE}", "no code block named preprocess.py"),
        (f"model.py\n{FENCE}\nx = 1", "is cut off"),
        (f"model.py\n{FENCE}\nx\n{FENCE}\nmodel.py\n{FENCE}\ny\n{FENCE}", "model.py twice"),
    ],
)
def test_files_that_are_missing_cut_or_doubled_are_asked_for_again(
    text: str, objection: str
) -> None:
    found = read_files(text, ["model.py", "preprocess.py"])
    assert isinstance(found, NotUnderstood)
    assert objection in found.objection


# --- edits -----------------------------------------------------------------------------------

FILES = {"model.py": "import os\n\nx = 1\ny = 2\nx = 1\n", "preprocess.py": "z = 3\n"}


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


Y, OS, Z = block("y = 2\n", "y = 4\n"), block("import os\n", ""), block("z = 3\n", "z = 5\n")


def test_edits_are_read_with_the_path_above_them_fenced_or_not() -> None:
    fenced = f"{FENCE}python\n{Y}{FENCE}\n"
    text = f"I change `model.py`, e.g. so:\n{fenced}and again:\n{OS}preprocess.py\n{Z}"
    edits = read_edits(text, FILES)
    assert edits == (
        Edit("model.py", "y = 2\n", "y = 4\n"),
        Edit("model.py", "import os\n", ""),
        Edit("preprocess.py", "z = 3\n", "z = 5\n"),
    )
    assert Editing(FILES).read(text) == {
        "model.py": "\nx = 1\ny = 4\nx = 1\n",
        "preprocess.py": "z = 5\n",
    }


@pytest.mark.parametrize(
    ("edit", "objection"),
    [
        (Edit("model.py", "x = 1\n", "x = 2\n"), "matches 2 places (lines 3, 5)"),
        (Edit("model.py", "y = 22\n", "y\n"), "the nearest lines are:\n  3: x = 1\n  4: y = 2"),
        (Edit("model.py", "def unlike(anything): ...\n", "y\n"), "nothing in the file is like it"),
        (Edit("model.py", " = 2\n", "y\n"), "matches nothing"),
        (Edit("model.py", "\n", "y\n"), "searches for nothing"),
        (Edit("model.py", "y = 2\n", "y = 2\n"), "changes nothing"),
        (Edit("other.py", "y\n", "x\n"), "there are only: model.py, preprocess.py"),
        (Edit("", "y = 2\n", "x\n"), "there are only"),
    ],
)
def test_an_edit_must_match_once_to_the_letter_and_others_are_made_without_it(
    edit: Edit, objection: str
) -> None:
    good = Edit("preprocess.py", "z = 3\n", "z = 4\n")
    found = apply_each(FILES, [good, edit])
    assert found.objection.startswith("Edit 2")
    assert objection in found.objection
    assert found.done == (good,)
    assert found.files == {**FILES, "preprocess.py": "z = 4\n"}


def test_only_the_edit_that_failed_is_asked_for_again() -> None:
    editing = Editing(FILES)
    wrong = block("y = 22\n", "y = 5\n")
    first = editing.read(f"model.py\n{OS}{wrong}preprocess.py\n{Z}")
    assert isinstance(first, NotUnderstood)
    assert "The other edits are made and stay." in first.objection

    second = editing.read(f"model.py\n{OS}{block('y = 2' + chr(10), 'y = 5' + chr(10))}")

    assert second == {"model.py": "\nx = 1\ny = 5\nx = 1\n", "preprocess.py": "z = 5\n"}


def test_where_no_edit_matches_nothing_is_changed() -> None:
    found = Editing(FILES).read(f"model.py\n{block('q = 9' + chr(10), 'q = 8' + chr(10))}")
    assert isinstance(found, NotUnderstood)
    assert "Nothing was changed. Write all edits again." in found.objection


TWINS = """class Model:
    def fit(self, rows):
        names = list(rows)
        scale = rows.std()
        self.state = (names, scale)

    def refit(self, rows):
        names = list(rows)
        scale = rows.std() + 1
        self.other = (names, scale)
"""


def test_the_place_most_like_all_the_lines_is_shown_with_its_function() -> None:
    wrong = (
        "        names = list(rows)\n        scale = rows.std() + 1.0\n        self.other = names\n"
    )
    found = apply_each({"model.py": TWINS}, [Edit("model.py", wrong, "x\n")])
    assert "(in refit)\n  8:         names = list(rows)" in found.objection
    assert "(in fit)" not in found.objection


def test_where_two_places_are_as_like_both_are_shown() -> None:
    wrong = "        names = [*rows]\n"
    found = apply_each({"model.py": TWINS}, [Edit("model.py", wrong, "x\n")])
    assert "(in fit)" in found.objection
    assert "\n  or\n  (in refit)" in found.objection


@pytest.mark.parametrize(
    ("text", "objection"),
    [("model.py\nno edit", "There is no edit"), (block("a\n", "b\n")[:-9], "is cut off")],
)
def test_edits_that_are_missing_or_cut_off_are_asked_for_again(text: str, objection: str) -> None:
    found = read_edits(text, FILES)
    assert isinstance(found, NotUnderstood)
    assert objection in found.objection
