"""A small network.

Steps: network, epochs
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import LabelEncoder
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

BATCH_SIZE = 64
EPOCHS = 12
HIDDEN = 32
LEARNING_RATE = 0.01


class Net(nn.Module):
    """Two layers."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Linear(inputs, HIDDEN)
        self.head = nn.Linear(HIDDEN, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the classes."""
        return self.head(F.relu(self.body(x)))


class Model:
    """A network on scaled numbers."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Train for some epochs."""
        torch.manual_seed(seed)
        self.encoder = LabelEncoder().fit(train["y_train"])
        X = torch.tensor(train["X_train"].to_numpy(), dtype=torch.float32)
        y = torch.tensor(self.encoder.transform(train["y_train"]), dtype=torch.long)
        loader = DataLoader(TensorDataset(X, y), batch_size=BATCH_SIZE, shuffle=True)
        self.net = Net(X.shape[1], len(self.encoder.classes_))
        optimiser = torch.optim.Adam(self.net.parameters(), lr=LEARNING_RATE)
        for _ in range(EPOCHS):
            self.train_epoch(loader, optimiser)

    def train_epoch(self, loader: DataLoader[Any], optimiser: torch.optim.Optimizer) -> None:
        """One pass over the rows."""
        self.net.train()
        for inputs, labels in loader:
            optimiser.zero_grad()
            loss = F.cross_entropy(self.net(inputs), labels)
            loss.backward()
            optimiser.step()

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Probabilities of the classes."""
        self.net.eval()
        X = torch.tensor(test["X_test"].to_numpy(), dtype=torch.float32)
        with torch.no_grad():
            proba = F.softmax(self.net(X), dim=1).numpy()
        scores = pd.DataFrame(proba.astype(np.float64), columns=self.encoder.classes_)
        scores.insert(0, "row_id", test["row_id"])
        return scores

    def save(self, directory: Path) -> None:
        """Write the weights."""
        torch.save(
            {
                "weights": self.net.state_dict(),
                "classes": [str(name) for name in self.encoder.classes_],
                "inputs": self.net.body.in_features,
            },
            directory / "net.pt",
        )

    def load(self, directory: Path) -> None:
        """Read the weights."""
        state = torch.load(directory / "net.pt")
        self.encoder = LabelEncoder().fit(state["classes"])
        self.net = Net(state["inputs"], len(state["classes"]))
        self.net.load_state_dict(state["weights"])
