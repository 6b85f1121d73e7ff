"""Keys that the real files keep apart: found where they do, at any size, and nowhere else."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from agents.competition.splitting.key_chance import Meeting, meeting_of
from agents.competition.splitting.keys import KeyEvidence, separating_key
from agents.models import GroupKey

WORDS = np.array(
    [first + last for first in ["ka", "to", "mi", "re", "su"] for last in ["ran", "tel", "mo"]]
)
Chance = np.random.Generator
Made = tuple[pd.DataFrame, np.ndarray]
"""Rows, and the number of the group that each belongs to."""


def plain(chance: Chance, rows: int) -> pd.DataFrame:
    """Columns of every kind that say nothing about groups."""
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "age": chance.integers(18, 80, rows),
            "town": chance.choice(WORDS, rows),
            "code": chance.integers(0, rows // 4, rows),
            "visits": np.minimum(chance.zipf(1.5, rows), 10**6),
            "memo": [" ".join(chance.choice(WORDS, size)) for size in chance.integers(1, 9, rows)],
            "ref": [f"{a}-{b}" for a, b in chance.integers(0, rows // 5, (rows, 2))],
        }
    )


def in_groups(chance: Chance, rows: int, mean: float) -> np.ndarray:
    return np.repeat(np.arange(rows), 1 + chance.poisson(mean - 1, rows))[:rows]


def households(chance: Chance, rows: int) -> Made:
    group = in_groups(chance, rows, 3)
    return plain(chance, rows).assign(home=chance.permutation(9 * rows)[group]), group


def numbered_members(chance: Chance, rows: int) -> Made:
    group = in_groups(chance, rows, 2.5)
    ids = [f"{number:05d}_{place}" for place, number in enumerate(group)]
    return plain(chance, rows).assign(id=ids), group


def middle_parts(chance: Chance, rows: int) -> Made:
    group = in_groups(chance, rows, 4)
    ids = [f"x{place % 3}_{number}_{place}" for place, number in enumerate(group)]
    return plain(chance, rows).assign(id=ids), group


def paths(chance: Chance, rows: int) -> Made:
    group = in_groups(chance, rows, 4)
    named = [f"scan{number}/{place}.png" for place, number in enumerate(group)]
    return plain(chance, rows).assign(image=named), group


def reworded(chance: Chance, rows: int) -> Made:
    group = in_groups(chance, rows, 2)
    texts = [
        " ".join(WORDS[[number % 15, number // 15 % 15, number // 225, number % 7, number % 11]])
        for number in group
    ]
    tails = chance.choice(["", "!", " 12", " http://a.b/c?d=1", " ... 7"], rows)
    shouted = [
        text.upper() if loud else text
        for text, loud in zip(texts, chance.random(rows) < 0.3, strict=True)
    ]
    said = [text + tail for text, tail in zip(shouted, tails, strict=True)]
    return plain(chance, rows).assign(said=said), pd.factorize(np.array(texts))[0]


def shops_and_wares(chance: Chance, rows: int) -> Made:
    most = max(6, int(rows**0.5 / 2))
    shop, ware = chance.integers(0, most, (2, rows))
    return plain(chance, rows).assign(shop=shop, ware=WORDS[ware % 15]), shop * 15 + ware % 15


def sites(chance: Chance, rows: int) -> Made:
    site = chance.integers(0, 8, rows)
    return plain(chance, rows).assign(site=site), site


MAKERS: dict[str, tuple[Callable[[Chance, int], Made], tuple[GroupKey, ...]]] = {
    "a column": (households, (GroupKey(column="home"),)),
    "the beginning of an id": (numbered_members, (GroupKey(column="id", delimiter="_"),)),
    "the middle of an id": (middle_parts, (GroupKey(column="id", delimiter="_", parts=(1,)),)),
    "a folder in a path": (paths, (GroupKey(column="image", delimiter="/"),)),
    "the wording of a text": (reworded, (GroupKey(column="said", wording=True),)),
    "two columns together": (
        shops_and_wares,
        (GroupKey(column="shop", beside=("ware",)), GroupKey(column="ware", beside=("shop",))),
    ),
    "one of a few sites": (sites, (GroupKey(column="site"),)),
}


def found(frame: pd.DataFrame, asked: np.ndarray) -> KeyEvidence:
    cells = frame.astype("str")
    columns = [str(name) for name in frame if name != "id"]
    return separating_key(cells[~asked], cells[asked], columns, "id")


def whole_groups(chance: Chance, group: np.ndarray) -> np.ndarray:
    """A quarter of all groups."""
    count = int(group.max()) + 1
    asked: np.ndarray = (chance.permutation(count) < max(1, count // 4))[group]
    return asked


@pytest.mark.parametrize("rows", [200, 1_000])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_key_that_the_files_keep_apart_is_found(kind: str, rows: int) -> None:
    make, keys = MAKERS[kind]
    for seed in range(3):
        chance = np.random.default_rng(seed)
        frame, group = make(chance, rows)
        assert found(frame, whole_groups(chance, group)).key in keys


@pytest.mark.parametrize("kind", MAKERS)
def test_rows_drawn_at_random_are_never_taken_for_groups(kind: str) -> None:
    for seed in range(5):
        chance = np.random.default_rng(seed)
        frame, _ = MAKERS[kind][0](chance, 200 + 100 * seed)
        share = chance.choice([0.1, 0.3, 0.5])
        assert found(frame, chance.random(len(frame)) < share).key is None


def test_a_few_strays_do_not_hide_the_groups() -> None:
    chance = np.random.default_rng(0)
    frame, group = households(chance, 600)
    asked = whole_groups(chance, group) ^ (chance.random(600) < 0.02)

    evidence = found(frame, asked)

    assert evidence.key == GroupKey(column="home")
    assert "hardly ever split" in evidence.sentences[0]


def test_the_evidence_says_what_is_and_what_chance_would_do() -> None:
    frame = pd.DataFrame({"id": np.arange(400), "home": np.arange(400) // 2})

    evidence = found(frame, np.arange(400) >= 300)

    # Of a pair, q = 1/4: cut with 2q(1-q) = 6/16, in the test at all with 1 - (1-q)² = 7/16.
    assert evidence.sentences == (
        "Rows that share `home` are never split between train and test: 0% of the test's groups "
        "occur in train, 86% would if rows were drawn at random; so blind rows are whole groups "
        "too.",
    )


def test_parts_of_an_id_that_are_no_groups_are_denied_with_figures() -> None:
    chance = np.random.default_rng(0)
    frame, _ = numbered_members(chance, 300)

    evidence = found(frame, chance.random(300) < 0.25)

    assert evidence.key is None
    assert "were not kept together by the part of `id` before `_`" in evidence.sentences[0]


def test_the_suffix_that_all_file_names_share_is_not_named_as_a_key() -> None:
    names = pd.DataFrame({"image": [f"{number:010x}.jpg" for number in range(0, 9000, 7)]})
    found = separating_key(names[:900], names[900:], [], "image")
    assert not any("(between `.`)" in sentence for sentence in found.sentences)


def test_the_coarser_of_two_nested_keys_is_taken() -> None:
    chance = np.random.default_rng(0)
    patient = in_groups(chance, 600, 4)
    frame = pd.DataFrame({"id": np.arange(600), "patient": patient, "ward": patient // 6})

    asked = whole_groups(chance, patient // 6)

    assert found(frame, asked).key == GroupKey(column="ward")


def test_no_two_columns_are_blamed_where_one_suffices() -> None:
    chance = np.random.default_rng(1)
    frame, group = households(chance, 500)
    frame["floor"] = chance.integers(0, 3, 500)

    assert found(frame, whole_groups(chance, group)).key == GroupKey(column="home")


def test_a_date_within_an_id_is_no_group_when_the_test_comes_later() -> None:
    days = pd.date_range("2021-01-01", periods=100).repeat(6)
    frame = pd.DataFrame({"id": [f"s{n % 6}_{day:%Y-%m-%d}" for n, day in enumerate(days)]})

    assert found(frame, np.arange(600) >= 480).key is None


def test_groups_are_found_in_a_table_too_long_to_be_searched_whole() -> None:
    rows = 250_000
    frame = pd.DataFrame({"id": np.arange(rows), "home": np.arange(rows) // 3})

    evidence = found(frame, (np.arange(rows) // 3) % 5 == 0)

    assert evidence.key == GroupKey(column="home")
    assert "0% of the test's groups" in evidence.sentences[0]


# --- chance


def meeting(codes: np.ndarray, asked: np.ndarray) -> Meeting:
    result = meeting_of(codes, asked)
    assert result is not None
    return result


@pytest.mark.parametrize(("rows", "mean", "tested"), [(200, 2.5, 15), (300, 1.3, 60), (100, 4, 50)])
def test_what_chance_would_do_is_what_random_draws_do(rows: int, mean: float, tested: int) -> None:
    chance = np.random.default_rng(0)
    codes = in_groups(chance, rows, mean)
    draws = [meeting(codes, chance.permutation(rows) < tested) for _ in range(2_000)]

    assert np.mean([one.shared for one in draws]) == pytest.approx(draws[0].by_chance, abs=0.02)
    luck = np.array([one.luck for one in draws])
    assert (luck <= 0.01).mean() <= 0.015
    assert (luck <= 0.1).mean() <= 0.12


def test_one_large_group_on_one_side_proves_nothing() -> None:
    codes = np.r_[np.zeros(40, dtype=int), np.arange(1, 161)]

    assert not meeting(codes, np.arange(200) >= 160).apart


def test_rows_of_no_group_are_left_out() -> None:
    codes = np.r_[np.full(50, -1), np.arange(100) // 2]
    asked = np.r_[np.zeros(50, dtype=bool), np.arange(100) >= 70]

    assert meeting(codes, asked) == meeting(codes[50:], asked[50:])
    assert meeting_of(np.full(5, -1), np.arange(5) > 2) is None
