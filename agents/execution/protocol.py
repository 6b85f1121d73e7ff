"""What a program is, how it is run, and what became of it: plain values, no processes.

A program is a set of files plus an ordered list of stages. Every stage runs isolated from the
others (own process, own rights): it may read only the paths that it names, so that a stage that
fits cannot see test tables and a stage that predicts cannot see labels, even though all of them
share one start-up (DESIGN 7, `design/scores.md`).
"""

from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from agents.models import Frozen

StageKind = Literal[
    "preprocess-fit", "preprocess-transform", "model-fit", "model-predict", "script"
]
Rung = Literal["bubblewrap", "landlock", "limits"]


class Stage(Frozen):
    """One isolated piece of a program's work.

    `arguments` by kind (every path is absolute and outside; the sandbox translates it):
        preprocess-fit: data, objects, state, seed, time_limit_s
        preprocess-transform: data, objects, state
        model-fit: objects, state, seed, time_limit_s
        model-predict: objects, state, scores (a .parquet file inside a written directory)
        script: argv, a list beginning with the file to run, for instance `solution.py`
    """

    name: str
    """Unique in the program, for instance `blind-1/model-fit`."""
    kind: StageKind
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]
    arguments: dict[str, JsonValue]
    time_limit_s: float
    after: tuple[str, ...] = ()
    """Stages that must have succeeded; otherwise this one is skipped."""


class Limits(Frozen):
    """What a program may use at most, its whole process tree together."""

    seconds: float
    memory_bytes: int
    processes: int = 256
    output_bytes: int = 64 * 2**20
    disk_bytes: int = 20 * 2**30


class Weights(Frozen):
    """Pretrained models that every stage of a program may read."""

    repositories: tuple[Path, ...] = ()
    """Folders of one Hugging Face cache (`models--owner--name`); nothing else of it is shown."""
    vectors: Path | None = None
    """A folder of vectors that encoders made before; see `agents.recipes.blocks.encoding_once`."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.repositories, *(() if self.vectors is None else (self.vectors,)))


class Program(Frozen):
    """Everything needed to run something, and nothing that is decided while it runs."""

    name: str
    """The step path, for instance `traditional/boosting/sample`."""
    files: dict[str, str]
    """File name to source text, written to the working directory of the run."""
    stages: tuple[Stage, ...]
    attempt: Path
    """A fresh directory of this run: working directory, scratch and results live below it."""
    log: Path
    """Receives the output of every stage as it comes."""
    cores: tuple[int, ...]
    limits: Limits
    trusted: bool
    """True for recipes (ours), False for code that a model or a person wrote."""
    weights: Weights = Weights()
    packages: Path | None = None
    """A folder of packages that it may import beside those of the interpreter."""


class Frame(Frozen):
    """One line of a traceback."""

    file: str
    line: int
    function: str


class StageError(Frozen):
    """The exception that ended a stage."""

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    """Innermost last; files of the program by bare name, others by their import path."""


class ObjectFacts(Frozen):
    """What the child measured about one object that it produced."""

    name: str
    kind: str
    rows: int
    columns: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    """One a column (DataFrame) or a single one."""
    shape: tuple[int, ...] = ()
    missing: int = 0
    """Count of empty cells."""
    infinite: int = 0
    density: float | None = None
    ranges: tuple[str, ...] = ()
    """Of a small DataFrame, one a column: least and largest number, or some different words."""
    examples: tuple[tuple[str, ...], ...] = ()
    """Its first rows, each cell as text, long ones cut."""


class StageResult(Frozen):
    """How one stage ended."""

    name: str
    ok: bool
    skipped: bool = False
    seconds: float = 0.0
    peak_bytes: int = 0
    error: StageError | None = None
    ended: Literal["finished", "raised", "timed out", "out of memory", "killed", "exit status"] = (
        "finished"
    )
    facts: tuple[ObjectFacts, ...] = ()
    inputs: tuple[str, ...] = ()
    """Files of the data directory that it really opened, relative to it."""


class Outcome(Frozen):
    """What became of a program. A failure is a value."""

    ok: bool
    ended: Literal[
        "finished",
        "stage failed",
        "timed out",
        "out of memory",
        "too much output",
        "too many processes",
        "disk quota",
        "killed",
        "could not start",
    ]
    stages: tuple[StageResult, ...]
    seconds: float
    peak_bytes: int
    rung: Rung
    tail: str = ""
    """The last lines of output, for the fault and the reader."""

    def stage(self, name: str) -> StageResult | None:
        """The result of the stage called `name`."""
        return next((result for result in self.stages if result.name == name), None)
