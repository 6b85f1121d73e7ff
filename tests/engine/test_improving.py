"""A valid solution of a model is made better, one block at a time, and only by what shows it."""

import json
from pathlib import Path

import pytest

from agents.api import STATE_DIR
from agents.journal.events import (
    CandidateScored,
    ModelAsked,
    Noticed,
    ProgramStarted,
    ProposalAccepted,
    ProposalRejected,
)
from agents.journal.state import Moment
from tests.builders import write_competition
from tests.engine.played import (
    ELSEWHERE,
    EXPLORE,
    PLAN,
    READING,
    WHOLE,
    code,
    edit,
    write_script,
)
from tests.engine.support import SHORT, facts_of, git, run_engine, state_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MONEY = 'for name in ("age", "spent")'
DECKS = """    decks = {
        f"deck {name}": (cells["berth"].str[:1] == name).astype("float32") for name in DECKS
    }
    numbers = {
"""
APART = WHOLE.replace(DECKS, "    numbers = {\n").replace(
    "    return pd.DataFrame(numbers | decks)\n",
    """    return pd.DataFrame(numbers)


def decks(cells: pd.DataFrame) -> pd.DataFrame:
    \"\"\"Cut the deck off.\"\"\"
    berths = cells["berth"].str[:1]
    return pd.DataFrame({f"deck {name}": (berths == name).astype("float32") for name in DECKS})


def described(cells: pd.DataFrame) -> pd.DataFrame:
    \"\"\"Both.\"\"\"
    return features(cells).join(decks(cells))
""",
)
"""Without the features that claim the steps something is left to learn from."""
WITHOUT_MONEY = (
    APART.replace(MONEY, 'for name in ("age",)')
    .replace('"X_train": features(cells)', '"X_train": described(cells)')
    .replace('"X_test": features(cells)', '"X_test": described(cells)')
)
BETTER = edit(
    "preprocess.py",
    '        for name in ("age",)',
    '        for name in ("age", "spending")',
    "Who spends more may have a seat.",
)
MENDED = edit(
    "preprocess.py",
    '        for name in ("age", "spending")',
    f"        {MONEY}",
    "The column is called `spent`.",
)
NO_BETTER = edit(
    "preprocess.py",
    '        name: pd.to_numeric(cells[name], errors="coerce").fillna(0).astype("float32")',
    '        name: pd.to_numeric(cells[name], errors="coerce").fillna(1).astype("float32")',
    "Gaps may be small numbers.",
)
SETTINGS = SHORT | {"only": "model", "improve_rounds": 20, "aggregation": "greedy"}


def played(folder: Path, settings: dict[str, object], *changes: tuple[str, str]) -> Path:
    """A run whose model answers the usual, and then these changes."""
    competition = write_competition(folder / "c", "binary", rows=400)
    name = write_script(
        folder / "answers.jsonl",
        ("task_analyzer", json.dumps(READING)),
        ("profiling_agent", code("explore.py", EXPLORE)),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", WITHOUT_MONEY)),
        ("modeling_coder", code("model.py", ELSEWHERE)),
        *changes,
    )
    ended = run_engine(competition, settings=settings | {"model": name})
    assert ended.returncode == 0, ended.stderr
    return competition


@pytest.fixture(scope="module")
def improved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    changes = ("improver", BETTER), ("debugging_agent", MENDED), ("improver", NO_BETTER)
    return played(tmp_path_factory.mktemp("improving"), SETTINGS, *changes)


def round_named(competition: Path, name: str) -> Moment:
    """The last of that name."""
    return [one for one in state_of(competition).moments if one.candidate == name][-1]


def test_a_change_that_fails_is_mended_and_kept_where_two_seeds_show_it_is_better(
    improved: Path,
) -> None:
    first, better = round_named(improved, "smooth_sums"), round_named(improved, "smooth_sums-1")
    accepted = [
        fact.event for fact in facts_of(improved) if isinstance(fact.event, ProposalAccepted)
    ]

    assert first.score is not None
    assert better.score is not None
    assert better.score.value > first.score.value + first.score.error
    assert [one.candidate for one in accepted if one.track == "traditional"] == [
        "smooth_sums",
        "smooth_sums-1",
    ]
    message = git(improved, "log", "-1", "--format=%B", accepted[-1].commit)
    assert "The column is called `spent`." in " ".join(message.split())
    assert "Model: script/" in message
    begun = [fact.event for fact in facts_of(improved) if isinstance(fact.event, ProgramStarted)]
    assert {"seed-8", "ablation-1"} <= {one.step.rsplit("/", 1)[1] for one in begun}


def test_a_change_that_is_not_leaves_its_scores_to_the_ensemble(improved: Path) -> None:
    worse = round_named(improved, "smooth_sums-2")
    rejected = [
        fact.event for fact in facts_of(improved) if isinstance(fact.event, ProposalRejected)
    ]

    assert any(one.candidate == "smooth_sums-2" and "better" in one.reason for one in rejected)
    assert worse.score is not None
    kept = improved / "pipeline" / STATE_DIR / "scores"
    assert list(kept.glob(f"{worse.program}*"))


def test_the_model_is_told_what_each_block_is_worth_and_what_was_tried(improved: Path) -> None:
    asked = [
        fact.event.step
        for fact in facts_of(improved)
        if isinstance(fact.event, ModelAsked) and fact.event.role == "improver"
    ]
    logs = improved / "pipeline" / STATE_DIR / "logs"
    prompts = [
        (logs / f"{step.replace('/', '__')}.prompt.md").read_text(encoding="utf-8")
        for step in asked
    ]

    assert len(prompts) == 2
    assert "worse when what it returns says nothing" in prompts[0]
    assert "A fit may take 30 s" in prompts[0]  # what was planned, not what it took
    assert "no program looks at a clock" in prompts[0]
    assert "Propose one change of the block `features`" in prompts[0]
    assert "The column is called `spent`. Outcome: it is better, and kept." in prompts[1]


def test_a_run_that_is_over_asks_for_no_further_change(improved: Path) -> None:
    before = len(facts_of(improved))

    again = run_engine(improved)

    assert again.returncode == 0, again.stderr
    new = [fact.event for fact in facts_of(improved)[before:]]
    assert not [event for event in new if isinstance(event, ModelAsked)]


def test_a_model_thinks_about_the_first_change_while_its_program_does_the_other_folds(
    tmp_path: Path,
) -> None:
    one = SETTINGS | {"deterministic": False, "improve_rounds": 1}
    competition = played(tmp_path, one, ("improver", BETTER), ("debugging_agent", MENDED))

    told = [fact.event for fact in facts_of(competition)]
    [asked] = [one for one in told if isinstance(one, ModelAsked) and one.role == "improver"]
    assert asked.step.startswith("traditional/improve/first-smooth_sums-")
    filled = next(
        one
        for one in told
        if isinstance(one, CandidateScored)
        and one.candidate == "smooth_sums"
        and len(one.score.folds) > 1
    )
    assert told.index(asked) < told.index(filled)
    assert round_named(competition, "smooth_sums-1").score is not None
    noticed = [one.text for one in told if isinstance(one, Noticed)]
    spent = "As many changes of traditional's program as --improve-rounds allows (1) were proposed."
    assert noticed.count(spent) == 1
    logs = competition / "pipeline" / STATE_DIR / "logs"
    name = f"{asked.step.replace('/', '__')}.prompt.md"
    assert "is not measured yet" in (logs / name).read_text(encoding="utf-8")
