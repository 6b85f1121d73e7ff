"""The person's own edits, committed as theirs; `own_rounds` verifies them.

Nothing of theirs is ever overwritten: changed files are committed before anything else touches
them.
"""

import asyncio
from datetime import UTC, datetime

from agents.journal.events import UserEdited
from agents.run.world import World
from agents.workspace.message import ENGINE


def tell_forgotten_edits(world: World) -> None:
    """Journals edits that were committed just before the last engine died."""
    told = {
        fact.event.commit for fact in world.facts.of_run() if isinstance(fact.event, UserEdited)
    }
    started = world.facts.of_run()[0].moment
    for commit in reversed(world.repository.history()):
        edited = commit.subject.startswith("edit") and commit.author != ENGINE.name
        recent = datetime.fromisoformat(commit.at) >= started.replace(microsecond=0)
        if edited and recent and commit.id not in told and commit.ref is None:
            tracks = world.repository.tracks_changed(commit.parents[0], commit.id)
            paths = tuple(f"tracks/{track}/model.py" for track in tracks)
            world.tell(UserEdited(commit=commit.id, paths=paths))


async def save_edits(world: World) -> None:
    """Commits the person's edits as theirs, before anything else touches those files."""
    repository = world.repository
    edits = await asyncio.to_thread(repository.user_edits)
    if not edits:
        return
    saved = await asyncio.to_thread(repository.commit_user_edits, edits, datetime.now(UTC))
    if saved is not None:
        world.tell(UserEdited(commit=saved.commit, paths=tuple(sorted(edits))))
