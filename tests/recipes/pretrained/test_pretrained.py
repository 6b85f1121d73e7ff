"""Programs that adapt a pretrained encoder: alone in a process, on weights in a made cache."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.knowledge.encoders import as_encoder, suiting
from agents.knowledge.hub import Hub
from agents.models import CandidatePlan
from agents.recipes.plans.pretrained import (
    Encoder,
    Measured,
    lengths_for,
    longest_within,
    named,
)
from agents.recipes.writing.claims import claimed_steps, unclaimed_steps
from agents.roles.guideline_agent import guide_pretrained
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_encoding, write_preprocessing
from tests.encoders import (
    IMAGE,
    SOUND,
    TEXT,
    cache_in,
    keep,
    write_image_encoder,
    write_sound_encoder,
    write_text_encoder,
)
from tests.notes import write_notes
from tests.recipes.media.drawn import draw
from tests.recipes.media.test_media import DRIVER, RELAXED, view_of
from tests.recipes.support import ROOT, Planned, plan_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DEEP = frozenset({"torch", "transformers"})
KINDS = ("text", "image", "sound")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the Hugging Face libraries with an encoder of each kind."""
    home = tmp_path_factory.mktemp("home")
    for name, write in (
        (TEXT, write_text_encoder),
        (IMAGE, write_image_encoder),
        (SOUND, write_sound_encoder),
    ):
        keep(cache_in(home), name, write(home / "made" / name))
    return home


@pytest.fixture(scope="module", params=KINDS)
def competition(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Planned:
    folder = tmp_path_factory.mktemp(request.param) / "competition"
    if request.param == "text":
        return plan_folder(write_notes(folder, rows=160), target="late")
    return plan_folder(draw(folder, request.param), target="sort")


def encoder_for(competition: Planned, home: Path) -> Encoder:
    hub = Hub({"HF_HOME": str(home)}, home)
    chosen = suiting(competition.task, competition.profile, DEEP, hub.cached())
    assert len(chosen) == 1
    found = as_encoder(chosen[0], chosen[0].checkpoint.revision, hub.cache)
    assert found is not None
    return found


def run_alone(folder: Path, home: Path, *command: str, **more: str) -> None:
    """A command where nothing of this project, and no network, can be reached."""
    ran = subprocess.run(
        [sys.executable, "-I", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={"OMP_NUM_THREADS": "1", "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", **more},
    )
    assert ran.returncode == 0, ran.stderr[-3_000:]


def plans_of(competition: Planned, encoder: Encoder, dimensions: int = 32) -> list[CandidatePlan]:
    longest = lengths_for(encoder)[0]
    return [*guide_pretrained(competition.task, competition.profile, encoder, longest, dimensions)]


def test_an_encoder_is_measured_run_once_and_adapted(
    competition: Planned, home: Path, tmp_path: Path
) -> None:
    encoder = encoder_for(competition, home)
    view = view_of(competition, tmp_path, "blind-1")
    folders = ["--learned", str(view.root / "fit"), "--asked", str(view.root / "predict")]
    first = plans_of(competition, encoder, dimensions=0)[0]
    for part in ("measure", "embed"):
        (tmp_path / f"{part}.py").write_text(write_encoding(first, part), encoding="utf-8")
    run_alone(tmp_path, home, "measure.py", "report.json", *folders)
    measured = Measured.model_validate_json((tmp_path / "report.json").read_text())
    assert measured.dimensions == 32
    assert measured.contents > 50

    vectors = tmp_path / "vectors"
    vectors.mkdir()
    run_alone(tmp_path, home, "embed.py", str(vectors / "one.npz"), *folders)
    with np.load(vectors / "one.npz") as kept:
        assert kept["vectors"].shape == (measured.contents, 32)

    scores = []
    for name, where in (("alone", {}), ("helped", {"EMBEDDINGS": str(vectors), "HF_HOME": "/no"})):
        program = tmp_path / name
        program.mkdir()
        plan = plans_of(competition, encoder)[0]
        (program / "preprocess.py").write_text(write_preprocessing(plan), encoding="utf-8")
        (program / "model.py").write_text(write_model(plan), encoding="utf-8")
        given = [str(view.root / "fit"), str(view.root / "predict"), "scores.csv"]
        driver = f"import sys; sys.argv[1:] = {given!r}\n{DRIVER}"
        run_alone(program, home, "-c", driver, **where)
        scores.append(pd.read_csv(program / "scores.csv", dtype={"row_id": "str"}))
    alone, helped = (one.set_index("row_id") for one in scores)
    assert np.allclose(alone, helped, atol=1e-4)  # the same, with weights or without
    assert view.answers is not None
    target = competition.task.targets[0].name
    answers = pd.read_parquet(view.answers).set_index("row_id")[target]
    guessed = alone.idxmax(axis=1).loc[answers.index]
    assert (guessed == answers).mean() > 0.6


def test_programs_claim_their_steps_are_short_and_pass_the_linter(
    competition: Planned, home: Path, tmp_path: Path
) -> None:
    plans = plans_of(competition, encoder_for(competition, home))
    for plan in plans:
        sources = {"preprocess": write_preprocessing(plan), "model": write_model(plan)}
        assert unclaimed_steps(plan, (sources["preprocess"], sources["model"])) == []
        planned_ids = {step.id for step in plan.steps}
        for part, source in sources.items():
            assert set(claimed_steps(source)) <= planned_ids
            (tmp_path / f"{plan.name}_{part}.py").write_text(source, encoding="utf-8")
    for part in ("measure", "embed"):
        (tmp_path / f"{part}.py").write_text(write_encoding(plans[0], part), encoding="utf-8")
    for file in tmp_path.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert "agents" not in source
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 40, node.name
    options = ["--no-cache", "--config", str(ROOT / "pyproject.toml"), *RELAXED]
    command = [sys.executable, "-m", "ruff", "check", *options, "--ignore", "ANN401", str(tmp_path)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_texts_are_cut_as_the_time_asks_and_given_up_where_nothing_helps() -> None:
    encoder = Encoder(
        repository="acme/Any-Encoder.v2", revision="c0", kind="text", reason="", most_tokens=128
    )
    work = {"128": 900_000.0, "64": 600_000.0, "32": 320_000.0}
    measured = Measured(contents=10_000, dimensions=384, seconds=1e-4, work=work)
    assert encoder.short == "any_encoder_v2"
    assert lengths_for(encoder) == [128, 64, 32]
    lengths = [longest_within(encoder, measured, seconds) for seconds in (100, 70, 40, 30)]
    assert lengths == [128, 64, 32, None]
    line = named([encoder])[0]
    assert 'AutoModel.from_pretrained("acme/Any-Encoder.v2", revision="c0"' in line
