"""A program taken up the engine's ladder as far as `sample`, outside of a run.

The same checks in the same order as `agents.run.candidates.trial`: reading alone, claimed steps,
real data in the sandbox, promises against facts, scores, changed rows, and `solution.py` where a
case is about it. Limits are tighter, since the made competitions are small.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.work import (
    do_build_view,
    do_judge_sample,
    do_judge_solution,
    do_judge_variants,
)
from agents.contract import differences, unpromised
from agents.execution import child
from agents.execution.executor import Executor
from agents.execution.protocol import Limits, Outcome, Program, Stage, StageResult
from agents.models import (
    BlueprintStep,
    CandidatePlan,
    Contract,
    ContractObject,
    Decision,
    Fault,
    Profile,
    Task,
)
from agents.recipes.writing.claims import unclaimed_steps
from agents.roles.assembler import assemble
from agents.roles.error_analyzer import analyze, completed, module_exists, static_faults
from agents.run.candidates.solution_check import rung_fault
from agents.run.candidates.verification import (
    CHECKED_VIEWS,
    SHUFFLED,
    Sources,
    StagePlan,
    VariantScores,
    ViewFact,
    plan_sample,
    plan_solution,
    plan_variants,
)
from agents.run.paths import Paths
from benchmarks.broken.data import write_data

STAGE_S: Final = 5
"""Of the processor, a stage."""
TOLD_S: Final = 4.0
"""What a fit is told to keep to."""
MEMORY: Final = 4 * 2**30
FOR_ALL_S: Final = 4 * 3600.0
BASES: Final = Path(__file__).with_name("bases")
SOLUTION: Final = "solution.py"
RUNNER: Final = Path(__file__).with_name("runner.py")
IMPORTS: Final = """
import catboost, joblib, lightgbm, numpy, pandas, pyarrow.parquet, scipy.sparse, torch
import sklearn.compose, sklearn.ensemble, sklearn.feature_extraction.text, sklearn.impute
import sklearn.linear_model, sklearn.metrics, sklearn.model_selection, sklearn.pipeline
import sklearn.preprocessing, sklearn.tree, torch.utils.data
"""
"""Imported once, ahead of all programs."""


@dataclass(frozen=True)
class Base:
    """A right program and what its plan promises."""

    competition: str
    steps: tuple[str, ...]
    dtypes: tuple[str, ...] = ("float32",)
    nullable: bool = False

    @property
    def contract(self) -> Contract:
        """One table of features a side, the target, and the ids."""
        y = "str" if self.competition == "garden" else "float64"
        table = {"kind": "DataFrame", "role": "features", "dtypes": self.dtypes}
        objects = [
            {**table, "name": "X_train", "side": "train", "nullable": self.nullable},
            {"name": "y_train", "side": "train", "kind": "Series", "role": "y", "dtypes": (y,)},
            {**table, "name": "X_test", "side": "test", "nullable": self.nullable}
            | {"same_columns_as": "X_train"},
            {"name": "row_id", "side": "test", "kind": "Series", "role": "row_id"},
        ]
        return Contract(objects=tuple(ContractObject.model_validate(one) for one in objects))

    @property
    def plan(self) -> CandidatePlan:
        """The plan, as far as the ladder looks at it."""
        steps = tuple(
            BlueprintStep(id=one, part="prep", directive=one, reason="") for one in self.steps
        )
        return CandidatePlan(
            track="traditional",
            name="broken",
            recipe="",
            literals={},
            steps=steps,
            contract=self.contract,
            reason="",
        )


PROGRAMS: Final[Mapping[str, Base]] = {
    "garden_boosting": Base(
        "garden",
        ("numbers", "booleans", "categories", "boost", "early_stop"),
        ("float32", "str"),
        nullable=True,
    ),
    "garden_forest": Base(
        "garden", ("numbers", "booleans", "categories", "codes", "forest"), nullable=True
    ),
    "garden_pipeline": Base("garden", ("impute", "scale", "one_hot", "forest")),
    "garden_leaves": Base(
        "garden", ("types", "boost", "early_stop"), ("float32", "category"), nullable=True
    ),
    "garden_pools": Base("garden", ("clean", "boost"), ("float32", "str"), nullable=True),
    "garden_network": Base("garden", ("impute", "scale", "one_hot", "network", "epochs")),
    "kiln_linear": Base(
        "kiln",
        ("numbers", "dates", "categories", "impute", "scale", "one_hot", "linear", "strength"),
    ),
    "kiln_gradient": Base(
        "kiln", ("numbers", "dates", "categories", "codes", "boost", "early_stop"), nullable=True
    ),
    "kiln_histogram": Base("kiln", ("dates", "codes", "group_means", "boost", "ridge", "blend")),
    "kiln_words": Base("kiln", ("numbers", "words", "boost", "bag")),
}


def base_files(name: str) -> dict[str, str]:
    """The parts of a right program; kept as text, since they follow no rules of ours."""
    parts = ("preprocess", "model")
    return {f"{one}.py": (BASES / name / f"{one}.txt").read_text("utf-8") for one in parts}


@dataclass(frozen=True)
class Ground:
    """One made competition with its views."""

    folder: Path
    task: Task
    profile: Profile
    views: Mapping[str, ViewFact]
    paths: Paths


def prepare(name: str, scratch: Path) -> Ground:
    """Writes a competition and its views."""
    folder = write_data(scratch / "data", name)
    task = state_task(folder, TaskOptions())
    measured = profile(folder, task, lambda _text, _done: None)
    paths = Paths(scratch / f"state-{name}")
    views = {}
    for view in ("sample", *CHECKED_VIEWS, SHUFFLED):
        built = do_build_view(
            str(folder),
            task.model_dump(mode="json"),
            measured.split.model_dump(mode="json"),
            view,
            str(paths.state),
        )
        views[view] = ViewFact.model_validate(built.view)
    return Ground(folder, task, measured, views, paths)


@dataclass(frozen=True)
class Broken:
    """A program and what it belongs to."""

    base: Base
    files: Mapping[str, str]


@dataclass(frozen=True)
class Climbed:
    """How far a program got."""

    fault: Fault | None
    """None where nothing is wrong with it."""
    seconds: float
    """On the processor, without the start."""
    outcome: Outcome | None = None
    """What running it left, where it was run."""


@dataclass(frozen=True)
class Job:
    """The stages of one program."""

    stages: tuple[Stage, ...]
    out: Path
    places: VariantScores | None
    """Where scores will lie; None for a `solution.py`."""

    def request(self, files: Mapping[str, str], paths: Sequence[Path]) -> dict[str, Any]:
        """What the runner needs to know; paths by their number."""
        return {
            "files": dict(files),
            "stages": [
                {
                    "name": stage.name,
                    "kind": stage.kind,
                    "writes": [_numbered(str(path), paths) for path in stage.writes],
                    "arguments": _numbered(stage.arguments, paths),
                }
                for stage in self.stages
            ],
            "seconds": STAGE_S,
            "memory": MEMORY,
        }


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _numbered(value: Any, paths: Sequence[Path]) -> Any:  # noqa: ANN401 - json
    """A value with each path as the number of the listed one that it lies in."""
    if isinstance(value, dict):
        return {name: _numbered(one, paths) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbered(one, paths) for one in value]
    if not isinstance(value, str) or not value.startswith("/"):
        return value
    for number, path in enumerate(paths):
        if Path(value).is_relative_to(path):
            return f"<{number}>{value.removeprefix(str(path))}"
    return value


@dataclass
class Ladder:
    """Takes programs up, any number side by side in one start of the sandbox."""

    executor: Executor
    scratch: Path
    grounds: dict[str, Ground] = field(default_factory=dict)

    def ground(self, base: Base) -> Ground:
        """The competition of a program."""
        if base.competition not in self.grounds:
            self.grounds[base.competition] = prepare(base.competition, self.scratch)
        return self.grounds[base.competition]

    async def climb(self, programs: Mapping[str, Broken]) -> dict[str, Climbed]:
        """How far each of some programs gets."""
        ended: dict[str, Climbed] = {}
        jobs: dict[str, Job] = {}
        for name, one in programs.items():
            fault = None if SOLUTION in one.files else reading_fault(one.base, one.files)
            if fault is not None:
                fault = completed(fault, one.files)
                ended[name] = Climbed(fault, 0.0)
            else:
                jobs[name] = self._job(name, one)
        outcomes = await self._execute(jobs, {name: programs[name].files for name in jobs})
        for name, (outcome, seconds) in outcomes.items():
            one = programs[name]
            fault = self._judged(one, jobs[name], outcome)
            fault = fault and completed(fault, one.files)
            ended[name] = Climbed(fault, seconds, outcome)
        return ended

    def _job(self, name: str, one: Broken) -> Job:
        ground = self.ground(one.base)
        out = self.scratch / "out" / name
        shutil.rmtree(out, ignore_errors=True)
        if SOLUTION in one.files:
            return Job(plan_solution(ground.views["sample"], out, TOLD_S), out, None)
        plan = StagePlan(
            sources=Sources(one.files["preprocess.py"], one.files["model.py"]),
            paths=Paths(self.scratch / "nothing-kept"),
            out=out,
            runtime="",
            seed=0,
            time_limit_s=TOLD_S,
        )
        plan_sample(plan, ground.views["sample"])
        places = plan_variants(plan, ground.views.__getitem__)
        return Job(tuple(_once(plan.stages)), out, places)

    async def _execute(
        self, jobs: Mapping[str, Job], files: Mapping[str, Mapping[str, str]]
    ) -> dict[str, tuple[Outcome, float]]:
        """Runs the stages of all jobs in one program of the executor's."""
        if not jobs:
            return {}
        out, reads = self.scratch / "out", self._readable()
        out.mkdir(exist_ok=True)
        request = {name: job.request(files[name], [out, *reads]) for name, job in jobs.items()}
        attempt = Path(tempfile.mkdtemp(dir=self.scratch))
        program = Program(
            name="broken",
            files={
                "jobs.json": json.dumps({"jobs": request}),
                "imports.py": IMPORTS,
                "child.py": _text(Path(child.__file__)),
                "runner.py": _text(RUNNER),
            },
            stages=(
                Stage(
                    name="broken/all",
                    kind="script",
                    reads=tuple(reads),
                    writes=(out,),
                    arguments={"argv": ["runner.py", str(out), *map(str, reads)]},
                    time_limit_s=FOR_ALL_S,
                ),
            ),
            attempt=attempt,
            log=attempt / "log",
            cores=(0,),
            limits=Limits(seconds=FOR_ALL_S, memory_bytes=2 * MEMORY),
            trusted=False,
        )
        outcome = await self.executor.run(program)
        if not outcome.ok:
            raise SystemExit(f"The runner of broken programs failed:\n{outcome.tail}")
        results = {name: _text(out / f"{name}.json") for name in jobs}
        return {name: _outcome(json.loads(text), outcome) for name, text in results.items()}

    def _readable(self) -> list[Path]:
        views = [view for ground in self.grounds.values() for view in ground.views.values()]
        parts = [part for view in views for part in (view.fit, view.predict, view.run)]
        return [part for part in parts if part.exists()]

    # --- judging ------------------------------------------------------------------------------

    def _judged(self, one: Broken, job: Job, outcome: Outcome) -> Fault | None:
        ground, rung = self.ground(one.base), "sample"
        if job.places is None:
            return _judged_solution(ground, one, job, outcome)
        if fault := _promises(one.base, ground, outcome):
            return fault
        sample = [stage for stage in outcome.stages if stage.name.startswith("sample/")]
        if all(stage.ok for stage in sample):
            rung = "variants"
            scores = _asked(ground, "sample")
            if fault := _first(do_judge_sample(*scores, str(job.places.plain))):
                return fault
        if fault := analyze(outcome, rung=rung, sources=dict(one.files)):
            return fault
        named = ("sample", *job.places.variants)
        return _first(
            do_judge_variants(
                ground.task.model_dump(mode="json"),
                {name: ground.views[name].model_dump(mode="json") for name in named},
                str(job.places.plain),
                {name: str(path) for name, path in job.places.variants.items()},
                str(job.places.shuffled),
                False,
            )
        )


