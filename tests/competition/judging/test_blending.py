"""An ensemble of kept candidates, and what it says where nobody chose by."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.blending import Blend, blend_members, blend_vaults
from agents.competition.judging.scores import (
    BlindScores,
    Truth,
    load_vault,
    score_vault,
    store_blind,
    store_vault,
)
from agents.models import MetricChoice, Target, Task

TASK = Task(
    name="t",
    problem="regression",
    targets=(Target(name="price", kind="number"),),
    id_column="id",
    metric=MetricChoice(name="rmse", direction="lower", title="RMSE", source="default"),
    tables=(),
)
MEMBERS = {"a-2": "one", "b-2": "other"}


def prices(rows: int, seed: int) -> pd.DataFrame:
    said = np.random.default_rng(seed).uniform(0, 100, rows)
    return pd.DataFrame({"row_id": np.arange(rows).astype(str), "price": said})


def guess(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    noise = np.random.default_rng(seed).normal(0, 10, len(truth))
    return truth.assign(price=truth["price"] + noise)


@pytest.fixture
def blended(tmp_path: Path) -> Blend:
    answers = {}
    for fold in (1, 2):
        answers[fold] = tmp_path / f"blind-{fold}.parquet"
        frame = prices(300, fold)
        frame.assign(price=frame["price"].map(repr)).to_parquet(answers[fold])
    for place, key in enumerate(MEMBERS):
        frames = {fold: guess(prices(300, fold), 10 * fold + place) for fold in (1, 2)}
        store_blind(BlindScores.pooled(frames), tmp_path, key)
    return blend_members(TASK, "greedy", MEMBERS, answers, tmp_path)


def test_a_blend_answers_the_vault_with_the_weights_that_blind_rows_gave_it(
    blended: Blend, tmp_path: Path
) -> None:
    kept = prices(200, 3)
    frames = {key: guess(kept, 50 + place) for place, key in enumerate(MEMBERS)}
    for key, frame in frames.items():
        store_vault(frame, tmp_path, key)

    blend_vaults(blended, tmp_path)

    said = load_vault(tmp_path, blended.key)
    assert said is not None
    weights = blended.pool.weights
    mean = sum(weights[key] * frames[key]["price"] for key in MEMBERS)
    assert set(weights) == set(MEMBERS)
    assert np.allclose(said["price"], mean, rtol=0.02)
    labels = Truth(kept, np.zeros(len(kept), dtype=np.int64))
    score = score_vault(TASK, said, labels, blended.decision)
    assert score.value == pytest.approx(blended.score.value, abs=3 * score.error)
    assert score.how == "vault"


def test_a_blend_with_a_member_that_has_not_answered_the_vault_does_not_answer_it(
    blended: Blend, tmp_path: Path
) -> None:
    store_vault(prices(200, 3), tmp_path, "a-2")
    blend_vaults(blended, tmp_path)
    assert load_vault(tmp_path, blended.key) is None
