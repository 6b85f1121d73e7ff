"""A program lies in git as a proposal before anything is tried: what fails can be looked at too."""

from datetime import datetime

from agents.journal.events import ProposalMade
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from agents.run.candidates.draft import Draft
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import track_files
from agents.run.world import World
from agents.workspace.message import CommitMessage

PARTS = ("preprocess.py", "model.py")


def written(world: World, draft: Draft) -> Sources:
    """The two parts of a program that is to be tried.

    Where the run is over, a recipe's program is what was proposed then: a later version of the
    engine would write another one, and train again what was trained.

    Args:
        world: The joined parts.
        draft: What it is.
    """
    if draft.sources is not None:
        return draft.sources
    track, state = draft.plan.track, world.facts.state
    moment = state.moment(f"{track}/{draft.round}") if state.card is not None else None
    if moment is None or moment.proposal is None:
        return Sources(write_preprocessing(draft.plan), write_model(draft.plan))
    tree = world.repository.tree(moment.proposal, track)
    preprocess, model = (tree[f"tracks/{track}/{name}"].decode() for name in PARTS)
    return Sources(preprocess, model)


async def propose(world: World, draft: Draft, sources: Sources, began: datetime) -> str:
    """Commits a program off the main line; the commit.

    Args:
        world: The joined parts.
        draft: What it is.
        sources: Its two parts.
        began: When its round began: a repetition gives the same commit.
    """
    track, number = draft.plan.track, draft.round
    message = CommitMessage(
        at=began,
        subject=f"propose({track}): round {number}, {draft.what}",
        track=track,
        round=number,
        models=draft.models,
    )

    def commit_it() -> str:
        files = track_files(draft.plan, sources, None)
        return world.repository.propose(track, number, 1, files, message)

    commit = await world.commit(
        f"{track}/round-{number}/propose",
        {"program": sources.program},
        commit_it,
        label="Writing the draft",
    )
    candidate, program = draft.plan.name, sources.program
    world.tell(
        ProposalMade(track=track, round=number, candidate=candidate, commit=commit, program=program)
    )
    return commit
