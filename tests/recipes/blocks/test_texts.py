"""Texts as vectors: by words, and by characters where there is little to read."""

import pandas as pd
import pytest

from agents.recipes.blocks import texts


def test_only_short_texts_are_read_by_characters_too(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pd.Series(["a small red boat", "a large red boat", "a large green boat"])
    short = texts.text_vectorizer(cells).fit(cells).get_feature_names_out()
    monkeypatch.setattr(texts, "MOST_CHARACTERS", 40)
    long = texts.text_vectorizer(cells).fit(cells).get_feature_names_out()
    assert {name.partition("__")[2] for name in long} >= {"boat", "red boat"}
    assert len(short) > len(long)
