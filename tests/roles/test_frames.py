"""The frames that coders are shown where rows are files: they run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.competition.profiling.preview import preview
from agents.competition.reading.tables import read_cells
from agents.llm.scripted import ScriptedModel
from agents.models import CandidatePlan
from agents.prompts.dossier import Place, ShownTable, dossier
from agents.replies import fenced_blocks
from agents.roles.modeling_coder import Ground, code_model
from agents.roles.preprocessing_coder import Size, code_preprocessing
from tests.recipes.media.drawn import ASKED, SORTS, draw
from tests.recipes.support import Planned, plan_folder

DRIVER = """
import sys
from pathlib import Path
from preprocess import Preprocessor
from model import Model
data = Path(sys.argv[1])
first, model = Preprocessor(), Model()
model.fit(first.fit(data, seed=1, time_limit_s=5.0), seed=1, time_limit_s=5.0)
for part, place in ((first, Path("tables")), (model, Path("fitted"))):
    place.mkdir()
    part.save(place)
second, other = Preprocessor(), Model()
second.load(Path("tables"))
other.load(Path("fitted"))
other.predict(second.transform(data)).to_csv("scores.csv", index=False)
"""
SIZE = Size(rows=60, seconds=30.0, sample_seconds=4.0)


def arrays(plan: CandidatePlan, track: str) -> CandidatePlan:
    """The plan with features as arrays."""
    objects = tuple(
        one.model_copy(update={"kind": "ndarray"}) if one.role == "features" else one
        for one in plan.contract.objects
    )
    contract = plan.contract.model_copy(update={"objects": objects})
    return plan.model_copy(update={"track": track, "recipe": "", "contract": contract})


async def prompts_of(competition: Planned, plan: CandidatePlan) -> list[str]:
    """What both coders are asked."""
    seen = preview(competition.folder, competition.task)
    facts = dossier(
        competition.task,
        competition.profile,
        tables=tuple(ShownTable(*table) for table in seen.tables),
        examples=seen.examples,
        place=Place(("numpy 2.4",), cores=2, memory_gib=8.0, gpu=False),
    )
    answers = [f"```python {name}.py\nx = 1\n```" for name in ("preprocess", "model")]
    model = ScriptedModel(answers)
    await code_preprocessing(Adviser(model, facts), plan, SIZE, example="recipe = 1\n")
    ground = Ground(made="", rows=60, seconds=30.0)
    await code_model(Adviser(model, facts), plan, ground)
    return [prompt.user for prompt in model.asked]


def run_driver(place: Path, data: Path) -> None:
    """Runs what lies there in a process of its own."""
    done = subprocess.run(
        [sys.executable, "driver.py", str(data)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("kind", "track"), [("image", "neural"), ("sound", "traditional")])
async def test_the_frames_for_files_read_learn_save_and_score_as_they_stand(
    kind: str, track: str, tmp_path: Path
) -> None:
    competition = plan_folder(draw(tmp_path / "c", kind), target="sort")
    plan = arrays(competition.blueprint.candidates[0], track)
    for name, asked in zip(
        ("preprocess", "model"), await prompts_of(competition, plan), strict=True
    ):
        shown = asked.partition("## A worked example")[2]
        frame = next(one.text for one in fenced_blocks(shown) if one.info == "python")
        assert "recipe" not in frame
        (tmp_path / f"{name}.py").write_text(frame, encoding="utf-8")
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")

    run_driver(tmp_path, competition.folder)

    scores = read_cells(tmp_path / "scores.csv")
    assert list(scores) == ["row_id", *sorted(SORTS)]
    assert len(scores) == ASKED
    assert (scores != "").all(axis=None)


async def test_a_coder_is_told_its_time_and_where_the_files_of_the_asked_rows_lie(
    tmp_path: Path,
) -> None:
    competition = plan_folder(draw(tmp_path / "c", "image"), target="sort")
    plan = arrays(competition.blueprint.candidates[0], "traditional")

    asked, _ = await prompts_of(competition, plan)

    assert "`time_limit_s` of `fit` is 30 s for all 60 training rows" in asked
    assert "where `time_limit_s` is 4." in asked
    assert "While `fit` runs, `data_dir/seen/` holds the files of the training rows" in asked
    assert "`data_dir/asked/` holds those of the rows that are asked" in asked
    assert asked.count("60 files of images") == 1
    assert "same shape but for the rows as `X_train`" in asked
