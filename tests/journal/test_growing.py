"""Sequences that share what they have in common."""

import tracemalloc

from agents.journal.growing import Growing


def test_what_is_added_leaves_what_was_there_before_as_it_is() -> None:
    first = Growing("ab")
    second, other = first.plus("c"), first.plus("d")

    assert (list(first), list(second), list(other)) == (["a", "b"], list("abc"), list("abd"))
    assert (first[-1], second[-1], other[-1]) == ("b", "c", "d")
    assert list(second[1:]) == ["b", "c"]
    assert second == Growing("abc")
    assert second != other
    assert not Growing()


def test_whoever_keeps_all_that_were_keeps_the_items_once() -> None:
    tracemalloc.start()
    kept = [Growing[int]()]
    for number in range(20_000):
        kept.append(kept[-1].plus(number))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(kept[10_000]) == 10_000
    assert held < 10e6, "copies would be 1,600 MB"
