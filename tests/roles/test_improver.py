"""The Improver is told what each block is worth, and changes one file."""

from dataclasses import replace

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.errors import NotUnderstoodError
from agents.llm.scripted import ScriptedModel
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.recipes.writing.blocks import Block
from agents.roles.improver import Standing, propose_change
from agents.run.by_models.ablation import Worth, ordered
from tests.engine.played import edit
from tests.recipes.support import Planned, planned

FILES = {
    "preprocess.py": 'def sums(rows):\n    """Add.\n\n    Steps: add\n    """\n    return rows\n',
    "model.py": 'def fit(rows):\n    """Fit.\n\n    Steps: fit\n    """\n    return 1\n',
}
SUMS, FIT = Block("preprocess.py", "sums", 6), Block("model.py", "fit", 6)
WORTHS = ordered(
    FILES,
    {
        SUMS: Worth(SUMS, "nothing runs when it is skipped (KeyError: 'x')", None, ruin=True),
        FIT: Worth(FIT, "0.0210 ±0.0040 worse with default parameters", 0.021),
    },
)


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    return planned(tmp_path_factory.mktemp("improver") / "c", "binary")


def adviser(competition: Planned, *answers: str) -> Adviser:
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("pandas 3.0.1",), cores=2, memory_gib=8.0, gpu=False),
    )
    return Adviser(ScriptedModel(answers), facts)


def standing(competition: Planned) -> Standing:
    return Standing(
        plan=competition.plan("baseline"),
        files=FILES,
        score="0.8000 ±0.0100",
        block=WORTHS[0].block,
        blocks=WORTHS,
        seconds=9.0,
        others="boosting 0.8100",
        tried=["A wider net. Outcome: no better than baseline on fold 1: -0.0100 ±0.0050."],
    )


def test_what_moves_the_score_most_comes_first_and_what_nothing_is_left_without_last() -> None:
    more = [FILES["model.py"].replace("fit(", f"{name}(") for name in ("g", "h")]
    files = {**FILES, "model.py": "\n\n".join([FILES["model.py"], *more])}
    h = Block("model.py", "h", 6)
    constant = Worth(h, "0.3000 ±0.0100 worse when it is skipped, no better than a constant", 0.3)
    measured = {one.block: one for one in WORTHS} | {h: replace(constant, ruin=True)}

    found = ordered(files, measured)

    assert [one.block.name for one in found] == ["fit", "g", "h", "sums"]
    assert found[1].text == "not measured"


async def test_the_prompt_names_the_block_its_worth_and_what_was_tried(
    competition: Planned,
) -> None:
    answer = edit("model.py", "    return 1", "    return 2", "Two may be better than one.")
    asked = adviser(competition, answer)

    change = await propose_change(asked, standing(competition))

    assert change.files == {**FILES, "model.py": FILES["model.py"].replace("1", "2")}
    assert change.expected == "Two may be better than one."
    assert isinstance(asked.model, ScriptedModel)
    user = asked.model.asked[0].user
    assert "It scores 0.8000 ±0.0100 (accuracy, higher is better); beside it: boosting 0.81" in user
    assert "- `fit` of `model.py`: 0.0210 ±0.0040 worse with default parameters" in user
    assert "- A wider net. Outcome: no better than baseline on fold 1" in user
    assert "`model.py` (change this one):" in user
    assert "Propose one change of the block `fit`" in user
    assert "one sentence of at most 200 letters" in user  # what is kept of it


async def test_a_change_of_the_other_file_is_refused(competition: Planned) -> None:
    wrong = edit("preprocess.py", "    return rows", "    return rows * 2", "Elsewhere.")

    with pytest.raises(NotUnderstoodError):
        await propose_change(adviser(competition, *[wrong] * 3), standing(competition))


BESIDE = {**FILES, "model.py": f"{FILES['model.py']}\n\ndef kept(rows):\n    return [1]\n"}
BOTH = "".join(
    (
        edit("model.py", "    return 1", "    return 2", "Two may be better than one."),
        edit("model.py", "    return [1]", "    return [2]", ""),
    )
)
HELPER = "def helper():\n    return 2\n\n\ndef kept(rows):"
ONE = "".join(
    (
        edit("model.py", "    return 1", "    return helper()", "A helper may be better."),
        edit("model.py", "def kept(rows):", HELPER, ""),
    )
)


async def test_edits_beyond_the_block_go_back_once_with_what_they_reach(
    competition: Planned,
) -> None:
    asked = adviser(competition, BOTH, ONE)

    change = await propose_change(asked, replace(standing(competition), files=BESIDE))

    assert "return [1]" in change.files["model.py"]
    assert "return helper()" in change.files["model.py"]
    assert change.expected == "A helper may be better."
    assert isinstance(asked.model, ScriptedModel)
    [told] = asked.model.asked[1].exchanges
    assert "to change `fit` and nothing else; your edits change `kept` too" in told.objection


@pytest.mark.parametrize("then", [BOTH, "I will not."])
async def test_edits_that_the_model_stands_by_are_taken_as_a_change_of_all_they_touch(
    competition: Planned, then: str
) -> None:
    asked = adviser(competition, BOTH, then, then)

    change = await propose_change(asked, replace(standing(competition), files=BESIDE))

    assert "return [2]" in change.files["model.py"]
    assert change.expected == "Two may be better than one. It also changes `kept`."