def _judged_solution(ground: Ground, one: Broken, job: Job, outcome: Outcome) -> Fault | None:
    if fault := analyze(outcome, rung="solution", sources=dict(one.files)):
        return fault
    problems = do_judge_solution(*_asked(ground, "sample"), str(job.out / "written"), False)
    if not problems:
        return None
    fault = rung_fault("submission format", "\n".join(problems), "solution")
    return fault.model_copy(update={"component": SOLUTION})


def _once(stages: Sequence[Stage]) -> Iterator[Stage]:
    """Stages without those that repeat an earlier one: nothing is kept between programs here."""
    seen = set()
    for stage in stages:
        if stage.name not in seen:
            seen.add(stage.name)
            yield stage


def _outcome(result: dict[str, Any], whole: Outcome) -> tuple[Outcome, float]:
    """What one job's stages left, as the executor would have told it."""
    stages = tuple(StageResult.model_validate(stage) for stage in result["stages"])
    failed = next((stage for stage in stages if not stage.ok and not stage.skipped), None)
    limits = {"timed out", "out of memory", "killed"}
    ended = "finished" if failed is None else "stage failed"
    if failed is not None and failed.ended in limits:
        ended = failed.ended
    known = {"ok": failed is None, "ended": ended, "stages": stages, "tail": result["tail"]}
    return whole.model_copy(update=known), float(result["seconds"])


