"""A metric of the user's own: `--metric file.py:function`.

The function takes the truth and the answers as two DataFrames of text or numbers, row beside row,
and returns a number. Module variables may say more, as literals: `DIRECTION` ("higher", the
default, or "lower"), `ANSWERS` ("label", the default, "probability" or "number"), and `WEIGHTS`,
the column of the training table that says how much each row counts: the function then takes these
numbers as its third argument, a Series.

Its text is kept in the task and read here only as text. It runs in the sandbox, like any program
that we did not write, with nothing but the rows it is to judge. All parts of one scoring (folds,
the blocks of a jackknife) are judged by one start of the sandbox, about a second. Searches over
thresholds and blends, which measure thousands of times, use a known metric of the same answers
instead; that is the `name` of such a choice.
"""

import ast
import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import platformdirs

from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric import Part
from agents.errors import ImlError, InputError
from agents.execution.executor import Executor
from agents.execution.ladder import probe
from agents.execution.protocol import Limits, Outcome, Program, Stage
from agents.execution.runtime import current_runtime
from agents.models import Direction, MetricChoice, MetricWeights

STAND_INS: Final = {"label": "accuracy", "probability": "log_loss", "number": "rmse"}
"""The known metric that searches use instead, by what the function judges."""

SECONDS: Final = 120.0
MEMORY_BYTES: Final = 4 * 2**30
MOST_BYTES: Final = 100_000

JUDGE: Final = '''
"""Call the user's metric on every part of the rows."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd

given, output, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
truth = pd.read_parquet(given / "truth.parquet")
answers = pd.read_parquet(given / "answers.parquet")
weighed = given / "weights.parquet"
weights = pd.read_parquet(weighed)["weight"] if weighed.exists() else None
parts = np.load(given / "parts.npz")
metric = runpy.run_path("metric.py")[name]
values = []
for number in range(len(parts.files) // 2):
    known = truth.iloc[parts[f"truth{number}"]].reset_index(drop=True)
    said = answers.iloc[parts[f"answers{number}"]].reset_index(drop=True)
    counted = []
    if weights is not None:
        counted = [weights.iloc[parts[f"truth{number}"]].reset_index(drop=True)]
    values.append(float(metric(known, said, *counted)))
(output / "values.json").write_text(json.dumps(values), encoding="utf-8")
'''


def is_user_metric(option: str) -> bool:
    """Whether a metric is given as `file.py:function`."""
    return ".py:" in option


def read_user_metric(option: str) -> MetricChoice:
    """The metric in a file of the user's; nothing of it is run.

    Args:
        option: `file.py:function`, with the whole path, since the engine works elsewhere.

    Raises:
        InputError: There is no such file or function, or a variable says something unknown.
    """
    place, _, function = option.rpartition(":")
    path = Path(place)
    if not path.is_file():
        raise InputError(f"There is no file {place!r} for --metric {option}: give its whole path.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{place} is too large for a metric: leave only the function in it.")
    try:
        source = path.read_text(encoding="utf-8")
        body = ast.parse(source).body
    except (UnicodeDecodeError, SyntaxError) as error:
        raise InputError(f"{place} cannot be read as Python ({error}): mend it first.") from None
    if function not in {one.name for one in body if isinstance(one, ast.FunctionDef)}:
        raise InputError(f"{place} defines no function {function!r}: write file.py:function.")
    said = _literals(body)
    direction: Direction = "lower" if said.get("DIRECTION") == "lower" else "higher"
    answers = said.get("ANSWERS", "label")
    if answers not in STAND_INS or said.get("DIRECTION", direction) != direction:
        raise InputError(
            f"{place} says ANSWERS = {answers!r}, DIRECTION = {said.get('DIRECTION')!r}: use one "
            f"of {', '.join(STAND_INS)} and one of higher, lower."
        )
    return MetricChoice(
        name=STAND_INS[answers],
        direction=direction,
        title=function,
        source="option",
        words=f"--metric {option}",
        weights=MetricWeights(column=said["WEIGHTS"]) if "WEIGHTS" in said else None,
        parameters={"function": function},
        source_text=source,
    )


def judged(
    choice: MetricChoice,
    truth: pd.DataFrame,
    answers: pd.DataFrame,
    parts: Sequence[Part],
    weights: Array | None = None,
) -> list[float]:
    """The user's metric of each part of the rows, by one start of the sandbox.

    Args:
        choice: The metric.
        truth: A column a target.
        answers: A column a target, or a class.
        parts: Rows that are measured together.
        weights: What each row of the truth counts, where the metric takes that.

    Raises:
        ImlError: Nothing can keep the function from the user's files here, it failed, or a value is
            no finite number.
    """
    with tempfile.TemporaryDirectory(prefix="iml-metric-") as name:
        folder = Path(name)
        given, output = folder / "given", folder / "output"
        given.mkdir()
        output.mkdir()
        truth.to_parquet(given / "truth.parquet", index=False)
        answers.to_parquet(given / "answers.parquet", index=False)
        if weights is not None:
            counted = pd.DataFrame({"weight": weights})
            counted.to_parquet(given / "weights.parquet", index=False)
        rows = {
            f"{side}{number}": np.asarray(getattr(part, side), dtype=np.int32)
            for number, part in enumerate(parts)
            for side in Part._fields
        }
        np.savez(given / "parts.npz", **rows)  # type: ignore[arg-type]  # the stub lacks ** arrays
        outcome = asyncio.run(_run(_program(choice, folder)))
        if not outcome.ok:
            raise ImlError(f"The metric {choice.title} failed: {_reason(outcome)}; mend it.")
        return _read(output / "values.json", len(parts), choice.title)


def _program(choice: MetricChoice, folder: Path) -> Program:
    given, output, attempt = folder / "given", folder / "output", folder / "attempt"
    attempt.mkdir()
    function = str(choice.parameters["function"])
    stage = Stage(
        name="metric",
        kind="script",
        reads=(given,),
        writes=(output,),
        arguments={"argv": ["judge.py", str(given), str(output), function]},
        time_limit_s=SECONDS,
    )
    return Program(
        name="metric",
        files={"judge.py": JUDGE, "metric.py": choice.source_text},
        stages=(stage,),
        attempt=attempt,
        log=attempt / "log",
        cores=(0,),
        limits=Limits(seconds=SECONDS, memory_bytes=MEMORY_BYTES),
        trusted=False,
    )


async def _run(program: Program) -> Outcome:
    runtime = current_runtime()
    sandbox = await probe(runtime, Path(platformdirs.user_cache_dir("iml-tui")))
    return await Executor(runtime, sandbox).run(program)


def _reason(outcome: Outcome) -> str:
    error = next((stage.error for stage in outcome.stages if stage.error is not None), None)
    if error is not None:
        return f"{error.type}: {error.message}".rstrip(".")
    return (outcome.tail.strip() or outcome.ended).rstrip(".")


def _read(path: Path, count: int, title: str) -> list[float]:
    """Values that a stranger's program wrote: so many finite numbers, or an error."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        numbers = [float(value) for value in values]
    except (OSError, ValueError, TypeError):
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ImlError(f"The metric {title} returned something that is no finite number; mend it.")
    return numbers


def _literals(body: Sequence[ast.stmt]) -> dict[str, str]:
    """Text constants of a module, by name."""
    found: dict[str, str] = {}
    for one in body:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant):
            found |= {
                target.id: str(one.value.value)
                for target in one.targets
                if isinstance(target, ast.Name)
            }
    return found
