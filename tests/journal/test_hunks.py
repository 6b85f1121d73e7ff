"""The changes of a proposal by number, and what is left when only some are kept."""

import pytest

from agents.journal.hunks import hunks_between, kept_in_part

OLD = {
    "model.py": "one\ntwo\nthree\nfour\nfive\nsix\nseven\n",
    "preprocess.py": "a\nb\n",
}
NEW = {
    "model.py": "ONE\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n",
    "preprocess.py": "a\nc\nb\n",
}


def test_changes_are_numbered_over_all_files() -> None:
    changes = hunks_between(OLD, NEW)
    found = [(one.number, one.path, one.start, one.removed, one.added) for one in changes]

    assert found == [
        (1, "model.py", 1, ("one\n",), ("ONE\n",)),
        (2, "model.py", 8, (), ("eight\n",)),
        (3, "preprocess.py", 2, (), ("c\n",)),
    ]


@pytest.mark.parametrize("numbers", [(), (1,), (2, 3), (1, 2, 3)])
def test_what_is_kept_holds_the_chosen_changes_and_no_others(numbers: tuple[int, ...]) -> None:
    kept = kept_in_part(OLD, NEW, numbers)

    assert hunks_between(OLD, kept) == tuple(
        one.model_copy(update={"number": place})
        for place, one in enumerate(
            (one for one in hunks_between(OLD, NEW) if one.number in numbers), start=1
        )
    )
    if len(numbers) == 3:
        assert kept == NEW


def test_changes_that_nearly_touch_are_one() -> None:
    old = {"model.py": "a\nb\nc\nd\n"}
    new = {"model.py": "A\nb\nc\nD\n"}

    [only] = hunks_between(old, new)

    assert only.removed == ("a\n", "b\n", "c\n", "d\n")
    assert only.added == ("A\n", "b\n", "c\n", "D\n")


def test_a_number_that_no_change_has_is_named() -> None:
    with pytest.raises(ValueError, match="no change 4: they are numbered 1 to 3"):
        kept_in_part(OLD, NEW, (1, 4))


def test_a_file_that_comes_new_is_one_change() -> None:
    [only] = hunks_between({}, {"model.py": "a\nb\n"})

    assert kept_in_part({}, {"model.py": "a\nb\n"}, (1,)) == {"model.py": "a\nb\n"}
    assert only.start == 1
