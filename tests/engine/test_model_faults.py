"""Whole runs in which the model or its server goes wrong, over HTTP, in both protocols.

In each: the engine ends well, says what happened, and leaves a valid submission. A fault that
passes leaves the model's code; the recipes alone remain only after a fault that is named.
"""

import asyncio
import json
import math
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.api import STATE_DIR
from agents.journal.events import (
    CandidateScored,
    FaultFound,
    ModelAsked,
    Noticed,
    ProposalAccepted,
    ProposalRejected,
    Recorded,
)
from agents.journal.store import JournalReader
from tests.builders import write_competition
from tests.engine.played import (
    ALL_ROWS,
    BOASTING,
    CUT_SHORT,
    ELSEWHERE,
    EXPLORE,
    NO_DECKS,
    PLAN,
    PREPROCESS,
    READING,
    WHOLE,
    acting,
    code,
    edit,
    plans,
    withdrawn,
)
from tests.engine.support import SHORT, facts_of, git, run_engine, state_of
from tests.llm.servers import (
    Turn,
    ollama_line,
    ollama_refusal,
    ollama_said,
    openai_delta,
    openai_refusal,
    openai_said,
    serving,
    shown,
)
from tests.llm.talk import said

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BRIEF = SHORT | {"time_limit": 30.0, "only": "model", "model_wait": 4.0, "answer_time": 12.0}
ANALYZER, EXPLORER = "Your part: Task Analyzer", "Your part: Profiling Agent"
RETRIEVER, PLANNER = "Your part: Knowledge Retriever", "Your part: Guideline Agent"
PREPARER, MODELLER = "Your part: Preprocessing Coder", "Your part: Modeling Coder"
DEBUGGER = "Your part: Debugging Agent"
PLANS, CODES = "openai", "ollama"
"""The protocol of the model that plans, and of the one that writes and repairs code."""
NO_PICKS = json.dumps({"picks": []})


async def run(
    competition: Path, settings: dict[str, object], watch: Callable[[], None] | None = None
) -> list[Recorded]:
    """Runs an engine to its good end beside the servers of this process; returns its journal."""
    engine = asyncio.create_task(asyncio.to_thread(run_engine, competition, None, settings))
    while not engine.done():
        await asyncio.sleep(0.1)
        if watch is not None and (competition / "pipeline" / STATE_DIR / "journal.db").exists():
            watch()
    ended: subprocess.CompletedProcess[str] = engine.result()
    assert ended.returncode == 0, ended.stderr
    submission = state_of(competition).submission
    assert submission is not None
    assert submission.check.valid
    return facts_of(competition)


def told(facts: list[Recorded]) -> str:
    """Everything that was noticed, a line each."""
    return "\n".join(fact.event.text for fact in facts if isinstance(fact.event, Noticed))


def written_by_models(competition: Path, facts: list[Recorded]) -> list[str]:
    """Messages of the accepted rounds whose code a model wrote."""
    commits = [fact.event.commit for fact in facts if isinstance(fact.event, ProposalAccepted)]
    messages = [git(competition, "log", "-1", "--format=%B", commit) for commit in commits]
    return [message for message in messages if "\nModel: " in message]


def kinds_of(facts: list[Recorded]) -> list[str]:
    return [fact.event.fault.kind for fact in facts if isinstance(fact.event, FaultFound)]


# --- faults that pass --------------------------------------------------------------------------


def refusal(protocol: str, status: int, text: str, *headers: tuple[str, str]) -> Turn:
    if protocol == "openai":
        return openai_refusal(status, text, headers)
    return ollama_refusal(status, text, headers)


def begun(protocol: str, *, cut: bool) -> Turn:
    """A stream that begins well, and is cut or falls silent."""
    say = openai_said if protocol == "openai" else ollama_said
    return Turn(stream=say("Sure, ", ended=None), cut=cut, hangs_after=not cut)


def failing_inside(protocol: str) -> Turn:
    lines = {
        "openai": [openai_delta(content="I "), 'data: {"error": {"message": "oops"}}\n\n'],
        "ollama": [
            ollama_line(message={"role": "assistant", "content": "I "}),
            '{"error":"oops"}\n',
        ],
    }
    return Turn(stream=lines[protocol])


