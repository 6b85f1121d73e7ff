"""Runs that are kept line by line, and the table that sets systems beside each other."""

from pathlib import Path

import pytest

from benchmarks.measured import Measured, beside_peers, keep_measured, read_measured


def run(system: str, seed: int, score: float, **more: float) -> Measured:
    return Measured(
        system=system,
        competition="boats",
        seed=seed,
        limit_s=300.0,
        cores=2,
        version="abc",
        score=score,
        error=more.get("error"),
        blind=more.get("blind"),
        blind_error=more.get("blind_error"),
    )


def test_a_run_replaces_its_like_and_leaves_the_others(tmp_path: Path) -> None:
    place = tmp_path / "measured.jsonl"
    for one in (run("iml-tui", 7, 0.8), run("iml-tui", 8, 0.9), run("iml-tui", 7, 0.85)):
        keep_measured(one, place)
    assert {one.seed: one.score for one in read_measured(place)} == {7: 0.85, 8: 0.9}


def test_differences_are_in_errors_and_know_the_direction() -> None:
    runs = [
        run("iml-tui", 7, 0.10, error=0.01, blind=0.13, blind_error=0.01),
        run("iml-tui", 8, 0.12, error=0.01, blind=0.12, blind_error=0.01),
        run("other", 7, 0.13),
    ]
    baselines: dict[str, dict[str, dict[str, float]]] = {
        "boats": {"direction": "lower", "sensible": {"score": 0.12}}  # type: ignore[dict-item]
    }
    beside, verdict = beside_peers(runs, baselines, 300.0)
    row = beside.splitlines()[-1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == ["0.110000", "2", "1 of 2", "0.120000", "1.0", "0.130000", "2.0"]
    assert "Ahead of other on 1 of 1." in verdict
    assert verdict.endswith("within two errors in 1 of 2 runs.")


def test_the_distance_of_blind_and_true_counts_both_errors() -> None:
    one = run("iml-tui", 7, 0.8, error=0.03, blind=0.85, blind_error=0.04)
    assert one.apart == pytest.approx(1.0)
