"""Instructions without a model: plain ones become rows, others are noted."""

from pathlib import Path

import pytest

from agents.adviser import Adviser
from agents.journal.choices import Tell
from agents.journal.events import InstructionGiven, ModelAnswered, ModelAsked
from agents.llm.scripted import ScriptedModel
from agents.run.decisions.told import instructed
from tests.run.decisions.desk import Desk, desk


async def told(at: Desk, words: str) -> str:
    """What becomes of an instruction."""
    return (await at.outcome(at.decide(Tell(words=words)))).outcome


@pytest.mark.slow
async def test_plain_words_become_what_a_person_could_have_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path, time_limit=600.0) as at:
        said = await told(at, "optimise macro F1, no boosting or classical models, take 2 hours")

        assert said == (
            "Understood: judged by f1_macro, nothing more on traditional, nothing of catboost, "
            "nothing of lightgbm, at most 7200 s."
        )
        rows = [row.choice for row in at.world.facts.journal.decisions()][1:]
        assert rows == [
            {"do": "leave-out", "families": ["catboost", "lightgbm"]},
            {"do": "redecide", "metric": "f1_macro"},
            {"do": "stop-track", "track": "traditional"},
            {"do": "set", "settings": {"time_limit": 7200.0}},
        ]
        stopped = at.world.facts.journal.decisions()[3].gate
        assert not (await at.outcome(stopped)).refused
        assert at.world.facts.state.stopped_tracks == {"traditional"}
        assert at.world.facts.state.left_out == {"catboost", "lightgbm"}

        note = await told(at, "bin the ages by decade")
        assert "a note for a language model" in note
        given = [one for one in at.told(InstructionGiven) if isinstance(one, InstructionGiven)]
        assert [one.directive for one in given] == ["bin the ages by decade"]


async def test_a_prompt_that_was_answered_reads_as_it_did_then(tmp_path: Path) -> None:
    adviser = Adviser(ScriptedModel([]), {"instructions": ()})
    asked = {"role": "coder", "part": "coder", "model": "m"}

    def holds(at: Desk, path: str) -> object:
        return instructed(adviser, at.world, path).shared["instructions"]

    async with desk(tmp_path) as at:
        first = ModelAsked.model_validate({**asked, "step": "first/ask-1", "log": "l"})
        at.world.facts.append(first)
        answered = {**asked, "step": "first/ask-1", "prompt_tokens": 1, "completion_tokens": 1}
        at.world.facts.append(ModelAnswered.model_validate({**answered, "seconds": 1.0}))
        at.world.tell(InstructionGiven(gate="tell/1", words="w", directive="Keep it small."))

        assert holds(at, "first") == ()
        assert holds(at, "second") == ("Keep it small.",)
    async with desk(tmp_path) as again:
        assert holds(again, "first") == ()
        assert holds(again, "second") == ("Keep it small.",)