def faults_that_pass() -> list[Turn]:
    """A whole run in which every call goes wrong at first, in the protocol of whom it is for."""

    def planned(words: str) -> Turn:
        return said(PLANS, words)

    def coded(words: str) -> Turn:
        return Turn(stream=ollama_said(words, usage=None))  # a made-up count would look like a cut

    reading, decks = json.dumps(READING), 'DECKS = ("A", "B", "C")'
    twice = edit("preprocess.py", "    }", f"    }}\n    {decks}", "Here?")
    by_role: dict[str, list[Turn]] = {
        ANALYZER: [
            refusal(PLANS, 429, "slow down", ("Retry-After", "0")),
            refusal(PLANS, 429, "slow down"),
            refusal(PLANS, 500, "oops"),
            refusal(PLANS, 503, "oops"),
            planned(reading[:60]),
            planned(f"Sure, here it is:\n```json\n{reading}\n```\nAnything else?"),
        ],
        EXPLORER: [
            begun(PLANS, cut=True),
            failing_inside(PLANS),
            planned(code("explore.py", EXPLORE)),
        ],
        RETRIEVER: [planned(""), planned(NO_PICKS)],
        PLANNER: [planned(json.dumps({"summary": "Half of it."})), planned(json.dumps(PLAN))],
        PREPARER: [
            begun(CODES, cut=False),
            coded("I would read the age."),
            coded(code("preprocess.py", PREPROCESS)),
        ],
        MODELLER: [
            Turn(dies_s=0.5),
            failing_inside(CODES),
            coded(f"```python model.py\n{CUT_SHORT[:400]}"),
            coded(code("model.py", CUT_SHORT)),
        ],
        DEBUGGER: [
            refusal(CODES, 503, "oops"),
            begun(CODES, cut=True),
            coded(edit("preprocess.py", "no such line", decks, "A wrong edit.")),
            coded(twice),
            coded(NO_DECKS),
            coded("Rows were left out."),
            coded(ALL_ROWS),
        ],
    }
    return [turn.of(role) for role, turns in by_role.items() for turn in turns]


async def test_after_faults_that_pass_the_accepted_code_is_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    async with serving(*faults_that_pass(), api__show=shown()) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        planner, coder = f"{server.url}/v1#m", "ollama/m"
        names = {"planner": planner, "coder": coder, "debugger": coder}
        facts = await run(competition, BRIEF | names)

    assert server.unplayed == []
    assert kinds_of(facts) == ["syntax", "incompatible API", "shape or dtype mismatch"]
    accepted = written_by_models(competition, facts)
    assert len(accepted) == 1
    assert f"Model: {coder}" in accepted[0]
    assert "recipes" not in told(facts)
    assert f"In this run {planner} plans, {coder} writes code and repairs." in told(facts)
    written = competition / "pipeline" / "tracks" / "traditional" / "model.py"
    assert "LogisticRegression()" in written.read_text(encoding="utf-8")
    coding = [one for one in server.requests if "options" in one]
    assert len({one["options"]["num_ctx"] for one in coding}) == 1
    assert {one["keep_alive"] for one in coding} == {"30m"}


# --- faults that stay --------------------------------------------------------------------------