def whole_solution(base: Base, ground: Ground, files: Mapping[str, str]) -> str:
    """The `solution.py` of a right program."""
    target = ground.task.targets[0]
    decision = Decision(
        name="argmax", parameters={"target": target.name, "classes": list(target.classes)}
    )
    split = ground.profile.split
    return assemble(
        ground.task, split, base.plan, files["preprocess.py"], files["model.py"], decision
    )


def reading_fault(base: Base, files: Mapping[str, str]) -> Fault | None:
    """What reading alone finds."""
    if found := static_faults(dict(files), module_exists):
        return found[0]
    if taken := unpromised(base.contract, files["model.py"]):
        fault = rung_fault("contract usage", "\n".join(taken), "static")
        return fault.model_copy(update={"component": "model.py"})
    if unclaimed := unclaimed_steps(base.plan, files.values()):
        message = f"No docstring claims these steps: {', '.join(unclaimed)}."
        return rung_fault("contract fulfilment", message, "blueprint")
    return None


def _promises(base: Base, ground: Ground, outcome: Outcome) -> Fault | None:
    fits, tests = _facts(outcome, "preprocess-fit"), _facts(outcome, "preprocess-transform")
    if fits is None or tests is None:
        return None
    found = differences(base.contract, fits.facts, tests.facts, ground.task)
    return rung_fault("contract fulfilment", "\n".join(found), "sample") if found else None


def _facts(outcome: Outcome, kind: str) -> StageResult | None:
    return next((one for one in outcome.stages if one.ok and one.name.endswith(kind)), None)


def _asked(ground: Ground, view: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return ground.task.model_dump(mode="json"), ground.views[view].model_dump(mode="json")


def _first(faults: object) -> Fault | None:
    assert isinstance(faults, list)
    return Fault.model_validate(faults[0]) if faults else None
