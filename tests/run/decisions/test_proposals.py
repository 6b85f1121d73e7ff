"""Answers to accepted proposals: undo, say why, keep a part; on a real repository."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from agents.journal.choices import Answer
from agents.journal.events import (
    DecisionTaken,
    GateOpened,
    ProposalMade,
    ProposalRejected,
    ProposalUndone,
    RoundStarted,
    RunStarted,
)
from agents.journal.state import Moment
from agents.models import CandidatePlan
from agents.run.candidates.verification import Sources
from agents.run.gates import Verdict
from tests.iml_tui.runs import plan
from tests.run.decisions.desk import WAIT_S, Desk, desk

MODEL = "tracks/traditional/model.py"


@dataclass
class Notebook:
    """Notes what is to be proposed again."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    async def propose_again(self, moment: Moment, verdict: Verdict) -> None:
        self.asked.append((moment.key, verdict.why))

    async def realise(self, plan: CandidatePlan, what: str) -> None:
        raise AssertionError(f"{what}: nobody edited a plan")


async def undone(at: Desk, count: int = 1) -> list[ProposalUndone]:
    """What was undone, once there is so much of it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            found = [one for one in at.told(ProposalUndone) if isinstance(one, ProposalUndone)]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)


def text_of(at: Desk) -> str:
    return (at.world.workspace / MODEL).read_text("utf-8")


async def test_undo_restores_the_track_by_a_commit_and_the_program_takes_no_part(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
        at.accepted(2, "second = 2\n")
        assert text_of(at) == "second = 2\n"

        at.decide(Answer(option="undo"), "traditional-2")
        [one] = await undone(at)

        assert (one.round, one.to) == (2, "traditional/1")
        assert text_of(at) == "first = 1\n"
        assert one.commit is not None
        shown = at.world.repository.show(one.commit)[0]
        assert shown.subject.startswith("undo(traditional): round 2")
        assert shown.trailers["Decision"] == "yours"
        track, moment = at.world.facts.state.tracks["traditional"], "traditional/2"
        assert track.program == at.build.current["traditional"] != one.program
        assert one.program in at.build.undone
        second = at.world.facts.state.moment(moment)
        assert second is not None
        assert (second.mark, second.reason) == ("rejected", "undone by you")


async def test_undo_of_a_first_draft_leaves_the_track_empty(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")

        at.decide(Answer(option="undo"), "traditional-1")
        [one] = await undone(at)

        assert one.to is None
        assert not (at.world.workspace / MODEL).exists()
        assert "traditional" not in at.build.current
        assert at.world.facts.state.tracks["traditional"].program is None


async def test_undo_of_what_was_replaced_changes_no_file(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
        at.accepted(2, "second = 2\n")
        tip = at.world.repository.tip()

        at.decide(Answer(option="undo"), "traditional-1")
        [one] = await undone(at)

        assert one.commit is None
        assert at.world.repository.tip() == tip
        assert text_of(at) == "second = 2\n"
        assert one.program in at.build.undone


async def test_the_persons_own_edit_is_saved_before_anything_is_undone(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
        (at.world.workspace / "README.md").write_text("mine\n", encoding="utf-8")

        at.decide(Answer(option="undo"), "traditional-1")
        [one] = await undone(at)

        assert one.commit is not None
        assert at.world.repository.read(one.commit, "README.md") == b"mine\n"


async def test_words_reach_whoever_proposes_again(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.inbox.proposals.coder = notes = Notebook()
        at.accepted(1, "first = 1\n")

        at.decide(Answer(option="undo", why="too slow"), "traditional-1")
        await undone(at)
        await at.inbox.settle(at.build)

        assert notes.asked == [("traditional/1", "too slow")]


async def test_keeping_what_was_kept_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
        tip = at.world.repository.tip()

        at.decide(Answer(option="keep"), "traditional-1")

        assert (await at.outcome("traditional-1")).outcome == "Round 1 of traditional is kept."
        assert not await at.inbox.pending(at.build)
        assert at.world.repository.tip() == tip
        assert at.world.facts.state.open_gates == ()


async def test_a_part_of_a_whole_draft_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")

        at.decide(Answer(option="keep", hunks=(1,)), "traditional-1")

        said = await at.outcome("traditional-1")
        assert said.refused
        assert "kept or undone as a whole" in said.outcome


async def test_an_undo_is_carried_out_by_the_next_engine_and_only_once(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
    async with desk(tmp_path) as again:
        again.build.sources |= at.build.sources
        again.decide(Answer(option="undo"), "traditional-1")
        await undone(again)
        tip = again.world.repository.tip()
    async with desk(tmp_path) as third:
        third.build.sources |= at.build.sources
        await third.inbox.settle(third.build)
        assert third.world.repository.tip() == tip
        assert len(await undone(third)) == 1
        assert len(third.told(DecisionTaken)) == 1


async def test_a_persons_answer_outweighs_what_policy_answered(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="auto") as at:
        at.accepted(1, "first = 1\n")
        assert at.world.facts.state.open_gates == ()

        at.decide(Answer(option="undo"), "traditional-1")

        [one] = await undone(at)
        assert one.round == 1


async def test_answers_to_gates_of_an_earlier_run_are_refused(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="review") as at:
        at.accepted(1, "first = 1\n")
        at.world.facts.journal.start_run()
        at.world.facts.journal.append(RunStarted(competition="c", name="c", settings={}))
    async with desk(tmp_path, mode="review") as later:
        later.decide(Answer(option="undo"), "traditional-1")

        said = await later.outcome("traditional-1")

        assert (said.refused, said.outcome) == (True, "It was asked of an earlier run: ask again.")


def left_at_its_gate(at: Desk, reason: str) -> GateOpened:
    """A recipe's program that was shown and ended before it was accepted."""
    at.accepted(1, "first = 1\n")
    about = {"track": "traditional", "round": 2, "candidate": "smooth"}
    world, sources = at.world, Sources("# prepared\n", "second = 2\n")
    at.build.sources[sources.program] = plan("traditional", "smooth"), sources
    first = world.facts.state.gates["traditional-1"].opened
    gate = first.model_copy(update={"gate": "traditional-2", "round": 2})
    world.tell(RoundStarted.model_validate({**about, "what": "smooth-slower"}))
    proposed = {**about, "commit": first.commit, "program": sources.program}
    world.tell(ProposalMade.model_validate(proposed))
    world.gates.open(gate)
    if reason:
        end = {**about, "commit": first.commit, "reason": reason}
        world.tell(ProposalRejected.model_validate(end))
    return gate


async def test_an_answer_that_comes_after_the_round_ended_is_refused_with_the_reason(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, mode="review") as at:
        gate = left_at_its_gate(at, "not better than linear")

        at.decide(Answer(option="undo", why="too slow"), gate.gate)

        said = await at.outcome(gate.gate)
        assert said.refused
        assert (
            said.outcome
            == "Round 2 of traditional needs no answer any more: not better than linear."
        )
        assert not await at.inbox.pending(at.build)


async def test_words_on_a_recipe_that_waited_reach_whoever_proposes_again(tmp_path: Path) -> None:
    async with desk(tmp_path, mode="ask") as at:
        at.inbox.proposals.coder = notes = Notebook()
        gate = left_at_its_gate(at, "")
        at.decide(Answer(option="undo", why="too slow"), gate.gate)
        said = await at.outcome(gate.gate)
        end = {"track": "traditional", "round": 2, "candidate": "smooth", "commit": gate.commit}
        at.world.tell(ProposalRejected.model_validate({**end, "reason": "undone (x) by you"}))
        await at.inbox.settle(at.build)

        assert "no model is there to propose another" in said.outcome
        assert notes.asked == [("traditional/2", "too slow")]
        assert at.told(ProposalUndone) == []
