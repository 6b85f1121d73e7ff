"""Training a network, and keeping it as it was when it knew held-out rows best."""

import copy
import math
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from agents.recipes.blocks.neural_network import Network, Rows

LOSS = "cross_entropy"
QUANTILE = 0.5
WEIGHTED = False
RATE = 0.02
DECAY = 0.01
BATCH = 256
FEWEST_IN_BATCH = 32
LAPS = 15
ROWS_AT_ONCE = 8192


class Lesson(NamedTuple):
    """Rows with what is wanted of them: class codes (rows,), or numbers (rows, outputs)."""

    rows: Rows
    wanted: Tensor
    weights: Tensor

    def at(self, places: Tensor) -> "Lesson":
        """Some of the rows."""
        return Lesson(self.rows.at(places), self.wanted[places], self.weights[places])


def train_network(
    network: Network, learned: Lesson, held_out: Lesson, steps: int, end: float
) -> None:
    """Learn in 15 laps; after each one look at held-out rows, and keep the best network.

    Steps: laps

    Args:
        network: What learns.
        learned: Rows to learn from.
        held_out: Rows that only say how good it is.
        steps: How often to improve it.
        end: No lap but the first begins after this moment of `time.monotonic`.
    """
    optimizer = torch.optim.AdamW(weights_of(network), betas=(0.9, 0.95))
    batches = draw_batches(len(learned.wanted))
    best, least = network.state_dict(), math.inf
    bounds = [steps * lap // LAPS for lap in range(LAPS + 1)]
    for begin, stop in pairwise(bounds):
        if begin and time.monotonic() > end:
            break
        for step in range(begin, stop):
            for group in optimizer.param_groups:
                group["lr"] = RATE * share_of_rate(step / steps)
            improve(network, optimizer, learned.at(next(batches)))
        loss = loss_on(network, held_out)
        sys.stdout.write(f"step {stop} of {steps}: held-out loss {loss:.4f}\n")
        if loss < least:
            best, least = copy.deepcopy(network.state_dict()), loss
    network.load_state_dict(best)


def share_of_rate(done: float) -> float:
    """How large steps are: waves of 1, 2, 4 and 8 laps (Holzmueller et al. 2024, "coslog4").

    At the end of each the network is finished, whichever length suits the data.
    """
    return (1 - math.cos(2 * math.pi * math.log2(1 + LAPS * done))) / 2


def weights_of(network: Network) -> list[dict[str, Any]]:
    """Only weights between layers are held back; embeddings and offsets are few or scaled."""
    held_back = [layer.weight for layer in network.layers] + [network.heads]
    free = [one for one in network.parameters() if not any(one is other for other in held_back)]
    return [{"params": held_back, "weight_decay": DECAY}, {"params": free, "weight_decay": 0.0}]


def draw_batches(rows: int) -> Iterator[Tensor]:
    """Places of rows, over and over in another order; small tables in small batches."""
    size = batch_size(rows)
    while True:
        order = torch.randperm(rows)
        for begin in range(0, rows - size + 1, size):
            yield order[begin : begin + size]


def batch_size(rows: int) -> int:
    """How many rows a step looks at: fewer where there are few."""
    return min(rows, max(FEWEST_IN_BATCH, min(BATCH, rows // 8)))


def improve(network: Network, optimizer: torch.optim.Optimizer, lesson: Lesson) -> None:
    """One step down the mean loss of all members."""
    network.train()
    device = lesson.wanted.device.type
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        outputs = network(lesson.rows)
    loss = mean_error(outputs.float(), lesson)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()


def loss_on(network: Network, lesson: Lesson) -> float:
    """The loss of all members together."""
    return mean_error(answers(network, lesson.rows).unsqueeze(0), lesson).item()


def mean_error(outputs: Tensor, lesson: Lesson) -> Tensor:
    """The mean loss over members and rows; outputs have shape (members, rows, outputs)."""
    found = errors(outputs, lesson.wanted)
    return (found * lesson.weights).mean() if WEIGHTED else found.mean()


def errors(outputs: Tensor, wanted: Tensor) -> Tensor:
    """The loss of every member (or of all together) on every row, shape (members, rows)."""
    if LOSS == "cross_entropy":
        logarithms = outputs.log_softmax(2)
        return -logarithms[:, torch.arange(len(wanted), device=wanted.device), wanted]
    if LOSS == "binary_cross_entropy":
        every = wanted.expand_as(outputs)
        found = nn.functional.binary_cross_entropy_with_logits(outputs, every, reduction="none")
        return found.mean(2)
    if LOSS == "absolute_error":
        return (outputs - wanted).abs().mean(2)
    if LOSS == "pinball":
        under = wanted - outputs
        return torch.maximum(QUANTILE * under, (QUANTILE - 1) * under).mean(2)
    return (outputs - wanted).square().mean(2)


@torch.no_grad()
def answers(network: Network, rows: Rows) -> Tensor:
    """What the members say together: numbers, log-probabilities or log-odds (rows, outputs)."""
    network.eval()
    found = []
    for begin in range(0, len(rows.flags), ROWS_AT_ONCE):
        outputs = network(rows.at(slice(begin, begin + ROWS_AT_ONCE)))
        if LOSS == "cross_entropy":
            found.append(outputs.softmax(2).mean(0).log())
        elif LOSS == "binary_cross_entropy":
            found.append(outputs.sigmoid().mean(0).logit(1e-6))
        else:
            found.append(outputs.mean(0))
    return torch.cat(found)
