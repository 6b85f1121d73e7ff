from agents.recipes.writing.source import compose, parse, reached, rename

SOURCE = '''"""A module."""

import os
from pathlib import Path

# how many
LIMIT = 3
"""Never more."""


def outer(values, LIMIT=LIMIT):
    # inside
    return [helper(value) for value in values if value < LIMIT]


@staticmethod
def helper(helper_value):
    outer = helper_value
    return outer, os.sep


def unused():
    return Path()
'''


def test_a_module_written_again_is_the_same_text() -> None:
    assert compose(parse(SOURCE)) == SOURCE


def test_only_what_the_roots_need_is_kept() -> None:
    kept = compose(reached(parse(SOURCE), ["helper"]))
    assert "def helper" in kept
    assert "import os" in kept
    assert "LIMIT" not in kept
    assert "Path" not in kept


def test_a_local_name_is_no_use_of_the_module() -> None:
    pieces = {piece.names: piece for piece in parse(SOURCE).pieces}
    assert pieces["helper",].uses == {"staticmethod", "os"}
    assert pieces["outer",].uses == {"LIMIT", "helper"}


def test_renaming_leaves_locals_parameters_and_comments_alone() -> None:
    pieces = {piece.names: piece for piece in parse(SOURCE).pieces}
    names = {"LIMIT": "MOST", "outer": "inner", "helper": "aid"}
    assert rename(pieces["outer",], names).text == (
        "def inner(values, LIMIT=MOST):\n    # inside\n"
        "    return [aid(value) for value in values if value < LIMIT]"
    )
    assert (
        "    outer = helper_value\n    return outer, os.sep"
        in rename(pieces["helper",], names).text
    )


def test_a_class_body_hides_its_names_from_other_statements_but_not_from_methods() -> None:
    [piece] = parse(
        "class Box:\n    size = 1\n    twice = size * 2\n\n"
        "    def grow(self):\n        return size\n"
    ).pieces
    assert "size" in piece.uses
    assert rename(piece, {"size": "SIZE"}).text.count("SIZE") == 1


def test_text_that_is_not_ascii_is_renamed_at_the_right_place() -> None:
    [piece] = parse("def greet(): return 'Grüße, 世界', word\n").pieces
    assert rename(piece, {"word": "words"}).text == "def greet(): return 'Grüße, 世界', words"


def test_an_assignment_that_calls_a_definition_stays_below_it() -> None:
    source = "def make():\n    return 1\n\n\nMADE = make()\n\n\nAGAIN = MADE\n"
    assert [piece.constant for piece in parse(source).pieces] == [False, False, False]
