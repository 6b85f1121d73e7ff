"""The paper's degraded variants, and a limit on tokens, in whole runs."""

import asyncio
import json
from pathlib import Path

import pytest

from agents.journal.events import FaultFound, ModelAsked, Noticed, ProposalAccepted, RungPassed
from tests.builders import write_competition
from tests.engine.played import (
    ALL_ROWS,
    CUT_SHORT,
    EXPLORE,
    MODEL,
    NO_DECKS,
    PLAN,
    PREPROCESS,
    READING,
    WHOLE,
    code,
    write_script,
)
from tests.engine.support import SHORT, facts_of, run_engine, state_of
from tests.llm.servers import Turn, openai_said, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
SETTINGS = SHORT | {"only": "model"}
PLANNED = (
    ("task_analyzer", json.dumps(READING)),
    ("profiling_agent", code("explore.py", EXPLORE)),
    ("guideline_agent", json.dumps(PLAN)),
)
ONE_FILE = WHOLE + CUT_SHORT.split('"""\n\n', 1)[1]


def run(competition: Path, **settings: object) -> list[str]:
    """Runs to the end; the roles that were asked, in order."""
    ended = run_engine(competition, settings=SETTINGS | settings)
    assert ended.returncode == 0, ended.stderr
    submission = state_of(competition).submission
    assert submission is not None
    assert submission.check.valid
    facts = facts_of(competition)
    return [fact.event.role for fact in facts if isinstance(fact.event, ModelAsked)]


def test_in_mono_one_agent_writes_and_one_repairs_a_whole_program(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    name = write_script(
        tmp_path / "answers.jsonl",
        *PLANNED,
        ("mono_coder", code("solution.py", ONE_FILE)),
        ("debugging_agent", ALL_ROWS.replace("model.py", "solution.py")),
    )

    roles = run(competition, model=name, variant="mono", retrieval=False)

    assert roles == [
        "task_analyzer", "profiling_agent", "guideline_agent", "mono_coder", "debugging_agent",
    ]  # fmt: skip
    accepted = [
        fact.event for fact in facts_of(competition) if isinstance(fact.event, ProposalAccepted)
    ]
    assert "traditional" in [one.track for one in accepted]
    track = competition / "pipeline" / "tracks" / "traditional"
    whole = (track / "model.py").read_text(encoding="utf-8")
    assert whole == (track / "preprocess.py").read_text(encoding="utf-8")
    assert (track / "solution.py").read_text(encoding="utf-8").count("class Preprocessor") == 1


def test_in_static_code_is_read_and_mended_but_what_fails_when_run_is_given_up(
    tmp_path: Path,
) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    name = write_script(
        tmp_path / "answers.jsonl",
        *PLANNED,
        ("preprocessing_coder", code("preprocess.py", PREPROCESS)),
        ("modeling_coder", code("model.py", MODEL)),
        ("debugging_agent", NO_DECKS),
    )

    roles = run(competition, model=name, variant="static", retrieval=False)

    assert roles.count("debugging_agent") == 1
    told = [fact.event for fact in facts_of(competition)]
    ours = [one for one in told if isinstance(one, RungPassed) and one.track == "traditional"]
    assert [one.rung for one in ours] == ["parses, names and imports resolve"]
    faults = [one.fault.kind for one in told if isinstance(one, FaultFound)]
    assert faults == ["syntax", "incompatible API"]
    assert any(isinstance(one, Noticed) and "was given up" in one.text for one in told)


async def test_at_the_limit_nothing_more_is_asked_which_is_said_once(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    dear = Turn(stream=openai_said(json.dumps(READING), usage=(30_000, 0, 100)))
    async with serving(dear.of("Your part: Task Analyzer")) as server:
        model = f"{server.url}/v1#m"
        roles = await asyncio.to_thread(run, competition, model=model, max_tokens=40_000)

    assert len(server.requests) == 1
    assert roles[0] == "task_analyzer"
    notices = [
        fact.event.text
        for fact in facts_of(competition)
        if isinstance(fact.event, Noticed) and "--max-tokens" in fact.event.text
    ]
    assert len(notices) == 1
    assert "(30100 are spent)" in notices[0]
    assert "the recipes go on" in notices[0]
    report = (competition / "pipeline" / "report.md").read_text(encoding="utf-8")
    assert "| task analyzer | 1 | 30,000 | 0 | 100 | unknown |" in report
