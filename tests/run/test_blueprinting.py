"""The plan of a run in git: once for every plan, with what the person left out of it."""

from pathlib import Path

from agents.journal.choices import LeaveOut, StopTrack
from agents.journal.events import BlueprintWritten
from agents.models import BlueprintStep
from agents.run.blueprinting import join_blueprint
from tests.iml_tui.runs import BLUEPRINT, plan
from tests.run.decisions.desk import Desk, desk

LATER = plan("pretrained", "deep")


def plans_of(at: Desk) -> list[str]:
    """Subjects of the commits that tell of a plan, oldest first."""
    subjects = [commit.subject for commit in reversed(at.world.repository.history())]
    return [one for one in subjects if one.startswith("plan")]


async def joined(at: Desk) -> None:
    await join_blueprint(at.world, at.build, [LATER], "plan/rivals-commit", why="Planned by m")


async def test_a_plan_that_is_only_put_in_other_words_is_committed_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await joined(at)
        assert plans_of(at) == ["plan: deep"]
    async with desk(tmp_path) as again:  # by an engine that says more of every step
        step = BlueprintStep(id="fit", part="train", directive="Fit.", reason="Anew.")
        first = BLUEPRINT.candidates[0].model_copy(update={"steps": (step,)})
        candidates = (first, *BLUEPRINT.candidates[1:])
        again.build.blueprint = BLUEPRINT.model_copy(update={"candidates": candidates})
        await joined(again)
        assert plans_of(again) == ["plan: deep"]


async def test_the_blueprint_says_what_the_person_left_out_and_stopped(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.build.blueprint = BLUEPRINT.model_copy(
            update={
                "candidates": (
                    *BLUEPRINT.candidates,
                    plan("traditional", "extra").model_copy(update={"recipe": "tables/forest"}),
                    LATER,
                )
            }
        )
        at.world.tell(BlueprintWritten(blueprint=at.build.blueprint))
        for choice in (LeaveOut(families=("forest",)), StopTrack(track="pretrained")):
            assert not (await at.outcome(at.decide(choice))).refused
        await at.inbox.settle(at.build)
        written = (at.world.workspace / "blueprint.md").read_text()
        assert "Left out, as you said: forest. Stopped, as you said: pretrained." in written
        assert "## extra (traditional): left out, as you said" in written
        assert "## deep (pretrained): stopped, as you said" in written
        assert plans_of(at)[-1] == "plan: without forest, pretrained, as you said"
