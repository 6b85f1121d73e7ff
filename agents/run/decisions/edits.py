"""The person's own edits: committed as theirs, then verified like any other program.

Nothing of theirs is ever overwritten: changed files are committed before anything else touches
them.
"""

import asyncio
from datetime import UTC, datetime

from agents.journal.events import UserEdited
from agents.models import CandidatePlan
from agents.run.selection import Build, round_of
from agents.run.trial import Draft
from agents.run.verification import Sources
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


def edited_drafts(world: World, build: Build) -> list[Draft]:
    """A draft for every edit of a track's two parts, in the order in which they were made."""
    drafts: list[Draft] = []
    for fact in world.facts.of_run():
        if not isinstance(fact.event, UserEdited):
            continue
        for plan in _plans_of(world, build, fact.event):
            what = f"your edit {fact.event.commit[:7]}"
            taken = [one.round for one in drafts if one.plan.track == plan.track]
            number = max([round_of(world, build, plan.track, what), *(one + 1 for one in taken)])
            drafts.append(_draft(world, plan, number, fact.event.commit, what))
    return drafts


def _plans_of(world: World, build: Build, edit: UserEdited) -> list[CandidatePlan]:
    touched = {
        path.split("/")[1]
        for path in edit.paths
        if path.startswith("tracks/") and path.endswith(("/preprocess.py", "/model.py"))
    }
    plans = (build.blueprint.of_track(track) for track in sorted(touched))
    return [_accepted_plan(world, build, found) for found in plans if found]


def _accepted_plan(world: World, build: Build, plans: tuple[CandidatePlan, ...]) -> CandidatePlan:
    program = world.facts.state.tracks[plans[0].track].program
    known = build.sources.get(program or "")
    return known[0] if known else plans[0]


def _draft(world: World, plan: CandidatePlan, number: int, commit: str, what: str) -> Draft:
    files = world.repository.tree(commit, plan.track)
    folder = f"tracks/{plan.track}"
    sources = Sources(
        files[f"{folder}/preprocess.py"].decode(), files[f"{folder}/model.py"].decode()
    )
    named = plan.model_copy(update={"name": f"{plan.name.split(' ')[0]} {number}"})
    return Draft(plan=named, round=number, what=what, sources=sources, author="person")
