"""Every architecture, as the text that is shown: alone on PyTorch it runs, learns, and is true."""

import ast
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from agents.knowledge.architectures import Architecture, all_architectures
from tests.recipes.architectures.toys import ROWS, TOYS, Toy

STEPS = 12
EVERY = pytest.mark.parametrize("one", all_architectures(), ids=lambda one: one.name)


@pytest.fixture(autouse=True)
def one_thread_and_one_seed() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(7)
    yield
    torch.set_num_threads(threads)


def run(one: Architecture) -> dict[str, Any]:
    """The names that the shown text defines."""
    names: dict[str, Any] = {}
    exec(compile(one.code, f"{one.name}.py", "exec"), names)
    return names


def toy_of(one: Architecture) -> Toy:
    stated = re.fullmatch(r"[\d,]+ of `(\w+)\(.*\)`\.", one.parameters)
    assert stated is not None
    return TOYS[one.name](run(one)[stated[1]])


def test_there_is_a_toy_for_each_and_there_are_enough() -> None:
    assert [one.name for one in all_architectures()] == sorted(TOYS)
    assert len(TOYS) >= 25


@EVERY
def test_the_text_needs_nothing_but_pytorch(one: Architecture) -> None:
    tree = ast.parse(one.code)
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names) == {"torch"}


@EVERY
def test_it_has_as_many_parameters_as_it_says(one: Architecture) -> None:
    stated = re.fullmatch(r"([\d,]+) of `(.+)`\.", one.parameters)
    assert stated is not None
    network: nn.Module = eval(stated[2], run(one))
    assert f"{sum(each.numel() for each in network.parameters()):,}" == stated[1]


@EVERY
def test_it_learns(one: Architecture) -> None:
    toy = toy_of(one)
    optimizer = torch.optim.Adam(toy.network.parameters(), toy.rate)
    toy.network.train()
    losses = []
    for _ in range(STEPS):
        loss = toy.loss()
        losses.append(loss.item())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        unmoved = [name for name, each in toy.network.named_parameters() if each.grad is None]
        assert unmoved == []
        optimizer.step()
    assert min(losses[-3:]) < 0.9 * losses[0]


@EVERY
def test_it_answers_in_the_promised_shape_and_twice_alike(
    one: Architecture,
) -> None:
    toy = toy_of(one)
    toy.network.eval()
    with torch.no_grad():
        answers = toy.outputs()
        again = toy.outputs()
    assert answers.shape == torch.Size(toy.shape)
    assert answers.dtype == torch.float32
    assert bool(torch.isfinite(answers).all())
    assert torch.equal(answers, again)


def built(name: str, call: str) -> nn.Module:
    one = next(one for one in all_architectures() if one.name == name)
    network: nn.Module = eval(call, run(one))
    return network.eval()


def test_gaps_at_the_end_of_a_text_change_nothing() -> None:
    words = torch.randint(1, 30, (ROWS, 8))
    longer = torch.cat([words, torch.zeros(ROWS, 4, dtype=torch.long)], dim=1)
    for name, call in (
        ("texts/text_transformer", "TextTransformer(30, 2, 16)"),
        ("texts/embedding_bag", "EmbeddingBag(30, 2)"),
    ):
        network = built(name, call)
        assert torch.allclose(network(words), network(longer), atol=1e-5), name


def test_the_order_of_a_set_changes_nothing_and_neither_do_gaps() -> None:
    records, there = torch.randn(ROWS, 6, 4), torch.ones(ROWS, 6, dtype=torch.bool)
    gaps = torch.cat([there, torch.zeros(ROWS, 2, dtype=torch.bool)], dim=1)
    longer = torch.cat([records.flip(1), torch.randn(ROWS, 2, 4)], dim=1)
    for name, call in (
        ("sets/deep_sets", "DeepSets(4, 2)"),
        ("sets/attention_pool", "AttentionPool(4, 2)"),
    ):
        network = built(name, call)
        assert torch.allclose(network(records, there), network(longer, gaps), atol=1e-5), name


def test_temporal_convolutions_never_look_ahead() -> None:
    body = built("series/temporal_convolutions", "TemporalConvolutions(1, 1)").body
    assert isinstance(body, nn.Module)
    past = torch.randn(2, 1, 40)
    changed = past.clone()
    changed[:, :, 30:] += 1
    before: Tensor = body(past)[:, :, :30]
    assert torch.allclose(before, body(changed)[:, :, :30])


def test_quantiles_rise_and_grades_sum_to_one() -> None:
    vectors = 5 * torch.randn(ROWS, 5)
    rising = built("heads/quantiles", "QuantileHead(5, [0.9, 0.1, 0.5])")(vectors)
    assert bool((rising.diff(dim=1) >= 0).all())
    grades = built("heads/ordinal", "OrdinalHead(5, 4)")(vectors)
    assert torch.allclose(grades.sum(1), torch.ones(ROWS))
    assert bool((grades >= 0).all())


def test_a_known_row_is_not_its_own_neighbour() -> None:
    network = built("tables/soft_neighbours", "SoftNeighbours(3)")
    rows, own = torch.randn(6, 3), torch.eye(6)
    found = network(rows, rows, own, torch.arange(6))
    assert torch.equal(found.diagonal(), torch.zeros(6))