async def test_faults_that_stay_are_named_each_and_leave_the_recipes(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    too_long = openai_refusal(400, "This model's maximum context length is 900 tokens.")
    planner = [
        Turn(stream=[openai_delta(refusal="I will not."), *openai_said()[1:]]).of(ANALYZER),
        said("openai", "It is seven.").of(EXPLORER).for_ever(),
        too_long.of(RETRIEVER).for_ever(),
        said("openai", json.dumps(PLAN)).of(PLANNER),
    ]
    locked = openai_refusal(401, "Incorrect API key provided.").for_ever()
    async with serving(*planner) as server, serving(locked) as other:
        names = {"planner": f"{server.url}/v1#m", "coder": f"{other.url}/v1#k", "debugger": "x"}
        names["debugger"] = names["planner"]
        facts = await run(competition, BRIEF | names)

    words = told(facts)
    assert "task analyzer cannot be used (The model refused: I will not.)" in words
    assert "profiling agent cannot be used (There is no code block named explore.py" in words
    assert "is longer than" in words
    assert "refuses a call without a key" in words
    assert "It is not asked again: the recipes go on in its place." in words
    assert len(other.requests) == 1
    assert written_by_models(competition, facts) == []
    rejected = [fact.event for fact in facts if isinstance(fact.event, ProposalRejected)]
    assert any("refuses a call without a key" in one.reason for one in rejected)


async def test_a_server_that_dies_is_waited_for_in_sight_and_given_up_once(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    turns = [
        Turn(stream=[], endless=openai_delta(content="ha ")).of(ANALYZER),
        said("openai", json.dumps(READING)).of(ANALYZER),
        Turn(dies_s=math.inf).of(EXPLORER),
    ]
    seen: list[str] = []

    def watch() -> None:
        reader = JournalReader(competition / "pipeline" / STATE_DIR)
        try:
            seen.extend(row.text for path, row in reader.progress().items() if "models/" in path)
        finally:
            reader.close()

    async with serving(*turns) as server:
        name = f"{server.url}/v1#m"
        facts = await run(competition, BRIEF | {"model": name}, watch)

    assert any("does not answer" in text and "Again in" in text for text in seen)
    lines = told(facts).splitlines()
    assert len([line for line in lines if "is waited for, 8 calls in all" in line]) == 1
    given_up = [line for line in lines if "8 calls were made" in line]
    assert len(given_up) == 1
    assert given_up[0].endswith("It is not asked again: the recipes go on in its place.")
    asked = [fact.event.role for fact in facts if isinstance(fact.event, ModelAsked)]
    assert asked == ["task_analyzer", "profiling_agent"]


# --- code that goes wrong ----------------------------------------------------------------------

IMPORTING = ("import nowhere_to_be_found", "nowhere_to_be_found.go()")
ESCAPING = ("(data_dir.parent / 'left.txt').write_text('here')",)
PEEPING = (
    "above = [place for place in data_dir.resolve().parents if place.name != 'nowhere']",
    "found = [file for place in above[:4] for file in place.glob('*/*/*labels*')]",
    "cells = pd.read_csv(found[0], dtype=str, keep_default_na=False)",
)
LOOPING = ("import time", "while True:", "    time.sleep(1)")


async def test_code_that_goes_wrong_is_a_fault_and_repaired_or_given_up(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=200)
    same_again = edit("preprocess.py", '    """Describe rows.', '    """Describe rows.\n', "So?")
    wrong = WHOLE.replace('"X_train": features(cells), ', "")
    turns = [
        said("openai", json.dumps(READING)).of(ANALYZER),
        said("openai", code("explore.py", EXPLORE)).of(EXPLORER),
        said("openai", NO_PICKS).of(RETRIEVER),
        said("openai", plans("Smooth sums", "For ever", "Stubborn")).of(PLANNER),
        said("openai", code("preprocess.py", acting(*LOOPING))).of(PREPARER, "**for_ever**"),
        said("openai", code("preprocess.py", wrong)).of(PREPARER, "**stubborn**"),
        said("openai", code("preprocess.py", acting(*IMPORTING))).of(PREPARER),
        said("openai", withdrawn("It loops.", *LOOPING)).of(DEBUGGER, "**for_ever**"),
        said("openai", same_again).of(DEBUGGER, "**stubborn**").for_ever(),
        said("openai", replaced(IMPORTING, ESCAPING)).of(DEBUGGER),
        said("openai", replaced(ESCAPING, PEEPING)).of(DEBUGGER),
        said("openai", withdrawn("It peeps.", *PEEPING)).of(DEBUGGER),
        said("openai", code("model.py", ELSEWHERE)).of(MODELLER, "**for_ever**"),
        said("openai", code("model.py", BOASTING)).of(MODELLER),
    ]
    async with serving(*turns) as server:
        settings = {"model": f"{server.url}/v1#m", "debug_rounds": 3, "answer_time": 600.0}
        facts = await run(competition, BRIEF | settings)

    faults = {
        (fact.event.candidate, fact.event.fault.kind)
        for fact in facts
        if isinstance(fact.event, FaultFound)
    }
    assert server.unplayed == []
    assert ("smooth_sums", "missing dependency") in faults
    assert ("for_ever", "resource") in faults
    assert ("stubborn", "contract fulfilment") in faults
    assert "stubborn was given up" in told(facts)
    assert written_by_models(competition, facts)
    scores = [fact.event for fact in facts if isinstance(fact.event, CandidateScored)]
    assert all(one.score.value < 1 for one in scores)
    assert not found_below(tmp_path, "left.txt")


def found_below(folder: Path, name: str) -> list[Path]:
    return list(folder.rglob(name))


def replaced(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """The repair that puts other lines in the place of these."""

    def indented(lines: tuple[str, ...]) -> str:
        return "\n".join(f"        {line}" for line in lines)

    return edit("preprocess.py", indented(old), indented(new), "Another way.")
