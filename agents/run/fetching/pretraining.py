"""The pretrained track of a run (3.4.2): from checkpoints at hand to candidates on fold 1.

It begins when the first submission is made, beside everything else. A few contents of the
competition tell how long each encoder takes; what can be done in time is done once for all folds,
and the plans that adapt it join the blueprint. Where nothing comes of it the track is declined,
with a sentence, before the run's time is gone.
"""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.execution.protocol import Stage
from agents.journal import events
from agents.models import CandidatePlan, Frozen
from agents.recipes.plans.pretrained import Encoder, Measured, lengths_for, longest_within
from agents.roles.guideline_agent import guide_pretrained
from agents.roles.preprocessing_coder import write_encoding
from agents.run.blueprinting import decline, join_blueprint
from agents.run.building import Building
from agents.run.candidates.draft import Draft
from agents.run.candidates.trial import Trial
from agents.run.choosing.selection import Build, hopeless, round_of
from agents.run.fetching.checkpoints import find_encoders
from agents.run.only import is_wanted, open_to_models
from agents.run.world import UNLIMITED_S, Order, World

TRACK = "pretrained"
ENCODING_SHARE = 0.5
"""Of the time until all folds should be done: what encoding everything may take."""
UNREAD = "the time was over before an encoder had read everything"
LEAST_FIT_S = 30.0
START_S = 60.0
"""What loading packages and weights may take on a busy machine."""
OUTPUTS: Final = {"measure": "report.json", "embed": "vectors.npz"}
"""What each program writes."""
ROOM = 2.0
"""Encoding may take so many times what was measured."""


class _Length(Frozen):
    """What was decided of an encoder."""

    longest: int | None
    """After so many tokens texts are cut; None where it takes too long at any length."""
    seconds: float
    """What it may take."""


