"""A neural network for tables, trained several times, each time with other rows held out."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from agents.recipes.blocks.holdout import held_out_rows
from agents.recipes.blocks.neural_network import (
    LAYERS,
    MEMBERS,
    MIXTURES,
    WIDTH,
    WORD_SIZE,
    Network,
    Rows,
)
from agents.recipes.blocks.neural_training import (
    BATCH,
    LAPS,
    LOSS,
    Lesson,
    answers,
    batch_size,
    train_network,
)
from agents.recipes.blocks.targets import learnable, quantities, ranges_of
from agents.recipes.blocks.weights import WEIGHTED

PROBLEM = "binary"
CLASSES: list[str] = []
TARGETS: list[str] = []
AS_NUMBER = False
NETWORKS = 6
EPOCHS = 16
FEWEST_STEPS = 320
SECONDS_A_STEP = 2e-3
SECONDS_A_PRODUCT = 5e-11
SPEEDUP = {"cpu": 1, "mps": 5, "cuda": 20}


class Model:
    """Networks whose predictions are averaged."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Train network after network while the time allows another."""
        goals = learnable(train["y_train"])
        self.learned: dict[str, Any] = {"shape": shape_of(train["X_train"])}
        if AS_NUMBER:
            self.learned |= {"ranges": ranges_of(goals), "centre": goals.mean().to_list()}
            self.learned["spread"] = goals.std(ddof=0).replace(0, 1).to_list()
        lesson = self.lesson(train, goals)
        steps, networks = dimensions(self.learned["shape"], len(goals), time_limit_s)
        end = time.monotonic() + 2 * time_limit_s
        self.networks: list[Network] = []
        for number in range(seed, seed + networks):
            torch.manual_seed(number)
            network = Network(**self.learned["shape"]).to(find_device())
            held_out = torch.from_numpy(held_out_rows(train, number))
            train_network(network, lesson.at(~held_out), lesson.at(held_out), steps, end)
            self.networks.append(network)
            if time.monotonic() > end:
                break

    def lesson(self, train: dict[str, Any], goals: pd.DataFrame) -> Lesson:
        """Training rows as tensors."""
        weights = np.ones(len(goals))
        if WEIGHTED:
            weights = train["weight_train"].to_numpy() / train["weight_train"].mean()
        if AS_NUMBER:
            wanted = (goals.to_numpy() - self.learned["centre"]) / self.learned["spread"]
        elif PROBLEM == "multilabel":
            wanted = goals.to_numpy()
        else:
            wanted = pd.Index(CLASSES).get_indexer(pd.Index(goals.iloc[:, 0]))
        kind = torch.long if LOSS == "cross_entropy" else torch.float32
        return Lesson(
            as_rows(train["X_train"]),
            torch.tensor(wanted, dtype=kind, device=find_device()),
            torch.tensor(weights, dtype=torch.float32, device=find_device()),
        )

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Score the rows."""
        rows = as_rows(test["X_test"])
        each = [in_shares(answers(network, rows)) for network in self.networks]
        found = torch.stack(each).mean(0).double().cpu().numpy()
        if AS_NUMBER:
            found = found * self.learned["spread"] + self.learned["centre"]
            scores = quantities(found, self.learned["ranges"])
        elif PROBLEM == "multilabel":
            scores = pd.DataFrame(found, columns=TARGETS)
        else:
            scores = pd.DataFrame(found, columns=CLASSES)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the networks."""
        states = [network.state_dict() for network in self.networks]
        torch.save(states, directory / "networks.pt")
        (directory / "learned.json").write_text(json.dumps(self.learned), encoding="utf-8")

    def load(self, directory: Path) -> None:
        """Read the networks."""
        self.learned = json.loads((directory / "learned.json").read_text(encoding="utf-8"))
        states = torch.load(directory / "networks.pt", map_location="cpu", weights_only=True)
        self.networks = []
        for state in states:
            network = Network(**self.learned["shape"])
            network.load_state_dict(state)
            self.networks.append(network.to(find_device()))


def find_device() -> torch.device:
    """A graphics card if there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def shape_of(features: pd.DataFrame) -> dict[str, Any]:
    """What a network has to take in and to put out."""
    counts = features.dtypes.value_counts()
    codes = features.select_dtypes("int32")
    return {
        "numbers": int(counts.get(np.dtype("float32"), 0)),
        "flags": int(counts.get(np.dtype("int8"), 0)),
        "words": [int(codes[name].max()) + 1 for name in codes],
        "outputs": len(CLASSES) if LOSS == "cross_entropy" else len(TARGETS),
    }


def as_rows(features: pd.DataFrame) -> Rows:
    """Features as tensors: numbers, flags, codes of words."""

    def columns(dtype: str, wanted: torch.dtype) -> Tensor:
        values = features.loc[:, features.dtypes == dtype].to_numpy()
        return torch.tensor(values, dtype=wanted, device=find_device())

    return Rows(
        columns("float32", torch.float32),
        columns("int8", torch.float32),
        columns("int32", torch.long),
    )


def dimensions(shape: dict[str, Any], rows: int, time_limit_s: float) -> tuple[int, int]:
    """Steps of training and number of networks for the time there is.

    Judged by what a step usually costs, not by a clock: the same limit gives the same networks.
    """
    inputs = shape["numbers"] * (1 + MIXTURES) + shape["flags"] + len(shape["words"]) * WORD_SIZE
    a_row = MEMBERS * WIDTH * (inputs + (LAYERS - 1) * WIDTH + shape["outputs"])
    seconds = SECONDS_A_STEP + 3 * batch_size(rows) * a_row * SECONDS_A_PRODUCT
    affordable = max(LAPS, int(time_limit_s * SPEEDUP[find_device().type] / seconds))
    steps = min(affordable, max(FEWEST_STEPS, EPOCHS * rows // BATCH))
    return steps, min(NETWORKS, affordable // steps)


def in_shares(found: Tensor) -> Tensor:
    """Log-probabilities and log-odds as probabilities; numbers as they are."""
    if LOSS == "cross_entropy":
        return found.exp()
    return found.sigmoid() if LOSS == "binary_cross_entropy" else found
