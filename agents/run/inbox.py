"""What the person decides while the engine works: stop, go back, edits of their own.

Rows of viewers and changed files are taken up within half a second, journaled, and carried out; an
edited track is verified again from what the person wrote. Nothing of theirs is ever overwritten.
"""

import asyncio
from datetime import UTC, datetime

from agents.errors import InputError, WorkerError
from agents.journal import events
from agents.journal.events import UserEdited
from agents.journal.store import DecisionRow
from agents.models import CandidatePlan
from agents.run.redeciding import Redecided, redecide, restated
from agents.run.selection import Build
from agents.run.trial import Draft, Trial
from agents.run.verification import Sources
from agents.run.world import World
from agents.workspace.message import ENGINE, CommitMessage

POLL_S = 0.4
EDIT_POLLS = 5
"""Files are compared every this many polls."""


class StopRequestedError(Exception):
    """The person asked the run to stop; leaves `engine.run`, never the engine."""


class Inbox:
    """Takes up decisions and edits, and starts what follows from them."""

    def __init__(self, world: World, stop: asyncio.Event) -> None:
        """`stop` is set by signals; rows in the journal ask for the same."""
        self._world, self._stop = world, stop
        self._build: Build | None = None
        self._tasks: dict[str, list[asyncio.Task[object]]] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}

    def attend(self, build: Build) -> None:
        """From now on tracks exist that decisions can be about."""
        self._tell_forgotten_edits()
        self._build = build

    def _tell_forgotten_edits(self) -> None:
        """Journals edits that were committed just before the last engine died."""
        told = {
            fact.event.commit
            for fact in self._world.facts.of_run()
            if isinstance(fact.event, UserEdited)
        }
        started = self._world.facts.of_run()[0].moment
        for commit in reversed(self._world.repository.history()):
            edited = commit.subject.startswith("edit") and commit.author != ENGINE.name
            recent = datetime.fromisoformat(commit.at) >= started.replace(microsecond=0)
            if edited and recent and commit.id not in told and commit.ref is None:
                tracks = self._world.repository.tracks_changed(commit.parents[0], commit.id)
                paths = tuple(f"tracks/{track}/model.py" for track in tracks)
                self._world.tell(UserEdited(commit=commit.id, paths=paths))

    def adopt(self, track: str, task: asyncio.Task[object]) -> None:
        """Remembers a trial, so that going back can end it."""
        self._tasks.setdefault(track, []).append(task)

    async def follow(self) -> None:
        """Polls until cancelled.

        Raises:
            StopRequestedError: the run is to stop in good order.
        """
        polls = 0
        try:
            while True:
                self._raise_stop()
                if self._build is not None:
                    await self._attend_to(self._build, edits=polls % EDIT_POLLS == 0)
                polls += 1
                await asyncio.sleep(POLL_S)
        finally:
            for look in self._looks.values():
                look.cancel()

    async def _attend_to(self, build: Build, *, edits: bool) -> None:
        for row in self._rows("back"):
            await self._end_trials(str(row.choice["track"]))
        for row in self._rows("redecide"):
            if row.gate not in self._looks:
                self._looks[row.gate] = asyncio.create_task(self._look(build, row))
        if edits:
            await self._save_edits()

    def _rows(self, do: str) -> list[DecisionRow]:
        taken = self._world.facts.state.taken
        rows = self._world.facts.journal.decisions()
        return [row for row in rows if row.gate not in taken and row.choice.get("do") == do]

    def _raise_stop(self) -> None:
        for row in self._rows("stop"):
            self._take(row, "The run stopped; the next start goes on.")
            self._stop.set()
        if self._stop.is_set():
            raise StopRequestedError

    def _take(self, row: DecisionRow, outcome: str, *, refused: bool = False) -> None:
        self._world.facts.append(
            events.DecisionTaken(
                gate=row.gate, choice=row.choice, by=row.by, outcome=outcome, refused=refused
            )
        )

    async def _look(self, build: Build, row: DecisionRow) -> None:
        """Says no at once to a metric that cannot judge this; others wait for what is built."""
        try:
            await restated(self._world, build, row)
        except InputError as error:
            self._take_once(row, Redecided(str(error), refused=True))
        except WorkerError:
            pass  # it is asked again, and answered, when everything is decided

    def _take_once(self, row: DecisionRow, redecided: Redecided) -> None:
        if row.gate not in self._world.facts.state.taken:
            self._take(row, redecided.text, refused=redecided.refused)

    async def _end_trials(self, track: str) -> None:
        for task in self._tasks.pop(track, []):
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _save_edits(self) -> None:
        """Commits the person's edits as theirs, before anything else touches those files."""
        repository = self._world.repository
        edits = await asyncio.to_thread(repository.user_edits)
        if not edits:
            return
        saved = await asyncio.to_thread(repository.commit_user_edits, edits, datetime.now(UTC))
        if saved is not None:
            self._world.tell(UserEdited(commit=saved.commit, paths=tuple(sorted(edits))))

    async def pending(self, build: Build) -> bool:
        """Whether something came in that `settle` has not carried out yet."""
        await self._save_edits()
        known = {draft.what for draft in self._edited(build)}
        done = {moment.what for moment in self._world.facts.state.moments}
        waiting = self._rows("back") + self._rows("redecide")
        return bool(waiting) or not known <= done

    async def settle(self, build: Build) -> None:
        """Carries out what came in, and brings `build` to what the person decided."""
        self._build = build
        await self._save_edits()
        for draft in self._edited(build):
            await Trial(self._world, build, draft).run()
        for row in self._rows("back"):
            await self._go_back(row)
        build.current = {
            name: track.program
            for name, track in self._world.facts.state.tracks.items()
            if track.program is not None
        }
        build.undone = self._undone()
        await self._redecide(build)

    async def _redecide(self, build: Build) -> None:
        """Judges by the last metric of a person's that can be had, also after a restart."""
        rows = self._redecisions()
        while rows:
            row = rows.pop()
            redecided = await redecide(self._world, build, row)
            self._take_once(row, redecided)
            if not redecided.refused:
                break
        for row in rows:
            self._take_once(row, Redecided("A later choice of the metric took its place."))

    def _redecisions(self) -> list[DecisionRow]:
        """Changes of the metric in this run that were not refused, taken up before or not."""
        facts = self._world.facts.of_run()
        refused = {
            fact.event.gate
            for fact in facts
            if isinstance(fact.event, events.DecisionTaken) and fact.event.refused
        }
        rows = [
            row
            for row in self._world.facts.journal.decisions()
            if row.choice.get("do") == "redecide" and row.gate not in refused
        ]
        for late in (row for row in rows if row.at < facts[0].at):
            words = "It was asked of an earlier run: ask again."
            self._take_once(late, Redecided(words, refused=True))
        return [row for row in rows if row.at >= facts[0].at]

    def _edited(self, build: Build) -> list[Draft]:
        """A draft for every edit of a track's two parts, in the order in which they were made."""
        drafts: list[Draft] = []
        rounds: dict[str, int] = {}
        for fact in self._world.facts.of_run():
            if not isinstance(fact.event, UserEdited):
                continue
            for plan in self._plans_of(build, fact.event):
                number = rounds.get(plan.track, len(build.blueprint.of_track(plan.track))) + 1
                rounds[plan.track] = number
                drafts.append(self._draft(plan, number, fact.event.commit, "your edit"))
        return drafts

    def _plans_of(self, build: Build, edit: UserEdited) -> list[CandidatePlan]:
        touched = {
            path.split("/")[1]
            for path in edit.paths
            if path.startswith("tracks/") and path.endswith(("/preprocess.py", "/model.py"))
        }
        plans = (build.blueprint.of_track(track) for track in sorted(touched))
        return [self._accepted_plan(build, found) for found in plans if found]

    def _accepted_plan(self, build: Build, plans: tuple[CandidatePlan, ...]) -> CandidatePlan:
        program = self._world.facts.state.tracks[plans[0].track].program
        known = build.sources.get(program or "")
        return known[0] if known else plans[0]

    def _draft(self, plan: CandidatePlan, number: int, commit: str, what: str) -> Draft:
        files = self._world.repository.tree(commit, plan.track)
        folder = f"tracks/{plan.track}"
        sources = Sources(
            files[f"{folder}/preprocess.py"].decode(), files[f"{folder}/model.py"].decode()
        )
        named = plan.model_copy(update={"name": f"{plan.name.split(' ')[0]} {number}"})
        return Draft(
            plan=named, round=number, what=f"{what} {commit[:7]}", sources=sources, author="person"
        )

    async def _go_back(self, row: DecisionRow) -> None:
        track, to = str(row.choice["track"]), str(row.choice["to"])
        repository = self._world.repository
        message = CommitMessage(
            at=datetime.fromtimestamp(row.at, UTC),
            subject=f"back({track}): to {to[:7]}",
            track=track,
            decision=row.gate,
        )
        commit = await self._world.commit(
            f"decisions/{row.gate}",
            {"track": track, "to": to},
            lambda: repository.go_back(track, to, message),
            label=f"Going back on {track}",
        )
        self._world.tell(events.WentBack(track=track, to=to, commit=commit))
        self._take(row, f"{track} is as it was at {to[:7]}; later rounds stay in the history.")

    def _undone(self) -> frozenset[str]:
        """Programs of rounds that the person went back behind."""
        state = self._world.facts.state
        undone: set[str] = set()
        for fact in self._world.facts.of_run():
            if isinstance(fact.event, events.WentBack):
                target = next((m for m in state.moments if m.commit == fact.event.to), None)
                later = (
                    moment
                    for moment in state.moments
                    if target is not None
                    and moment.track == fact.event.track
                    and moment.round > target.round
                    and moment.started <= fact.active
                )
                undone |= {moment.program for moment in later if moment.program}
            if isinstance(fact.event, events.ProposalAccepted):
                undone.discard(fact.event.program)
        return frozenset(undone)