class Pretraining:
    """The encoders of one run, and the candidates that adapt them."""

    def __init__(
        self, world: World, build: Build, building: Building, adviser: Adviser | None
    ) -> None:
        """Nothing is looked for yet; `adviser` may choose among checkpoints."""
        self._world, self._build, self._building = world, build, building
        self._adviser = adviser
        self._cores = max(1, len(world.slots.cores) // 2)
        self._until = math.inf
        only = world.settings.only
        possible = TRACK in open_to_models(build.blueprint, None)
        wanted = is_wanted(TRACK, only) or TRACK in open_to_models(build.blueprint, only)
        self._open = possible and wanted and bool(build.blueprint.candidates)
        if not self._open:
            build.encoders_known.set()

    async def run(self) -> None:
        """All of it; nothing where the blueprint declines the track, or nobody wants it."""
        build, world = self._build, self._world
        if not self._open:
            return
        try:
            found = await find_encoders(world, build, self._adviser)
            build.encoders = found.encoders
        finally:
            build.encoders_known.set()
        stopped = TRACK in world.facts.state.stopped_tracks
        if stopped or not is_wanted(TRACK, world.settings.only):
            return
        await build.first_ready.wait()
        if not world.repeatable:
            begun, end = world.active, world.schedule.folds_end
            self._until = begun + ENCODING_SHARE * max(0.0, end - begun)
        plans: list[CandidatePlan] = []
        problems = [*found.problems]
        for encoder in found.encoders:
            adapted = await self._adapt(encoder)
            if isinstance(adapted, str):
                problems.append(adapted)
            else:
                plans += adapted
        if not plans:
            words = " ".join(problems) or "No pretrained encoder suits these rows."
            await decline(world, build, TRACK, words)
            return
        for problem in problems:
            world.notice(problem)
        await join_blueprint(world, build, plans, "plan/pretrained-commit", why="Pretrained")
        await self._try(plans)

    def end(self) -> None:
        """Says so where the time was over before the track had any plan."""
        blueprint = self._build.blueprint
        if self._open and not blueprint.of_track(TRACK) and TRACK not in blueprint.declined:
            stopped = TRACK in self._world.facts.state.stopped_tracks
            why = "you stopped it" if stopped else UNREAD
            ended = events.TrackEnded(track=TRACK, state="unfinished", text=why)
            self._world.tell(ended)

    # --- encoding everything once -----------------------------------------------------------------

    async def _adapt(self, encoder: Encoder) -> tuple[CandidatePlan, ...] | str:
        """The plans of an encoder once everything is encoded; why there are none, as a sentence."""
        task, profile = self._build.task, self._build.profile
        first = guide_pretrained(task, profile, encoder, lengths_for(encoder)[0], 0)[0]
        report = await self._run(encoder, first, "measure", START_S + self._left())
        if isinstance(report, str):
            return report
        measured = Measured.model_validate_json(report[0])
        length = await self._length(encoder, measured)
        if length.longest is None:
            return self._too_slow(encoder, measured, length.seconds)
        plans = guide_pretrained(task, profile, encoder, length.longest, measured.dimensions)
        seconds = ROOM * measured.whole_seconds(length.longest) + START_S
        if self._world.repeatable:
            seconds = UNLIMITED_S
        kept = await self._run(encoder, plans[0], "embed", seconds)
        return kept if isinstance(kept, str) else plans

    def _left(self) -> float:
        """Seconds that encoding may still take."""
        return max(0.0, self._until - self._world.active)

    async def _length(self, encoder: Encoder, measured: Measured) -> _Length:
        """After how many tokens texts are cut, so that all is encoded in time; recorded."""

        async def decide() -> JsonValue:
            seconds = UNLIMITED_S if self._world.repeatable else self._left()
            longest = longest_within(encoder, measured, seconds)
            return _Length(longest=longest, seconds=seconds).model_dump(mode="json")

        step = f"{TRACK}/{encoder.short}/length"
        label = f"Judging how long {encoder.repository} takes"
        return _Length.model_validate(await self._world.steps.step(step, {}, decide, label=label))

    def _too_slow(self, encoder: Encoder, measured: Measured, seconds: float) -> str:
        shortest = lengths_for(encoder)[-1]
        needed = measured.whole_seconds(shortest)
        return (
            f"`{encoder.repository}` would take about {needed:,.0f} s to read "
            f"{measured.contents:,} {encoder.kind}s, and this run can spare {seconds:,.0f} s: give "
            "it more time with --time-limit, or a graphics card."
        )

    async def _run(
        self, encoder: Encoder, plan: CandidatePlan, part: str, seconds: float
    ) -> tuple[str] | str:
        """Runs `measure.py` or `embed.py` of an encoder; a durable step.

        Returns:
            The report (empty for `embed.py`, whose vectors are kept for programs to come), alone in
            a tuple; or why it failed, as a sentence.
        """
        world, step = self._world, f"{TRACK}/{encoder.short}/{part}"
        text = write_encoding(plan, part)
        what = "on a few contents" if part == "measure" else "over everything, once"
        label = f"Running {encoder.repository} {what}"

        async def do() -> JsonValue:
            attempt = world.paths.attempt(step)
            stage = self._stage(part, attempt / "out", seconds)
            order = Order(
                step=step,
                track=TRACK,
                candidate=encoder.short,
                label=label,
                files={f"{part}.py": text},
                stages=(stage,),
                attempt=attempt,
                trusted=True,
                cores=self._cores,
            )
            outcome = await world.run_program(order)
            if not outcome.ok:
                last = (outcome.tail.strip().splitlines() or [outcome.ended])[-1]
                ended = outcome.ended if outcome.ended == "timed out" else last
                return {"problem": f"`{encoder.repository}` could not be run here: {ended}"}
            if part == "measure":
                return {"report": (attempt / "out" / OUTPUTS[part]).read_text(encoding="utf-8")}
            shutil.move(
                attempt / "out" / OUTPUTS[part], world.paths.vectors / f"{encoder.short}.npz"
            )
            return {"report": ""}

        result = await world.steps.step(step, {"text": text}, do, label=label)
        assert isinstance(result, dict)
        problem = str(result.get("problem", ""))
        return problem or (str(result["report"]),)

    def _stage(self, part: str, out: Path, seconds: float) -> Stage:
        """The program over all rows, with and without labels, which it does not read."""
        build = self._build
        fold, vault = build.first_blind, build.vault
        learned, asked = (fold.fit,), [fold.predict]
        if build.full is not None:
            learned, asked = (build.full.fit,), [build.full.predict]
        elif vault is not None:
            asked.append(vault.predict)
        folders = ["--learned", *map(str, learned), "--asked", *map(str, asked)]
        return Stage(
            name=part,
            kind="script",
            reads=(*learned, *asked),
            writes=(out,),
            arguments={"argv": [f"{part}.py", str(out / OUTPUTS[part]), *folders]},
            time_limit_s=min(seconds, UNLIMITED_S),
        )

    # --- trying what was planned ------------------------------------------------------------------

    async def _try(self, plans: Sequence[CandidatePlan]) -> None:
        """Each plan on fold 1; those that may still matter on the other folds."""
        building, trials = self._building, list[Trial]()
        for plan in plans:
            what = f"{plan.name} recipe"
            number = round_of(self._world, self._build, TRACK, what)
            seconds = UNLIMITED_S if self._world.repeatable else LEAST_FIT_S + ROOM * plan.seconds
            trial = building.new_trial(Draft(plan, number, what, fit_s=seconds))
            if building.may_begin(trial, first=True):
                trial.begin()
                trials.append(trial)
        await building.side_by_side([(trial, Trial.screen) for trial in trials])
        promising = []
        for trial in trials:
            if trial.first is None:
                continue
            if reason := await hopeless(self._world, self._build, trial.first):
                trial.leave(reason)
            else:
                promising.append(trial)
        await building.complete(promising)
