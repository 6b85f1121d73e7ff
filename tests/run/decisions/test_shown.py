"""Who is asked about which programs, and what they are told of them."""

from typing import Literal

import pytest

from agents.journal.choices import Mode
from agents.journal.state import Moment
from agents.models import Comparison, Fault
from agents.run.candidates.draft import Draft
from agents.run.choosing.selection import Build, Scored
from agents.run.decisions.evidence import in_words
from agents.run.decisions.shown import is_shown
from tests.iml_tui.runs import BLUEPRINT, PROFILE, TASK, plan, score

Author = Literal["recipe", "model", "person"]


@pytest.mark.parametrize(
    ("author", "track", "modes"),
    [
        ("model", "traditional", {"review", "ask", "auto"}),
        ("recipe", "traditional", {"ask"}),
        ("recipe", "baseline", set()),
        ("person", "traditional", set()),
    ],
)
def test_recipes_are_asked_about_in_mode_ask_alone_and_the_baseline_never(
    author: Author, track: str, modes: set[Mode]
) -> None:
    draft = Draft(plan(track, "one"), 1, "one", author=author)
    asked: tuple[Mode, ...] = ("review", "ask", "auto")
    assert {mode for mode in asked if is_shown(draft, mode)} == modes


def scored(candidate: str) -> Scored:
    known = {"track": "traditional", "round": 2, "candidate": candidate, "program": candidate}
    decision = {"name": "argmax"}
    return Scored.model_validate(
        {**known, "score": score(), "decision": decision, "folds": (), "check": None}
    )


def test_a_proposal_is_shown_with_its_fault_its_score_and_the_best() -> None:
    build = Build(task=TASK, profile=PROFILE, blueprint=BLUEPRINT, views={})
    fault = Fault(kind="syntax", component="model.py", message="no")
    mended = Moment("traditional/1", "traditional", 1, "a", "a", "failed", 0.0, fault=fault)
    against = Comparison(first="smooth", second="forest", difference=-0.02, error=0.01)

    said = in_words(build, scored("smooth"), mended, scored("forest"), against)

    assert said.startswith("It mends syntax in model.py of round 1. On ")
    assert f"{TASK.metric.title} {score().value:.4f}" in said
    assert said.endswith("row by row 0.0200 ±0.0100 behind forest, the best so far.")
