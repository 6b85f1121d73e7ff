"""A program taken up the engine's ladder as far as `sample`, outside of a run.

The same checks in the same order as `agents.run.trial`: reading alone, claimed steps, real data in
the sandbox, promises against facts, scores, changed rows, and `solution.py` where a case is about
it. Limits are tighter, since the made competitions are small.
"""

import tempfile
import time
from collections.abc import Mapping
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
from agents.roles.error_analyzer import analyze, static_faults
from agents.run.paths import Paths
from agents.run.preparing import module_exists
from agents.run.solution_check import rung_fault
from agents.run.verification import (
    CHECKED_VIEWS,
    SHUFFLED,
    Sources,
    StagePlan,
    ViewFact,
    plan_sample,
    plan_solution,
    plan_variants,
)
from benchmarks.broken.data import write_data

STAGE_S: Final = 20.0
TOLD_S: Final = 4.0
"""What a fit is told to keep to."""
MEMORY: Final = 2 * 2**30
BASES: Final = Path(__file__).with_name("bases")
SOLUTION: Final = "solution.py"


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
    """The parts of a right program."""
    files = ("preprocess.py", "model.py")
    return {file: (BASES / name / file).read_text(encoding="utf-8") for file in files}


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


@dataclass
class Ladder:
    """Takes programs up, one after the other."""

    executor: Executor
    scratch: Path
    grounds: dict[str, Ground] = field(default_factory=dict)
    seconds: float = 0.0
    """Spent on running programs so far."""

    async def climb(self, base: Base, files: Mapping[str, str]) -> Fault | None:
        """The first fault that a program shows; None where it is right."""
        if SOLUTION in files:
            return await self._solution(base, files[SOLUTION])
        found = reading_fault(base, files)
        return found or await self._run(base, files)

    def ground(self, base: Base) -> Ground:
        """The competition of a program."""
        if base.competition not in self.grounds:
            self.grounds[base.competition] = prepare(base.competition, self.scratch)
        return self.grounds[base.competition]

    async def _run(self, base: Base, files: Mapping[str, str]) -> Fault | None:
        ground = self.ground(base)
        plan = self._stages(ground, files)
        scores = plan_sample(plan, ground.views["sample"])
        outcome = await self._execute(dict(files), tuple(plan.stages), plan.out.parent)
        fault = _promises(base, ground, outcome)
        fault = fault or analyze(outcome, rung="sample", sources=dict(files))
        fault = fault or _first(do_judge_sample(*_asked(ground, "sample"), str(scores)))
        return fault or await self._changed_rows(base, files)

    async def _changed_rows(self, base: Base, files: Mapping[str, str]) -> Fault | None:
        ground = self.ground(base)
        plan = self._stages(ground, files)
        places = plan_variants(plan, ground.views.__getitem__)
        outcome = await self._execute(dict(files), tuple(plan.stages), plan.out.parent)
        if fault := analyze(outcome, rung="variants", sources=dict(files)):
            return fault
        named = ("sample", *places.variants)
        return _first(
            do_judge_variants(
                ground.task.model_dump(mode="json"),
                {name: ground.views[name].model_dump(mode="json") for name in named},
                str(places.plain),
                {name: str(path) for name, path in places.variants.items()},
                str(places.shuffled),
                False,
            )
        )

    async def _solution(self, base: Base, text: str) -> Fault | None:
        ground = self.ground(base)
        attempt = Path(tempfile.mkdtemp(dir=self.scratch))
        stages = plan_solution(ground.views["sample"], attempt / "out", TOLD_S)
        outcome = await self._execute({SOLUTION: text}, stages, attempt)
        if fault := analyze(outcome, rung="solution", sources={SOLUTION: text}):
            return fault
        written = str(attempt / "out" / "written")
        problems = do_judge_solution(*_asked(ground, "sample"), written, False)
        if not problems:
            return None
        fault = rung_fault("submission format", "\n".join(problems), "solution")
        return fault.model_copy(update={"component": SOLUTION})

    def _stages(self, ground: Ground, files: Mapping[str, str]) -> StagePlan:
        return StagePlan(
            sources=Sources(files["preprocess.py"], files["model.py"]),
            paths=ground.paths,
            out=Path(tempfile.mkdtemp(dir=self.scratch)) / "out",
            runtime="",
            seed=0,
            time_limit_s=TOLD_S,
        )

    async def _execute(
        self, files: dict[str, str], stages: tuple[Stage, ...], attempt: Path
    ) -> Outcome:
        tight = tuple(stage.model_copy(update={"time_limit_s": STAGE_S}) for stage in stages)
        began = time.monotonic()
        outcome = await self.executor.run(
            Program(
                name="broken",
                files=files,
                stages=tight,
                attempt=attempt,
                log=attempt / "log",
                cores=(0,),
                limits=Limits(seconds=STAGE_S * (2 + len(stages)), memory_bytes=MEMORY),
                trusted=False,
            )
        )
        self.seconds += time.monotonic() - began
        return outcome


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
