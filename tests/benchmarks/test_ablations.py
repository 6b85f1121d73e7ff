"""Variants are run, graded and set beside each other as in the paper's tables."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import Profile, Task
from benchmarks import ablations
from benchmarks.ablations import VARIANTS, chosen, hand_over, public_of, tables
from benchmarks.outcomes import (
    Case,
    Outcome,
    keep_outcome,
    modality,
    ranked_as,
    read_outcomes,
    stable_share,
)
from benchmarks.tables import NONE
from tests.builders import true_answers, write_competition

THRESHOLDS = {"median": 0.7, "bronze": 0.8, "gold": 0.9}
GRADER = """
import json, sys
import pandas as pd
said, true = pd.read_csv(sys.argv[2], dtype=str), pd.read_csv(sys.argv[3], dtype=str)
both = said.merge(true, on="ticket", suffixes=("", "_true"))
score = float((both["seated"] == both["seated_true"]).mean())
print(json.dumps({"score": score, "normalized": score, "valid": len(both) == len(true)}))
"""


def outcome(**changes: object) -> Outcome:
    plain = Outcome(
        variant="full",
        competition="boats",
        seed=7,
        limit_s=300.0,
        modality="tabular",
        made=True,
        valid=True,
        normalized=0.8,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "direction", "above", "medal"),
    [
        (0.95, "higher", True, "gold"),
        (0.8, "higher", True, "bronze"),
        (0.7, "higher", False, ""),
        (None, "higher", False, ""),
        (0.6, "lower", True, "gold"),
        (0.85, "lower", False, "gold"),
    ],
)
def test_medals_are_reached_and_medians_passed(
    score: float | None, direction: str, above: bool, medal: str
) -> None:
    upward = direction == "higher"
    assert ranked_as(score, "higher" if upward else "lower", THRESHOLDS) == (above, medal)


def test_what_nobody_knows_is_no_failure() -> None:
    assert ranked_as(0.5, "higher", {}) == (None, None)
    assert ranked_as(0.5, "higher", {"median": 0.4}) == (True, None)


def test_the_tables_average_each_variant_over_competitions_and_seeds() -> None:
    runs = [
        outcome(above_median=True, medal="gold", calls=3, tokens={"improver": 30, "coder": 10}),
        outcome(seed=8, normalized=0.6, above_median=False, medal="", phases={"build": 9.0}),
        outcome(variant="stripped", competition="birds", modality="vision", normalized=0.5),
        outcome(variant="stripped", made=False, valid=False, normalized=0.0),
    ]

    performance, by_competition, by_modality, efficiency = tables(runs)

    assert (
        "| full | 2 | 100% | 100% | 50% | 0% | 0% | 50% | 50% | 0.700 |" in performance.splitlines()
    )
    assert "| stripped | 2 | 50% | 50% |" in performance
    assert f"| birds | {NONE} | 0.500 |" in by_competition
    assert "| boats | 0.700 | 0.000 |" in by_competition
    assert "| overall APS | 0.700 | 0.250 |" in by_competition
    assert f"| vision | {NONE} | 0.500 |" in by_modality
    assert f"| full | 1.5 | 20 | improver 75% | {NONE} |" in efficiency
    assert efficiency.splitlines()[2].endswith("| 0.0 | 0.0 | 4.5 | 0.0 |")


def test_the_share_of_a_stable_prefix_counts_what_an_earlier_prompt_began_with() -> None:
    house = "x" * 700

    assert stable_share([]) is None
    assert stable_share([house]) == 0.0
    assert stable_share([house, house]) == 0.5
    assert stable_share([f"{house}{'y' * 700}", f"{house}{'z' * 700}"]) == 0.25


def test_without_a_model_only_what_changes_recipes_is_run() -> None:
    assert "stripped" in chosen("", with_model=False)
    assert "static" not in chosen("", with_model=False)
    assert chosen("", with_model=True) == [*VARIANTS]
    with pytest.raises(SystemExit, match="name one with --model"):
        chosen("mono", with_model=False)
    with pytest.raises(SystemExit, match="No variant is called 'monu'"):
        chosen("monu", with_model=True)


def test_a_run_takes_the_place_of_the_same_run_before(tmp_path: Path) -> None:
    place = tmp_path / "lines.jsonl"
    for one in (outcome(), outcome(seed=8), outcome(normalized=0.9)):
        keep_outcome(one, place)

    assert read_outcomes(place) == [outcome(seed=8), outcome(normalized=0.9)]


def test_submissions_are_handed_over_as_mle_bench_grades_them(tmp_path: Path) -> None:
    answers = tmp_path / "submission.csv"
    answers.write_text("id,y\n1,2\n", encoding="utf-8")
    *_, lines = (
        hand_over(answers, tmp_path / "out", Case("K=0", name, 7, "", 300.0))
        for name in ("boats", "birds", "boats")
    )

    told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [one["competition_id"] for one in told] == ["birds", "boats"]
    assert all(Path(one["submission_path"]).read_text(encoding="utf-8") for one in told)


def test_both_layouts_are_opened_at_what_a_user_would_have(tmp_path: Path) -> None:
    for place in ("ours/public", "theirs/prepared/public", "theirs/prepared/private"):
        (tmp_path / place).mkdir(parents=True)

    assert public_of(tmp_path / "ours") == tmp_path / "ours" / "public"
    assert public_of(tmp_path / "theirs") == tmp_path / "theirs" / "prepared" / "public"
    with pytest.raises(SystemExit, match="neither"):
        public_of(tmp_path)


def test_a_run_that_told_nothing_has_no_modality() -> None:
    task: Task | None = None
    measured: Profile | None = None
    assert modality(task, measured) == "unknown"


@pytest.mark.parametrize(("others", "expected"), [(2, "text"), (3, "tabular")])
def test_a_table_is_text_where_few_columns_stand_beside_it(
    tmp_path: Path, others: int, expected: str
) -> None:
    rows = range(60)
    letters = pd.DataFrame({"letter": [f"Dear {n}, the {n % 7} boats sank again." for n in rows]})
    for other in range(others):
        letters[f"shelf {other}"] = [f"{'abc'[n % 3]}{other}" for n in rows]
    letters.assign(answered=[n % 2 for n in rows]).to_csv(tmp_path / "train.csv", index=False)
    task = state_task(tmp_path, TaskOptions(target="answered"))

    assert modality(task, profile(tmp_path, task, lambda *_: None)) == expected


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_small_competition_is_run_graded_and_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ferry"
    write_competition(folder / "prepared" / "public", "binary", rows=200)
    answers = folder / "prepared" / "private" / "test.csv"
    answers.parent.mkdir()
    true_answers(folder, "binary", rows=200).to_csv(answers, index=False)
    grader = tmp_path / "grade.py"
    grader.write_text(GRADER, encoding="utf-8")
    thresholds = tmp_path / "thresholds.json"
    thresholds.write_text(json.dumps({"ferry": {"median": 0.55}}), encoding="utf-8")
    lines = tmp_path / "lines.jsonl"
    words = ["--grader", f"{sys.executable} {grader} {{name}} {{file}} {answers}"]
    words += ["--variants", "best valid", "--time-limit", "30", "--lines", str(lines)]
    words += ["--thresholds", str(thresholds), "--submissions", str(tmp_path / "out"), str(folder)]
    monkeypatch.setattr(sys, "argv", ["ablations", *words])

    assert ablations.main() == 0

    [one] = read_outcomes(lines)
    assert (one.variant, one.competition, one.modality) == ("best valid", "ferry", "tabular")
    assert one.made
    assert one.valid
    assert one.above_median
    assert one.normalized == one.score
    assert one.tokens == {}
    assert set(one.phases) == {"look", "plan", "build", "decide"}
    assert (tmp_path / "out" / "best-valid-7.jsonl").exists()
