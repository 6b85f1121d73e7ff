"""One small learnable toy for each architecture: what goes in, what comes out, and a loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

Build = Callable[..., nn.Module]
ROWS = 48


@dataclass(frozen=True)
class Toy:
    """A network on its data."""

    network: nn.Module
    outputs: Callable[[], Tensor]
    """What the network answers."""
    shape: Sequence[int]
    """The shape that its docstring promises here."""
    loss: Callable[[], Tensor]
    rate: float = 0.01


def numbers(*shape: int) -> Tensor:
    return torch.randn(ROWS, *shape)


def classes(score: Tensor, count: int = 3) -> Tensor:
    """Labels that follow a score, as many of each."""
    return (score.argsort().argsort() * count // len(score)).long()


def classified(
    network: nn.Module, inputs: Sequence[Any], labels: Tensor, rate: float = 0.01
) -> Toy:
    """A network of logits."""
    count = int(labels.max()) + 1
    return Toy(
        network,
        lambda: network(*inputs),
        (ROWS, count),
        lambda: nn.functional.cross_entropy(network(*inputs), labels),
        rate,
    )


def answered(network: nn.Module, inputs: Sequence[Any], wanted: Tensor, rate: float = 0.01) -> Toy:
    """A network of numbers."""
    return Toy(
        network,
        lambda: network(*inputs),
        wanted.shape,
        lambda: nn.functional.mse_loss(network(*inputs), wanted),
        rate,
    )


def of_rows(build: Build) -> Toy:
    rows = numbers(6)
    return classified(build(6, 3), [rows], classes(rows[:, 0] - rows[:, 1]))


def of_mixed_rows(build: Build) -> Toy:
    rows, codes = numbers(4), torch.randint(0, 5, (ROWS, 2))
    return classified(build(4, [5, 5], 3), [rows, codes], classes(rows[:, 0] + codes[:, 1]))


def batch_ensemble(build: Build) -> Toy:
    rows = numbers(6)
    network = build(6, 3)
    labels = classes(rows[:, 0])

    def loss() -> Tensor:
        return nn.functional.cross_entropy(network(rows).flatten(0, 1), labels.repeat(16))

    return Toy(network, lambda: network(rows), (16, ROWS, 3), loss)


def factorization_machine(build: Build) -> Toy:
    codes = torch.randint(0, 6, (ROWS, 3))
    return answered(build([6, 6, 6]), [codes], (codes[:, 0] == codes[:, 1]).float())


def soft_neighbours(build: Build) -> Toy:
    rows = numbers(5)
    answers = nn.functional.one_hot(classes(rows[:, 0]), 3).float()
    network = build(5)
    inputs = [rows, rows, answers, torch.arange(ROWS)]

    def loss() -> Tensor:
        logarithms: Tensor = network(*inputs).clamp(min=1e-6).log()
        return -(logarithms * answers).sum(1).mean()

    return Toy(network, lambda: network(*inputs), (ROWS, 3), loss)


def two_tower(build: Build) -> Toy:
    left, right = torch.randint(0, 8, (ROWS,)), torch.randint(0, 8, (ROWS,))
    inputs = [left, right, numbers(2), numbers(1)]
    return answered(build(8, 8, 2, 1), inputs, torch.randn(8)[left] + torch.randn(8)[right])


def of_words(build: Build) -> Toy:
    words = torch.randint(2, 30, (ROWS, 12))
    words[: ROWS // 2, 0] = 1
    words[:, 9:] = 0
    return classified(build(30, 2), [words], (words[:, 0] == 1).long())


def text_transformer(build: Build) -> Toy:
    return of_words(lambda words, outputs: build(words, outputs, 16))


def of_pictures(build: Build) -> Toy:
    pictures = numbers(1, 16, 16) * 0.3
    pictures[: ROWS // 2, :, :8] += 1
    return classified(build(1, 2), [pictures], torch.arange(ROWS) // (ROWS // 2))


def patch_mixer(build: Build) -> Toy:
    return of_pictures(lambda channels, outputs: build(channels, 16, outputs))


def u_net(build: Build) -> Toy:
    pictures = numbers(1, 12, 12)
    return answered(build(1, 1), [pictures], (pictures > 0).float())


def residual_denoiser(build: Build) -> Toy:
    clean = torch.rand(ROWS, 1, 1, 1).expand(-1, 1, 10, 10)
    return answered(build(1), [clean + 0.2 * torch.randn(clean.shape)], clean)


def waves(samples: int) -> tuple[Tensor, Tensor]:
    """High and low tones, and which is which."""
    labels = torch.arange(ROWS) % 2
    pitch = torch.where(labels == 1, 0.9, 0.1).unsqueeze(1)
    return torch.sin(pitch * torch.arange(samples)) + 0.1 * numbers(samples), labels


def mel_cnn(build: Build) -> Toy:
    heard, labels = waves(5600)
    return classified(build(8000, 2), [heard], labels)


def conv_recurrent(build: Build) -> Toy:
    spectra = numbers(16, 20)
    spectra[: ROWS // 2, :, 10:] += 1.5
    return classified(build(16, 2), [spectra], torch.arange(ROWS) // (ROWS // 2))


def wave_cnn(build: Build) -> Toy:
    heard, labels = waves(2400)
    return classified(build(1, 2), [heard.unsqueeze(1)], labels)


def cycles(length: int) -> Tensor:
    """Waves that begin anywhere, shape (rows, length)."""
    return torch.sin(0.7 * torch.arange(length) + 6 * torch.rand(ROWS, 1))


def linear_parts(build: Build) -> Toy:
    seen = torch.stack([cycles(30), 2 * cycles(30)], dim=2)
    return answered(build(24, 6), [seen[:, :24]], seen[:, 24:])


def n_beats(build: Build) -> Toy:
    seen = cycles(30)
    return answered(build(24, 6), [seen[:, :24]], seen[:, 24:], rate=0.002)


def direct_lstm(build: Build) -> Toy:
    seen = cycles(22)
    ahead = torch.arange(6).float().expand(ROWS, 6).unsqueeze(2) / 6
    return answered(build(1, 1), [seen[:, :16].unsqueeze(2), ahead], seen[:, 16:])


def patch_transformer(build: Build) -> Toy:
    seen = cycles(38).unsqueeze(2)
    return answered(build(32, 6), [seen[:, :32]], seen[:, 32:])


def temporal_convolutions(build: Build) -> Toy:
    seen = cycles(30)
    return answered(build(1, 6), [seen[:, :24].unsqueeze(1)], seen[:, 24:])


def inception_time(build: Build) -> Toy:
    heard, labels = waves(60)
    return classified(build(1, 2), [heard.unsqueeze(1)], labels)


def event_gru(build: Build) -> Toy:
    codes = torch.randint(2, 9, (ROWS, 10))
    codes[: ROWS // 2, 3] = 1
    codes[:, 8:] = 0
    return classified(build(9, 2, 2), [codes, numbers(10, 2)], (codes == 1).any(1).long())


def of_items(build: Build) -> Toy:
    records, there = numbers(7, 4), torch.arange(7).expand(ROWS, 7) < torch.randint(2, 8, (ROWS, 1))
    records[: ROWS // 2, :, 0] += 1
    return classified(build(4, 2), [records, there], torch.arange(ROWS) // (ROWS // 2))


def point_net(build: Build) -> Toy:
    points = numbers(30, 3)
    points[: ROWS // 2, :, 2] *= 0.1
    return classified(build(3, 2), [points], torch.arange(ROWS) // (ROWS // 2))


def of_parts(build: Build) -> Toy:
    parts = [numbers(3), numbers(9)]
    return classified(build([3, 9], 3), [parts], classes(parts[0][:, 0] + parts[1][:, 0]))


def headed(head: nn.Module, vectors: Tensor, wanted: Tensor, shape: Sequence[int]) -> Toy:
    """A head on vectors that any body could have made."""
    loss = cast(Callable[[Tensor, Tensor], Tensor], head.loss)
    return Toy(head, lambda: head(vectors), shape, lambda: loss(vectors, wanted), rate=0.05)


def ordinal(build: Build) -> Toy:
    vectors = numbers(5)
    return headed(build(5, 4), vectors, classes(vectors[:, 0], 4), (ROWS, 4))


def many_labels(build: Build) -> Toy:
    vectors = numbers(5)
    return headed(build(5, [0.5, 0.5]), vectors, (vectors[:, :2] > 0).float(), (ROWS, 2))


def quantiles(build: Build) -> Toy:
    vectors = numbers(5)
    return headed(build(5, [0.1, 0.5, 0.9]), vectors, 3 + vectors[:, 0], (ROWS, 3))


def zero_inflated(build: Build) -> Toy:
    vectors = numbers(5)
    return headed(build(5), vectors, (vectors[:, 0] > 0) * vectors[:, 1].exp(), (ROWS,))


TOYS: dict[str, Callable[[Build], Toy]] = {
    "fusion/gated_fusion": of_parts,
    "fusion/late_fusion": of_parts,
    "heads/many_labels": many_labels,
    "heads/ordinal": ordinal,
    "heads/quantiles": quantiles,
    "heads/zero_inflated": zero_inflated,
    "images/convnext": of_pictures,
    "images/patch_mixer": patch_mixer,
    "images/residual_denoiser": residual_denoiser,
    "images/small_resnet": of_pictures,
    "images/u_net": u_net,
    "points/point_net": point_net,
    "ratings/two_tower": two_tower,
    "records/event_gru": event_gru,
    "records/inception_time": inception_time,
    "series/direct_lstm": direct_lstm,
    "series/linear_parts": linear_parts,
    "series/n_beats": n_beats,
    "series/patch_transformer": patch_transformer,
    "series/temporal_convolutions": temporal_convolutions,
    "sets/attention_pool": of_items,
    "sets/deep_sets": of_items,
    "sounds/conv_recurrent": conv_recurrent,
    "sounds/mel_cnn": mel_cnn,
    "sounds/wave_cnn": wave_cnn,
    "tables/batch_ensemble": batch_ensemble,
    "tables/cross_network": of_rows,
    "tables/entity_embeddings": of_mixed_rows,
    "tables/factorization_machine": factorization_machine,
    "tables/ft_transformer": of_mixed_rows,
    "tables/gated_residual": of_rows,
    "tables/perceptron": of_rows,
    "tables/periodic_numbers": of_rows,
    "tables/real_mlp": of_rows,
    "tables/soft_neighbours": soft_neighbours,
    "texts/embedding_bag": of_words,
    "texts/gru_attention": of_words,
    "texts/text_cnn": of_words,
    "texts/text_transformer": text_transformer,
}
