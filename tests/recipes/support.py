"""A made competition, planned as the engine would, with few folds so that tests are quick."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from agents.competition.profiling.profile import profile
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import Blueprint, CandidatePlan, Decision, Profile, Task
from agents.roles.guideline_agent import guide
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from tests.builders import Kind, write_competition

FOLDS = 2
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Planned:
    """A competition with everything up to its blueprint."""

    folder: Path
    task: Task
    profile: Profile
    blueprint: Blueprint
    _written: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    """Sources that were asked for before: writing them takes longer than most tests of them."""

    def plan(self, name: str) -> CandidatePlan:
        """The candidate of that name."""
        return next(plan for plan in self.blueprint.candidates if plan.name == name)

    def sources(self, name: str) -> tuple[str, str]:
        """`preprocess.py` and `model.py` of a candidate."""
        if name not in self._written:
            plan = self.plan(name)
            self._written[name] = write_preprocessing(plan), write_model(plan)
        return self._written[name]

    @property
    def decision(self) -> Decision:
        """A decision that suits the metric, with parameters as the engine would find them."""
        targets = self.task.targets
        if self.task.problem == "regression":
            return Decision(name="clip", parameters={"ranges": {targets[0].name: [0.0, 1e9]}})
        if self.task.problem == "multilabel":
            columns: dict[str, JsonValue] = {one.name: one.name for one in targets}
            return Decision(name="identity", parameters={"columns": columns})
        classes: list[JsonValue] = [*targets[0].classes]
        return Decision(name="argmax", parameters={"target": targets[0].name, "classes": classes})


def planned(folder: Path, kind: Kind, rows: int = 240) -> Planned:
    """Write and plan a made competition."""
    write_competition(folder, kind, rows=rows)
    return plan_folder(folder)


def plan_folder(folder: Path, target: str | None = None) -> Planned:
    """Plan a competition that lies there."""
    task = state_task(folder, TaskOptions(target=target))
    measured = profile(folder, task, lambda _text, _done: None)
    measured = measured.model_copy(
        update={"split": measured.split.model_copy(update={"folds": FOLDS})}
    )
    return Planned(folder, task, measured, guide(task, measured))


def run_python(code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python where nothing of this project can be imported."""
    return subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={"OMP_NUM_THREADS": "1", "PATH": ""},
    )
