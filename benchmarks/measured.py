"""What was measured of any system on any competition: one line a run, kept as it comes.

A whole measurement takes hours, so every run is kept at once in `results/measured.jsonl`; tables
are made of these lines.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.tables import RESULTS, shown, table

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


def beside_peers(
    every: Iterable[Measured], baselines: dict[str, dict[str, dict[str, float]]], limit_s: float
) -> str:
    """The mean of this project's seeds beside every other system, as a Markdown table.

    Differences are in standard errors of a score on the graded rows; positive means that this
    project is ahead.
    """
    runs = [one for one in every if one.limit_s == limit_s and one.score is not None]
    ours = _by_competition(runs, "iml-tui")
    peers = sorted({one.system for one in runs} - {"iml-tui"})
    if not ours:
        return ""
    header = ["competition", "iml-tui (mean)", "seeds", "blind within two errors", "sensible"]
    header += ["ahead of it, in errors"]
    for peer in peers:
        header += [peer, "ahead of it, in errors"]
    rows = []
    for name, own in ours.items():
        sign = -1 if str(baselines.get(name, {}).get("direction")) == "lower" else 1
        sensible = baselines.get(name, {}).get("sensible", {}).get("score")
        near = sum(one.apart is not None and abs(one.apart) <= 2 for one in own)
        row = [name, shown(_mean(own), 6), str(len(own)), f"{near} of {len(own)}"]
        row += [shown(sensible, 6), shown(_ahead(own, sensible, sign), 1)]
        for peer in peers:
            other = _by_competition(runs, peer).get(name)
            score = _mean(other) if other else None
            row += [shown(score, 6), shown(_ahead(own, score, sign), 1)]
        rows.append(row)
    return table(header, rows)


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
