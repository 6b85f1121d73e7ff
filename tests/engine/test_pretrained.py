"""The pretrained track in whole runs: fetched, measured, mounted, adapted, handed on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.api import STATE_DIR
from agents.journal.events import (
    BlueprintWritten,
    ProgramStarted,
    ProposalAccepted,
    Retrieved,
    TrackEnded,
)
from tests.encoders import TEXT as NAME
from tests.encoders import cache_in, keep, write_text_encoder
from tests.engine.played import ELSEWHERE, EXPLORE, READING, code, write_script
from tests.engine.support import SHORT, facts_of, run_engine, state_of
from tests.knowledge.hubs import listed
from tests.knowledge.shelves import REVISION, shelves
from tests.notes import write_notes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SETTINGS = SHORT | {"only": "pretrained", "web": True}


def test_an_encoder_of_the_hub_is_fetched_once_adapted_and_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    competition = write_notes(tmp_path / "c", rows=160, beside=False)
    files = write_text_encoder(tmp_path / "files")
    home = tmp_path / "home"
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    with shelves({NAME: files}) as server:
        server.listed = [listed(NAME, 22.5, sha=REVISION)]
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        ended = run_engine(competition, settings=SETTINGS)
    assert ended.returncode == 0, ended.stderr

    facts = [fact.event for fact in facts_of(competition)]
    fetched = [one.entry for one in facts if isinstance(one, Retrieved)]
    assert [one.kind for one in fetched] == ["checkpoints", "weights"]
    assert fetched[1].address.endswith(f"/{NAME}/tree/{REVISION}")
    assert not fetched[1].concerns
    programs = [one.step for one in facts if isinstance(one, ProgramStarted)]
    first = next(step for step in programs if step.startswith("pretrained"))
    assert first == "pretrained/tiny_words/measure"
    assert programs.index("baseline/round-1/fold-1") < programs.index(first)
    assert programs.count("pretrained/tiny_words/embed") == 1
    accepted = [one for one in facts if isinstance(one, ProposalAccepted)]
    assert ("pretrained", "tiny_words_linear") in [(one.track, one.candidate) for one in accepted]
    state = state_of(competition)
    assert state.submission is not None
    assert state.submission.check.valid

    track = competition / "pipeline" / "tracks" / "pretrained"
    source = (track / "solution.py").read_text(encoding="utf-8")
    assert f'ENCODER = "{NAME}"' in source
    assert f'REVISION = "{REVISION}"' in source
    ran = subprocess.run(
        [sys.executable, "solution.py", "run", "--data", str(competition), "--output", "out.csv"],
        cwd=track,
        env={"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    assert (track / "out.csv").read_text(encoding="utf-8").count("\n") == 41

    again = run_engine(competition, settings=SETTINGS)  # nobody is at the address any more
    assert again.returncode == 0, again.stderr
    assert len([one for one in facts_of(competition) if isinstance(one.event, Retrieved)]) == 2


def test_weights_that_are_no_model_decline_the_track_and_cost_no_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    competition = write_notes(tmp_path / "c", rows=120, beside=False)
    files = write_text_encoder(tmp_path / "files")
    (files / "model.safetensors").write_bytes(b"no weights at all")
    keep(cache_in(tmp_path / "home"), NAME, files)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    ended = run_engine(competition, settings=SETTINGS | {"web": False})
    assert ended.returncode == 0, ended.stderr
    told = [fact.event for fact in facts_of(competition)]
    declined = [one for one in told if isinstance(one, TrackEnded) and one.track == "pretrained"]
    assert [one.state for one in declined] == ["declined"]
    assert declined[0].text.startswith(f"`{NAME}` could not be run here: ")
    blueprints = [one.blueprint for one in told if isinstance(one, BlueprintWritten)]
    assert "pretrained" in blueprints[-1].declined
    submission = state_of(competition).submission
    assert submission is not None
    assert submission.check.valid


PLAN = {
    "summary": "Notes are all there is, and an encoder is at hand.",
    "plans": [
        {
            "track": "pretrained",
            "name": "Own head",
            "idea": "The encoder at hand, with a line on it.",
            "steps": [
                {"id": "read", "part": "prep", "directive": "Encode.", "reason": "At hand."},
                {"id": "logit", "part": "model", "directive": "Logistic.", "reason": "Few rows."},
                {"id": "fit", "part": "train", "directive": "C of 1.", "reason": "Usual."},
            ],
            "dtypes": ["float32"],
            "seconds": 20,
        }
    ],
}
# By their own names, so that they are imported once a process and not in every fork of it.
OWN = f'''"""What the encoder says of notes.

Steps: read
"""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import BertModel, BertTokenizer

SOURCE = {{"pretrained_model_name_or_path": "{NAME}", "revision": "REVISED"}}


def features(cells: pd.DataFrame) -> pd.DataFrame:
    """Encode notes.

    Steps: read
    """
    network = BertModel.from_pretrained(**SOURCE, dtype=torch.float32).eval()
    tokens = BertTokenizer.from_pretrained(**SOURCE)(
        cells["entry"].tolist(), padding="max_length", max_length=40, truncation=True,
        return_tensors="pt",
    )
    with torch.inference_mode():
        found = network(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1)
    said = ((found * mask).sum(1) / mask.sum(1)).numpy().round(4)
    return pd.DataFrame(said, columns=[f"m{{place}}" for place in range(said.shape[1])])


class Preprocessor:
    """Encoded notes."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the rows to learn from."""
        cells = pd.read_csv(data_dir / "train.csv", dtype=str, keep_default_na=False)
        return {{"X_train": features(cells), "y_train": cells["late"]}}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Read the rows to be answered."""
        cells = pd.read_csv(data_dir / "test.csv", dtype=str, keep_default_na=False)
        return {{"X_test": features(cells), "row_id": cells["note_id"]}}

    def save(self, directory: Path) -> None:
        """Keep nothing."""

    def load(self, directory: Path) -> None:
        """Read nothing."""
'''


def test_a_model_plans_on_encoders_at_hand_and_its_code_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    competition = write_notes(tmp_path / "c", rows=120, beside=False)
    revision = keep(cache_in(tmp_path / "home"), NAME, write_text_encoder(tmp_path / "files"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    name = write_script(
        tmp_path / "answers.jsonl",
        ("task_analyzer", json.dumps(READING)),
        (
            "profiling_agent",
            code("explore.py", EXPLORE.replace("member", "entry").replace("seated", "late")),
        ),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", OWN.replace("REVISED", revision))),
        ("modeling_coder", code("model.py", ELSEWHERE)),
    )
    only_models = SETTINGS | {"web": False, "only": "model", "model": name, "improve_rounds": 0}
    ended = run_engine(competition, settings=only_models)
    assert ended.returncode == 0, ended.stderr
    told = [fact.event for fact in facts_of(competition)]
    accepted = [one.candidate for one in told if isinstance(one, ProposalAccepted)]
    assert "own_head" in accepted
    logs = competition / "pipeline" / STATE_DIR / "logs"
    prompt = (logs / "plan__rivals__ask-1.prompt.md").read_text(encoding="utf-8")
    assert f'`AutoModel.from_pretrained("{NAME}", revision="{revision}"' in prompt
    assert "**pretrained**: a pretrained model at hand" in prompt
    programs = [one.step for one in told if isinstance(one, ProgramStarted)]
    assert not any(step.startswith("pretrained/tiny_words") for step in programs)
