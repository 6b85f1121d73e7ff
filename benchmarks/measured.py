"""What was measured of any system on any competition: one line a run, and all beside each other.

    python -m benchmarks.measured [--baselines FILE] [--time-limit 300]

A whole measurement takes hours, so `benchmarks.competitions` and `benchmarks.peers` keep every run
at once in `results/measured.jsonl`. The command sets the systems beside each other from these
lines, and runs nothing. FILE is json: by competition its direction and a sensible score.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.tables import RESULTS, keep, shown, table

OURS = "iml-tui"
SENSIBLE = "a sensible baseline"
PLACE = RESULTS / "measured.jsonl"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of one system, graded."""

    system: str
    competition: str
    seed: int
    limit_s: float
    cores: int
    version: str
    """Of the system; for this project the commit."""
    score: float | None
    """As the grader says; None for an invalid submission."""
    error: float | None
    """Standard error of a score on so many test rows, from this project's blind score."""
    blind: float | None = None
    blind_error: float | None = None
    winner: str = ""
    seconds: float = 0.0
    valid_after: float | None = None

    @property
    def apart(self) -> float | None:
        """Blind minus true score, in standard errors of their difference."""
        known = (self.score, self.error, self.blind, self.blind_error)
        if any(value is None for value in known) or not self.error or not self.blind_error:
            return None
        assert self.blind is not None
        assert self.score is not None
        return float((self.blind - self.score) / (self.error**2 + self.blind_error**2) ** 0.5)


Baselines = dict[str, dict[str, dict[str, float]]]


def main() -> int:
    """Reads the lines, prints and keeps the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--baselines", type=Path, metavar="FILE")
    parser.add_argument("--time-limit", type=float, default=300.0)
    arguments = parser.parse_args()
    parts = beside_peers(read_measured(), read_baselines(arguments.baselines), arguments.time_limit)
    print("\n\n".join(parts))
    print(f"\nKept in {keep('measured', 'Beside other systems', parts)}.")
    return 0


def read_baselines(path: Path | None) -> Baselines:
    """By competition, the scores that anybody reaches."""
    read: Baselines = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    return read


def keep_measured(one: Measured, place: Path = PLACE) -> None:
    """Add a line; the run it replaces, if any, goes."""
    others = [old for old in read_measured(place) if _key(old) != _key(one)]
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(each)) for each in (*others, one)]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_measured(place: Path = PLACE) -> list[Measured]:
    """All lines, the oldest first."""
    if not place.exists():
        return []
    lines = place.read_text(encoding="utf-8").splitlines()
    return [Measured(**json.loads(line)) for line in lines]


def _key(one: Measured) -> tuple[str, str, int, float, int]:
    return one.system, one.competition, one.seed, one.limit_s, one.cores


def beside_peers(every: Iterable[Measured], baselines: Baselines, limit_s: float) -> list[str]:
    """The mean of this project's seeds beside every other system, and how often it is ahead.

    Differences are in standard errors of a score on the graded rows; positive means that this
    project is ahead.
    """
    runs = [one for one in every if one.limit_s == limit_s and one.score is not None]
    ours = _by_competition(runs, OURS)
    peers = sorted({one.system for one in runs} - {OURS})
    header = ["competition", f"{OURS} (mean)", "seeds", "blind within two errors"]
    for other in (SENSIBLE, *peers):
        header += [other, "ahead of it, in errors"]
    rows, ahead = [], dict[str, list[bool]]()
    for name, own in ours.items():
        sign = -1 if str(baselines.get(name, {}).get("direction")) == "lower" else 1
        scores = {SENSIBLE: baselines.get(name, {}).get("sensible", {}).get("score")}
        for peer in peers:
            others = _by_competition(runs, peer).get(name)
            scores[peer] = _mean(others) if others else None
        row = [name, shown(_mean(own), 6), str(len(own)), f"{_near(own)} of {len(own)}"]
        for other, score in scores.items():
            row += [shown(score, 6), shown(_ahead(own, score, sign), 1)]
            if score is not None:
                ahead.setdefault(other, []).append(sign * (_mean(own) - score) > 0)
        rows.append(row)
    said = [f"Ahead of {name} on {sum(won)} of {len(won)}." for name, won in ahead.items()]
    own = [one for several in ours.values() for one in several]
    said.append(f"Blind and true score within two errors in {_near(own)} of {len(own)} runs.")
    return [table(header, rows), " ".join(said)]


def _near(runs: list[Measured]) -> int:
    return sum(one.apart is not None and abs(one.apart) <= 2 for one in runs)


def _by_competition(runs: Iterable[Measured], system: str) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {}
    for one in runs:
        if one.system == system:
            found.setdefault(one.competition, []).append(one)
    return found


def _mean(runs: list[Measured]) -> float:
    return fmean(one.score for one in runs if one.score is not None)


def _ahead(own: list[Measured], other: float | None, sign: int) -> float | None:
    errors = [one.error for one in own if one.error]
    if other is None or not errors:
        return None
    return sign * (_mean(own) - other) / fmean(errors)


if __name__ == "__main__":
    sys.exit(main())
