"""The build phase: which candidate is tried when, and how far it goes (`design/scores.md`).

The baseline alone; every configuration on fold 1; those that may still matter on the other folds.
What depends on time is recorded, so that a run that goes on decides as it did before. What comes
after that is in `agents.run.improving`.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence

from pydantic import JsonValue

from agents.journal import events
from agents.journal.state import Moment
from agents.models import CandidatePlan
from agents.run.candidates.draft import Draft
from agents.run.candidates.trial import Trial
from agents.run.choosing.last_resort import hand_in_constants
from agents.run.choosing.selection import Build, ranked
from agents.run.decisions.inbox import Inbox
from agents.run.decisions.leaving_out import is_left_out, kind_of
from agents.run.decisions.shown import TAKEN
from agents.run.schedule import FEWEST_SURVIVORS, Cost, Screened, survivors
from agents.run.world import UNLIMITED_S, World

TIME_OVER = "not finished when the time for building was over"
STOPPED = "you stopped its track"
LEFT_OUT = "you left its kind out"
TRACK_UNFINISHED = "the time was over before its solution.py had passed"
FIRST = 2
"""So many configurations meet fold 1, whatever the time."""


Do = Callable[[Trial], Awaitable[object]]


class Building:
    """The candidates of one run, stage by stage."""

    def __init__(self, world: World, build: Build, inbox: Inbox) -> None:
        """Plans are drafts from here on; nothing runs yet."""
        self._world, self._build, self.inbox = world, build, inbox
        self._plans = {plan.name: plan for plan in build.blueprint.candidates}
        self._trials: list[Trial] = []
        self._baselines: list[Trial] = []
        self.over = False
        """Whether recipes have nothing left to try."""
        self.beside: asyncio.TaskGroup | None = None
        """Where to wait for a person while everything else goes on."""
        self._early: list[Trial] = []
        """Those that did the other folds while slower ones still met fold 1."""

    def enlist(self, trial: Trial) -> None:
        """Takes in a trial that others lead, so that it is not forgotten when time is over."""
        self._trials.append(trial)

    async def first_answers(self) -> None:
        """The baseline on fold 1, alone and at once: the first submission."""
        seconds = UNLIMITED_S
        if not self._world.repeatable:
            seconds = self._world.first_schedule.baseline_fit_s(self._build.blueprint.split.fits)
        free = len(self._world.slots.cores)
        cores = max(1, free // 2)  # its questions run beside its fit
        for number, plan in enumerate(self._build.blueprint.of_track("baseline"), start=1):
            draft = Draft(
                plan, number, f"{plan.name} recipe", cores=cores, fit_s=seconds, alone=free > 1
            )
            trial = self.new_trial(draft)
            if await trial.screen() is not None:
                self._baselines.append(trial)
        await hand_in_constants(self._world, self._build)

    async def screen(self) -> list[Trial]:
        """Every other configuration on fold 1, as long as the time for trying lasts.

        Meanwhile the baseline does its other folds.
        """
        plans = [plan for plan in self._plans.values() if plan.track != "baseline"]
        seconds = await self._fit_seconds(plans)
        rounds = {
            plan.name: number
            for track in dict.fromkeys(plan.track for plan in plans)
            for number, plan in enumerate(self._build.blueprint.of_track(track), start=1)
        }
        cores = self._cores_each(len(plans))
        trials = [
            self.new_trial(
                Draft(
                    plan,
                    rounds[plan.name],
                    f"{plan.name} recipe",
                    cores=min(cores, plan.threads),
                    fit_s=seconds[plan.name],
                    at_once=not self._baselines,
                )
            )
            for plan in plans
        ]
        begun: list[Trial] = []
        waiting = {trial.path for trial in trials}

        async def screen(trial: Trial) -> None:
            waiting.discard(trial.path)
            if self.may_begin(trial, first=len(begun) < FIRST):
                begun.append(trial)
                await trial.screen()
            if not waiting:
                await self._fill_meanwhile(begun)

        baselines = [(trial, Trial.complete) for trial in self._baselines if self._goes_on(trial)]
        await self.side_by_side([*baselines, *((trial, screen) for trial in trials)])
        late = [trial.candidate for trial in trials if trial not in begun]
        if late:
            self._world.notice(f"The time for trying was over before {', '.join(late)}.")
        return [trial for trial in begun if trial.first is not None]

    async def _fill_meanwhile(self, begun: Sequence[Trial]) -> None:
        """Where a slow one still meets fold 1, the two best go on: they survive in any case."""
        if self._world.repeatable or self._world.facts.state.card is not None:
            return
        higher = self._build.task.metric.direction == "higher"
        while any(_is_screening(trial) for trial in begun):
            scores = {trial: trial.first.score.value for trial in begun if trial.first is not None}
            best = sorted(scores, key=scores.__getitem__, reverse=higher)[:FEWEST_SURVIVORS]
            next_one = next((trial for trial in best if trial not in self._early), None)
            if next_one is None or not self._goes_on(next_one):
                return
            self._early.append(next_one)
            await next_one.fill()

    def leave_unfinished(self) -> None:
        """What time cut off ends without a verdict, also should the run be taken up again."""
        for trial in self._trials:
            moment = self._moment(trial)
            if moment is not None and moment.ended is None:
                trial.leave(TIME_OVER)
                if trial.first is not None and trial.filled is None and not trial.is_held_back:
                    self._build.cut_off.append(trial.first)

    async def complete(self, trials: Sequence[Trial]) -> None:
        """Those that may still matter do the other folds; the rest stays with fold 1."""
        chosen = await self._survivors(trials)
        for trial in trials:
            self._leave_if_unwanted(trial)
        trials = [trial for trial in trials if not self._unwanted(trial)]
        late = [trial for trial in trials if trial not in self._early]
        for trial in late:
            if trial.candidate not in chosen:
                trial.leave("behind after fold 1, and no time for the other folds")
        going_on = [one for one in late if one.candidate in chosen and self._goes_on(one)]
        going_on.sort(key=lambda trial: chosen.index(trial.candidate))
        await self.side_by_side([(trial, Trial.fill) for trial in going_on])
        filled = [trial for trial in trials if trial.filled is not None and self._goes_on(trial)]
        settling = self._settle(filled)
        if self._world.mode == "ask" and self.beside is not None:
            self.beside.create_task(settling, name="settle")  # it waits for the person, for long
        else:
            await settling

    async def verify_one(self) -> None:
        """Where time ended before any program was verified to its end, the best one still is."""
        scored = self._build.scored
        done = [trial for trial in self._trials if _program(trial) in scored]
        if self._build.current or not done:
            return
        try:
            async with self._world.in_time():
                for trial in await self._by_rank(done):
                    if await trial.settle() is not None:
                        return
        except TimeoutError:
            return

    async def _by_rank(self, trials: Sequence[Trial]) -> list[Trial]:
        """The best first."""
        order = (await ranked(self._world, self._build)).order
        places = {one.program: place for place, one in enumerate(order)}
        return sorted(trials, key=lambda one: places.get(_program(one), len(places)))

    async def _settle(self, trials: Sequence[Trial]) -> None:
        """The best of each track first: only what wins is written out as one program."""
        by_rank = await self._by_rank(trials)
        async with asyncio.TaskGroup() as group:
            for track in dict.fromkeys(trial.track for trial in by_rank):
                ours = [trial for trial in by_rank if trial.track == track]
                group.create_task(_one_by_one(ours), name=f"{track}/settle")

    # --- trials -----------------------------------------------------------------------------------

    def new_trial(self, draft: Draft) -> Trial:
        """A trial that is not forgotten when time is over."""
        trial = Trial(self._world, self._build, draft)
        self._trials.append(trial)
        return trial

    def _moment(self, trial: Trial) -> Moment | None:
        return self._world.facts.state.moment(f"{trial.track}/{trial.draft.round}")

    def _goes_on(self, trial: Trial) -> bool:
        """Whether neither time nor the person cut it off before."""
        moment = self._moment(trial)
        if moment is None or moment.ended is None:
            return not self._unwanted(trial)
        return not was_cut_off(moment)

    def _unwanted(self, trial: Trial) -> str:
        """Why the person wants nothing more of it; empty where they do."""
        if trial.track in self._world.facts.state.stopped_tracks:
            return STOPPED
        return LEFT_OUT if is_left_out(self._world, trial.draft.plan) else ""

    def _leave_if_unwanted(self, trial: Trial) -> None:
        """What the person cut off ends without a verdict."""
        moment = self._moment(trial)
        if moment is not None and moment.ended is None and (why := self._unwanted(trial)):
            trial.leave(why)

    def may_begin(self, trial: Trial, *, first: bool) -> bool:
        """Whether there is time; what was begun before the engine died always goes on."""
        if self._moment(trial) is not None:
            return self._goes_on(trial)
        state = self._world.facts.state
        over = state.card is not None or state.finishing or bool(self._unwanted(trial))
        early = self._world.active < self._world.schedule.screening_ends
        return not over and (first or early)

    async def side_by_side(self, jobs: Sequence[tuple[Trial, Do]]) -> None:
        """One more than there are cores, in order; one after another in a repeatable run."""
        room = asyncio.Semaphore(1 if self._world.repeatable else len(self._world.slots.cores) + 1)

        async def one(trial: Trial, do: Do) -> None:
            async with room:
                try:
                    await do(trial)
                finally:
                    self._leave_if_unwanted(trial)

        async with asyncio.TaskGroup() as group:
            for trial, do in jobs:
                task = group.create_task(one(trial, do), name=trial.path)
                self.inbox.adopt(trial.track, task)
                self.inbox.adopt(kind_of(trial.draft.plan), task)

    def _cores_each(self, programs: int) -> int:
        return max(1, len(self._world.slots.cores) // max(1, programs))

    async def _fit_seconds(self, plans: Sequence[CandidatePlan]) -> dict[str, float]:
        """What a fit of each candidate may take; recorded, since time is an input."""
        costs = [Cost(plan.name, plan.seconds) for plan in plans]

        async def divide() -> JsonValue:
            folds = self._build.blueprint.split.fits
            return {**self._world.schedule.fit_seconds(self._world.active, costs, folds)}

        if self._world.repeatable or not plans:
            return {plan.name: UNLIMITED_S for plan in plans}
        names: JsonValue = [plan.name for plan in plans]
        seconds = await self._world.steps.step(
            "build/fit-seconds", names, divide, label="Dividing the time"
        )
        assert isinstance(seconds, dict)
        return {name: float(str(value)) for name, value in seconds.items()}

    # --- after fold 1 -----------------------------------------------------------------------------

    async def _survivors(self, trials: Sequence[Trial]) -> list[str]:
        """Names of those that go on, the most promising first; recorded, since time counts."""
        if self._world.facts.state.card is not None:  # those that went on then, and no others
            return [trial.candidate for trial in trials if self._did_all_folds(trial)]
        first = {trial.candidate: trial.first for trial in trials if trial.first is not None}
        keys: list[JsonValue] = [[name, scored.key] for name, scored in first.items()]

        async def choose() -> JsonValue:
            screened = await self._world.worker.call(
                "screen",
                {
                    "task": self._build.task.model_dump(mode="json"),
                    "answers": self._build.answers,
                    "scores": str(self._world.paths.scores),
                    "candidates": keys,
                },
            )
            assert isinstance(screened, dict)
            after = [
                Screened(name, *_figures(screened[name]), scored.seconds)
                for name, scored in first.items()
            ]
            window = max(0.0, self._world.schedule.folds_end - self._world.active)
            folds = self._build.blueprint.split.fits
            return [*survivors(after, window, len(self._world.slots.cores), folds)]

        if not first:
            return []
        digest = hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:12]
        chosen = await self._world.steps.step(
            f"build/survivors-{digest}", keys, choose, label="Comparing on fold 1"
        )
        assert isinstance(chosen, list)
        return [str(name) for name in chosen]

    def _did_all_folds(self, trial: Trial) -> bool:
        moment = self._moment(trial)
        score = moment.score if moment is not None else None
        return score is not None and len(score.folds) >= self._build.blueprint.split.folds


def was_cut_off(moment: Moment | None) -> bool:
    """Whether a round ended without a verdict: it is not taken up again."""
    cut_off = {TIME_OVER, STOPPED, LEFT_OUT, TAKEN}
    return moment is not None and moment.ended is not None and moment.reason in cut_off


async def _one_by_one(trials: Sequence[Trial]) -> None:
    for trial in trials:
        await trial.settle()


def _is_screening(trial: Trial) -> bool:
    return trial.first is None and trial.fault is None and trial.verdict is None


def _program(trial: Trial) -> str:
    return trial.filled.program if trial.filled is not None else ""


def end_tracks(world: World, build: Build) -> None:
    """Says of each planned track whether it has a valid program, or why not."""
    tracks = dict.fromkeys(plan.track for plan in build.blueprint.candidates)
    moments = world.facts.state.moments
    late = {one.track for one in moments if one.reason == TIME_OVER}
    faulty = {one.track for one in moments if one.fault is not None} - late
    for track in tracks:
        if track in build.current:
            ended = events.TrackEnded(track=track, state="valid")
        elif track in world.facts.state.stopped_tracks:
            ended = events.TrackEnded(track=track, state="unfinished", text="you stopped it")
        elif track in faulty:
            ended = events.TrackEnded(track=track, state="failed")
        else:
            text = TRACK_UNFINISHED if track in late else _last_reason(moments, track)
            ended = events.TrackEnded(track=track, state="unfinished", text=text)
        world.tell(ended)


def _last_reason(moments: Sequence[Moment], track: str) -> str:
    """Why the last program of a track did not stay."""
    reasons = (one.reason for one in reversed(moments) if one.track == track and one.reason)
    return next(reasons, TRACK_UNFINISHED)


def _figures(screened: JsonValue) -> tuple[float, float]:
    assert isinstance(screened, list)
    behind, weight = screened
    return float(str(behind)), float(str(weight))
