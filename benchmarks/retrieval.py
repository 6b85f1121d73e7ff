"""Measures whether the cards that a practitioner would name are found.

    python -m benchmarks.retrieval DIR...

A `DIR` is a competition of the bench (its `public/` folder is read). Beside this file,
`retrieval_labels.json` names the cards that fit each, written before anything was measured. Recall
at five is the share of them among the first five found, where more than five are named the share
of five. It is measured with the description and without it (facts and names of columns alone).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final, NamedTuple

from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.knowledge.retrieval import Found, facts_of, find_cards, words_of
from agents.models import Profile, Task
from benchmarks.tables import keep, table

LABELS: Final = Path(__file__).with_name("retrieval_labels.json")
FIRST: Final = 5


class Measured(NamedTuple):
    """Recall at five of one competition."""

    name: str
    described: float
    undescribed: float
    missed: tuple[str, ...]
    """Cards that were named and not found with the description."""


def main() -> int:
    """Measures every folder, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    labels: dict[str, list[str]] = json.loads(LABELS.read_text(encoding="utf-8"))
    results = []
    for folder in parser.parse_args().folders:
        if folder.name not in labels:
            print(f"{folder.name} has no labels in {LABELS.name}.", file=sys.stderr)
            continue
        results.append(measured(folder, set(labels[folder.name])))
        print(*_line(results[-1]), flush=True)
    if not results:
        return 1
    described = sum(one.described for one in results) / len(results)
    undescribed = sum(one.undescribed for one in results) / len(results)
    mean = _line(Measured("mean", described, undescribed, ()))
    header = ("competition", "described", "undescribed", "named and not found")
    text = table(header, [*map(_line, results), mean])
    print(f"\n{text}\n\nKept in {keep('retrieval', 'Recall of named cards at five', [text])}.")
    return 0


def measured(folder: Path, named: set[str]) -> Measured:
    """Recall with and without the description of one competition."""
    public = folder / "public"
    task = state_task(public, TaskOptions())
    facts = profile(public, task, lambda _stage, _share: None)
    described = _found(task, facts)
    undescribed = _found(task.model_copy(update={"description_text": ""}), facts)
    return Measured(
        folder.name,
        recall(described, named),
        recall(undescribed, named),
        tuple(sorted(named - {one.card.name for one in described})),
    )


def recall(found: tuple[Found, ...], named: set[str]) -> float:
    """The share of the named cards among the first five."""
    hits = named & {one.card.name for one in found[:FIRST]}
    return len(hits) / min(FIRST, len(named))


def _found(task: Task, measures: Profile) -> tuple[Found, ...]:
    return find_cards(facts_of(task, measures), words_of(task, measures), most=FIRST)


def _line(one: Measured) -> tuple[str, str, str, str]:
    return one.name, f"{one.described:.2f}", f"{one.undescribed:.2f}", ", ".join(one.missed)


if __name__ == "__main__":
    raise SystemExit(main())
