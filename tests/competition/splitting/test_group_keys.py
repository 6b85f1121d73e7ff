"""What rows of one group have in common, read alike by the engine and by the programs it writes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.splitting.fold_masks import fold_masks
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.key_words import key_words
from agents.models import GroupKey, SplitPlan
from agents.roles.assembler import assemble
from tests.recipes.support import planned

KEYS = [
    GroupKey(column="a"),
    GroupKey(column="a", delimiter="_"),
    GroupKey(column="a", delimiter="_", parts=(1,)),
    GroupKey(column="a", delimiter="_", parts=(0, 2)),
    GroupKey(column="b", wording=True),
    GroupKey(column="a", beside=("c",)),
]
LETTERS = "abcdefghijkl"
CELLS = pd.DataFrame(
    {
        "a": ["x_1_p", "x_2_p", "y_1", ""],
        "b": ["See http://t.co/x1: 3 Cats!", "see cats", "12.5", "Grüße, Ärger"],
        "c": ["k", "k", "", "k"],
    },
    dtype="str",
)


@pytest.mark.parametrize(
    ("key", "values"),
    zip(
        KEYS,
        [
            ["x_1_p", "x_2_p", "y_1", ""],
            ["x", "x", "y", ""],
            ["1", "2", "1", ""],
            ["x_p", "x_p", "", ""],
            ["see cats", "see cats", "", "grüße ärger"],
            ["x_1_p\x1fk", "x_2_p\x1fk", "", ""],
        ],
        strict=True,
    ),
)
def test_a_key_is_read_from_its_cells(key: GroupKey, values: list[str]) -> None:
    assert key_values(CELLS, key).tolist() == values


def test_every_key_has_its_own_words() -> None:
    words = [key_words(key) for key in KEYS]

    assert len(set(words)) == len(words)
    assert words[1] == "the part of `a` before `_`"
    assert words[3] == "parts 1 and 3 of `a` (between `_`)"
    assert words[5] == "`a` and `c`"


@pytest.mark.parametrize("key", KEYS, ids=key_words)
def test_a_program_deals_the_groups_that_the_engine_dealt(key: GroupKey, tmp_path: Path) -> None:
    competition = planned(tmp_path, "regression", rows=60)
    split = SplitPlan(splitter="grouped", folds=3, seed=4, key=key)
    chance = np.random.default_rng(0)
    cells = pd.DataFrame(
        {
            "a": [f"{one}_{two}_{one % 2}" for one, two in chance.integers(0, 6, (90, 2))],
            "b": [f"Text {LETTERS[one]} {two}" for one, two in chance.integers(0, 12, (90, 2))],
            "c": chance.choice(["k", "l", ""], 90),
            "price": chance.integers(1, 9, 90).astype(str),
        },
        dtype="str",
    )
    source = assemble(
        competition.task,
        split,
        competition.plan("baseline"),
        *competition.sources("baseline"),
        competition.decision,
    )
    program: dict[str, Any] = {"__name__": "program"}
    exec(source, program)

    learned = program["rows_to_learn"](cells)

    masks = fold_masks(cells, competition.task, split)
    assert [one.tolist() for one in learned] == [fit.tolist() for fit, _ in masks]
    assert all(len(set(key_values(cells[blind], key)) - {""}) for _, blind in masks)
