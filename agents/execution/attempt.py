"""The folder of one run: what is laid out before it, and how the sandbox sees it.

```
<attempt>/runner/     child.py, request-<n>.json      /job/runner     read-only
<attempt>/results/    <n>.jsonl, one line an event    nowhere: the runner is handed a descriptor
<attempt>/work, <i>   the program's files             /job/<i>        working directory of stage i
<attempt>/scratch/<i> home, caches, temporary files   /tmp/<i>        on disk, within the quota
```

Every stage has a working directory and a scratch of its own: a shared one would let a stage that
fits leave labels for one that predicts. All paths are made real first, since Landlock and mounts
follow links.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from agents.execution import child
from agents.execution.protocol import Program, Stage, Weights
from agents.execution.runtime import Runtime
from agents.execution.sandbox import (
    PACKAGES,
    Mount,
    Places,
    Sandbox,
    bubblewrap_arguments,
    data_mounts,
    environment,
    scratch_folders,
    stage_environment,
    weight_environment,
    weight_mounts,
)


class Attempt:
    """Lays out the files of one run and describes its processes."""

    def __init__(
        self, program: Program, runtime: Runtime, sandbox: Sandbox, grace_s: float
    ) -> None:
        self.program = program
        self._runtime = runtime
        self._sandbox = sandbox
        self._grace_s = grace_s
        self._root = program.attempt.resolve()
        self._weights = _found(program.weights)
        self._packages = [program.packages.resolve()] if program.packages is not None else []
        self._numbers = {stage.name: number for number, stage in enumerate(program.stages)}

    @property
    def written(self) -> list[Path]:
        """Every folder that counts towards the disk quota."""
        return [self._root, *results_of(self.program)]

    def lay_out(self) -> None:
        """Write the runner and the program's files, and make every folder that is written to."""
        for folder in (*results_of(self.program), self._root / "results", self._root / "runner"):
            folder.mkdir(parents=True, exist_ok=True)
        source = Path(child.__file__).read_text(encoding="utf-8")
        (self._root / "runner" / "child.py").write_text(source, encoding="utf-8")
        for number in self._numbers.values():
            for below in scratch_folders():
                for owner in (str(number), f"start-{number}"):
                    (self._root / "scratch" / owner / below).mkdir(parents=True, exist_ok=True)
        for number in self._numbers.values():
            for name, text in self.program.files.items():
                file = self._root / "work" / str(number) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")

    def results_file(self, stages: Sequence[Stage]) -> Path:
        """Return the file that the process of `stages` reports to."""
        return self._root / "results" / f"{self._numbers[stages[0].name]}.jsonl"

    def command(
        self, stages: Sequence[Stage], done: Sequence[str], seconds: float, results: int
    ) -> tuple[list[str], dict[str, str]]:
        """Write the request of one process and return its arguments and environment.

        Args:
            stages: The stages that it runs, in order.
            done: Stages that have succeeded before.
            seconds: How long it may take.
            results: The descriptor of its results file, which it inherits.
        """
        places = Places(self._mounts(stages) if self._sandbox.bubblewrap else ())
        name = f"request-{self._numbers[stages[0].name]}.json"
        request = self._request(stages, places, done, seconds, results)
        (self._root / "runner" / name).write_text(json.dumps(request), encoding="utf-8")
        runner = places.inside(self._root / "runner")
        arguments = [str(self._runtime.python), "-P", f"{runner}/child.py", f"{runner}/{name}"]
        scratch = places.inside(self._start_scratch(stages))
        if self._sandbox.bubblewrap is not None:
            memory = self.program.limits.memory_bytes
            arguments = bubblewrap_arguments(
                self._sandbox.bubblewrap, self._runtime, places.mounts, arguments, memory
            )
        cores, confinement = len(self.program.cores), self._sandbox.confinement
        variables = environment(self._runtime, scratch, cores, confinement)
        return arguments, variables | weight_environment(self._weights, places)

    def _start_scratch(self, stages: Sequence[Stage]) -> Path:
        """Return the scratch of a start-up: its stages may read what imports leave there."""
        return self._root / "scratch" / f"start-{self._numbers[stages[0].name]}"

    def _mounts(self, stages: Sequence[Stage]) -> list[Mount]:
        work, scratch = PurePosixPath("/job"), PurePosixPath("/tmp")
        mounts = data_mounts(
            [path.resolve() for stage in stages for path in stage.reads],
            [path.resolve() for stage in stages for path in stage.writes],
        )
        mounts.append(Mount(self._root / "runner", work / "runner", writable=False))
        mounts += weight_mounts(self._weights)
        mounts += [Mount(folder, PACKAGES, writable=False) for folder in self._packages]
        start = self._start_scratch(stages)
        mounts.append(Mount(start, scratch / start.name, writable=True))
        for number in (str(self._numbers[stage.name]) for stage in stages):
            mounts.append(Mount(self._root / "work" / number, work / number, writable=True))
            mounts.append(Mount(self._root / "scratch" / number, scratch / number, writable=True))
        return mounts

    def _request(
        self,
        stages: Sequence[Stage],
        places: Places,
        done: Sequence[str],
        seconds: float,
        results: int,
    ) -> child.Request:
        start = places.inside(self._start_scratch(stages))
        weights = [places.inside(folder) for folder in self._weights.folders]
        packages = [places.inside(folder) for folder in self._packages]
        return {
            "results": results,
            "stages": [self._stage_request(stage, places) for stage in stages],
            "done": list(done),
            "cores": list(self.program.cores),
            "seconds": seconds,
            "grace_s": self._grace_s,
            "disk_bytes": self.program.limits.disk_bytes,
            "parent": 0 if self._sandbox.bubblewrap else os.getpid(),
            "confinement": self._sandbox.confinement,
            "readable": [*map(str, self._runtime.binds), start, *weights, *packages],
            "devices": [str(device) for device in self._runtime.devices],
            "packages": packages,
        }

    def _stage_request(self, stage: Stage, places: Places) -> child.StageRequest:
        number = str(self._numbers[stage.name])
        scratch = places.inside(self._root / "scratch" / number)
        arguments = {name: places.argument(value) for name, value in stage.arguments.items()}
        return {
            "name": stage.name,
            "kind": stage.kind,
            "reads": [places.inside(path.resolve()) for path in stage.reads],
            "writes": [places.inside(path.resolve()) for path in stage.writes],
            "arguments": arguments,
            "time_limit_s": stage.time_limit_s,
            "after": list(stage.after),
            "folder": places.inside(self._root / "work" / number),
            "scratch": scratch,
            "environment": stage_environment(scratch, len(self.program.cores)),
        }


def _found(weights: Weights) -> Weights:
    """What is still there of pretrained models; a program itself says what it misses."""
    vectors = weights.vectors
    return Weights(
        repositories=tuple(folder for folder in weights.repositories if folder.is_dir()),
        vectors=vectors if vectors is not None and vectors.is_dir() else None,
    )


def results_of(program: Program) -> list[Path]:
    """List the folders that the stages of a program write, each once."""
    return list(dict.fromkeys(path.resolve() for stage in program.stages for path in stage.writes))
