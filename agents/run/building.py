"""The build phase: which candidate is tried when, and how far it goes (`design/scores.md`).

The baseline alone; every configuration on fold 1; those that may still matter on the other folds;
then variations of the best two. What depends on time is recorded, so that a run that goes on
decides as it did before.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence

from pydantic import JsonValue

from agents.journal import events
from agents.journal.state import Moment
from agents.models import CandidatePlan
from agents.recipes.plans.variations import Variation, variations
from agents.run.inbox import Inbox
from agents.run.last_resort import hand_in_constants
from agents.run.schedule import LEAST_FIT_S, ROOM, Cost, Screened, survivors
from agents.run.selection import Build, Scored, compare, ranked, round_of
from agents.run.trial import Draft, Trial
from agents.run.world import UNLIMITED_S, World

SEARCH_PATIENCE = 5
"""After so many ideas in a row that brought nothing, the search has found what there is."""
REPEATABLE_IDEAS = 2
"""How many ideas a repeatable run tries, since no clock bounds it."""
TIME_OVER = "not finished when the time for building was over"
TRACK_UNFINISHED = "the time was over before its solution.py had passed"
AROUND = 2
"""Variations are made of so many of the best."""


Do = Callable[[Trial], Awaitable[object]]


class Building:
    """The candidates of one run, stage by stage."""

    def __init__(self, world: World, build: Build, inbox: Inbox) -> None:
        """Plans are drafts from here on; nothing runs yet."""
        self._world, self._build, self.inbox = world, build, inbox
        self._plans = {plan.name: plan for plan in build.blueprint.candidates}
        self._trials: list[Trial] = []
        self._baselines: list[Trial] = []

    def enlist(self, trial: Trial) -> None:
        """Takes in a trial that others lead, so that it is not forgotten when time is over."""
        self._trials.append(trial)

    async def first_answers(self) -> None:
        """The baseline on fold 1, alone and at once: the first submission."""
        seconds = UNLIMITED_S
        if not self._world.repeatable:
            seconds = self._world.schedule.baseline_fit_s(self._build.blueprint.split.fits)
        cores = max(1, len(self._world.slots.cores) // 2)  # its questions run beside its fit
        for number, plan in enumerate(self._build.blueprint.of_track("baseline"), start=1):
            draft = Draft(
                plan, number, f"{plan.name} recipe", cores=cores, fit_s=seconds, alone=True
            )
            trial = self._trial(draft)
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
            self._trial(
                Draft(
                    plan,
                    rounds[plan.name],
                    f"{plan.name} recipe",
                    cores=min(cores, plan.threads),
                    fit_s=seconds[plan.name],
                )
            )
            for plan in plans
        ]
        begun: list[Trial] = []

        async def screen(trial: Trial) -> None:
            if self._may_begin(trial, first=len(begun) < AROUND):
                begun.append(trial)
                await trial.screen()

        baselines = [(trial, Trial.complete) for trial in self._baselines if self._goes_on(trial)]
        await self._side_by_side([*baselines, *((trial, screen) for trial in trials)])
        late = [trial.candidate for trial in trials if trial not in begun]
        if late:
            self._world.notice(f"The time for trying was over before {', '.join(late)}.")
        return [trial for trial in begun if trial.first is not None]

    def leave_unfinished(self) -> None:
        """What time cut off ends without a verdict, also should the run be taken up again."""
        for trial in self._trials:
            moment = self._moment(trial)
            if moment is not None and moment.ended is None:
                trial.leave(TIME_OVER)

    async def complete(self, trials: Sequence[Trial]) -> None:
        """Those that may still matter do the other folds; the rest stays with fold 1."""
        chosen = await self._survivors(trials)
        for trial in trials:
            if trial.candidate not in chosen:
                trial.leave("behind after fold 1, and no time for the other folds")
        going_on = [one for one in trials if one.candidate in chosen and self._goes_on(one)]
        going_on.sort(key=lambda trial: chosen.index(trial.candidate))
        await self._side_by_side([(trial, Trial.fill) for trial in going_on])
        await self._settle([trial for trial in going_on if trial.filled is not None])

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

    async def search(self) -> None:
        """Variations of the best two on fold 1, the better ones on all folds, until none helps."""
        tried: set[str] = set()
        fruitless = 0
        while fruitless < SEARCH_PATIENCE:
            if self._world.repeatable and len(tried) >= REPEATABLE_IDEAS:
                return
            ideas = [
                (trial, parent)
                for trial, parent in await self._ideas(tried)
                if self._may_begin(trial, first=True)
            ]
            if not ideas:
                return
            tried |= {trial.candidate for trial, _ in ideas}
            parents = {trial.path: parent for trial, parent in ideas}
            helped: list[bool] = []

            async def follow(
                trial: Trial,
                parents: dict[str, Scored] = parents,
                helped: list[bool] = helped,
            ) -> None:
                helped.append(await self._follow(trial, parents[trial.path]))

            await self._side_by_side([(trial, follow) for trial, _ in ideas])
            fruitless = 0 if any(helped) else fruitless + len(ideas)

    # --- trials -----------------------------------------------------------------------------------

    def _trial(self, draft: Draft) -> Trial:
        trial = Trial(self._world, self._build, draft)
        self._trials.append(trial)
        return trial

    def _moment(self, trial: Trial) -> Moment | None:
        return self._world.facts.state.moment(f"{trial.track}/{trial.draft.round}")

    def _goes_on(self, trial: Trial) -> bool:
        """Whether time did not cut it off before."""
        moment = self._moment(trial)
        return moment is None or moment.reason != TIME_OVER

    def _may_begin(self, trial: Trial, *, first: bool) -> bool:
        """Whether there is time; what was begun before the engine died always goes on."""
        if self._moment(trial) is not None:
            return self._goes_on(trial)
        over = self._world.facts.state.card is not None
        early = self._world.active < self._world.schedule.screening_ends
        return not over and (first or early)

    async def _side_by_side(self, jobs: Sequence[tuple[Trial, Do]]) -> None:
        """One more than there are cores, in order; one after another in a repeatable run."""
        if self._world.repeatable:
            for trial, do in jobs:
                await do(trial)
            return
        room = asyncio.Semaphore(len(self._world.slots.cores) + 1)

        async def one(trial: Trial, do: Do) -> None:
            async with room:
                await do(trial)

        async with asyncio.TaskGroup() as group:
            for trial, do in jobs:
                task = group.create_task(one(trial, do), name=trial.path)
                self.inbox.adopt(trial.track, task)

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

    # --- search -----------------------------------------------------------------------------------

    async def _ideas(self, tried: set[str]) -> list[tuple[Trial, Scored]]:
        """The next untried variation of each of the best two, beside what it is made of."""
        best = await ranked(self._world, self._build)
        parents = [one for one in best.order if one.trusted][:AROUND]
        ideas: dict[str, tuple[Trial, Scored]] = {}
        for parent in parents:
            plan = self._build.sources[parent.program][0]
            named = [
                _varied(plan, one)
                for one in variations(plan, self._build.profile)
                if _is_new(plan, one)
            ]
            fresh = next((one for one in named if one.name not in tried | ideas.keys()), None)
            if fresh is not None:
                ideas[fresh.name] = self._variation(fresh, parent), parent
        return list(ideas.values())

    def _variation(self, plan: CandidatePlan, parent: Scored) -> Trial:
        """A trial of a variation, with about the time that its parent needed."""
        number = round_of(self._world, self._build, plan.track, plan.name)
        usual = parent.seconds / max(1, len(parent.folds))
        seconds = UNLIMITED_S if self._world.repeatable else max(LEAST_FIT_S, ROOM * usual)
        trial = self._trial(Draft(plan, number, plan.name, fit_s=seconds))
        if self._may_begin(trial, first=True):
            trial.begin()
        return trial

    async def _follow(self, trial: Trial, parent: Scored) -> bool:
        """Tries one variation; whether it became the best of its track."""
        first = await trial.screen()
        if first is None:
            return False
        comparison = await compare(self._world, self._build, first, parent)
        if comparison.difference <= 0:
            trial.leave(
                f"no better than {parent.candidate} on fold 1: "
                f"{comparison.difference:+.4f} ±{comparison.error:.4f}"
            )
            return False
        scored = await trial.complete()
        return scored is not None and self._build.current.get(trial.track) == scored.program


async def _one_by_one(trials: Sequence[Trial]) -> None:
    for trial in trials:
        await trial.settle()


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
        elif track in faulty:
            ended = events.TrackEnded(track=track, state="failed")
        else:
            ended = events.TrackEnded(track=track, state="unfinished", text=TRACK_UNFINISHED)
        world.tell(ended)


def _is_new(plan: CandidatePlan, variation: Variation) -> bool:
    """Whether it changes anything, and was not made use of already."""
    changes = any(plan.literals.get(name) != value for name, value in variation.literals.items())
    return changes and variation.name not in plan.name.split("-")[1:]


def _varied(plan: CandidatePlan, variation: Variation) -> CandidatePlan:
    return plan.model_copy(
        update={
            "name": f"{plan.name}-{variation.name}",
            "literals": {**plan.literals, **variation.literals},
            "reason": variation.reason,
        }
    )


def _figures(screened: JsonValue) -> tuple[float, float]:
    assert isinstance(screened, list)
    behind, weight = screened
    return float(str(behind)), float(str(weight))
