"""Programs that really run: every kind of stage, results as they come, failures as values."""

import importlib.util
import textwrap
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from agents.execution.executor import Executor
from agents.execution.ladder import candidate
from agents.execution.protocol import Frame, Program, Stage, StageResult
from agents.execution.runtime import Runtime
from agents.execution.sandbox import Sandbox
from agents.roles.error_analyzer import analyze

MakeProgram = Callable[..., Program]
MakeScript = Callable[..., Stage]

PREPROCESS = """
    import csv
    import json


    def column(file, name):
        with file.open() as table:
            return [float(row[name]) for row in csv.DictReader(table)]


    class Preprocessor:
        def fit(self, data_dir, *, seed, time_limit_s):
            x, y = column(data_dir / "train.csv", "a"), column(data_dir / "train.csv", "y")
            self.mean = sum(x) / len(x)
            print("fitting")
            return {"X_train": [each - self.mean for each in x], "y_train": y, "seed": seed}

        def transform(self, data_dir):
            x = column(data_dir / "test.csv", "a")
            return {"X_test": [each - self.mean for each in x], "row_id": ["7", "8", "9"]}

        def save(self, directory):
            (directory / "mean.json").write_text(json.dumps(self.mean))

        def load(self, directory):
            self.mean = json.loads((directory / "mean.json").read_text())
"""

MODEL = """
    import json


    class Model:
        def fit(self, train, *, seed, time_limit_s):
            assert train["seed"] == seed
            self.share = float(sum(train["y_train"]) / len(train["y_train"]))

        def predict(self, test):
            # Imported late, so that the other tests need not wait for it.
            pandas = __import__("pandas")
            return pandas.DataFrame({"row_id": test["row_id"], "y": self.share})

        def save(self, directory):
            (directory / "share.json").write_text(json.dumps(self.share))

        def load(self, directory):
            self.share = json.loads((directory / "share.json").read_text())
"""


@pytest.fixture
def stages(tmp_path: Path) -> tuple[Stage, ...]:
    """The four stages of a solution, each with the paths that it needs."""
    fit, predict = tmp_path / "view" / "fit", tmp_path / "view" / "predict"
    for folder in (fit, predict):
        folder.mkdir(parents=True)
    (fit / "train.csv").write_text("a,y\n1,0\n3,1\n", encoding="utf-8")
    (predict / "test.csv").write_text("id,a\n7,1\n8,2\n9,3\n", encoding="utf-8")
    made = tmp_path / "made"
    train, prep, model, test = (made / name for name in ("train", "prep", "model", "test"))

    def stage(
        kind: str, reads: list[Path], writes: list[Path], after: list[str], **given: object
    ) -> Stage:
        arguments = {k: str(v) if isinstance(v, Path) else v for k, v in given.items()}
        paths = {"reads": reads, "writes": writes, "after": after}
        limits = {"time_limit_s": 20.0}
        return Stage.model_validate(
            {"name": kind, "kind": kind, "arguments": arguments} | paths | limits
        )

    fit_stage = stage(
        "preprocess-fit",
        [fit],
        [train, prep],
        [],
        data=fit,
        objects=train,
        state=prep,
        seed=3,
        time_limit_s=5.0,
    )
    train_stage = stage(
        "model-fit",
        [train],
        [model],
        [fit_stage.name],
        objects=train,
        state=model,
        seed=3,
        time_limit_s=5.0,
    )
    transform_stage = stage(
        "preprocess-transform",
        [predict, prep],
        [test],
        [fit_stage.name],
        data=predict,
        objects=test,
        state=prep,
    )
    predict_stage = stage(
        "model-predict",
        [test, model],
        [made / "scores"],
        [train_stage.name, transform_stage.name],
        objects=test,
        state=model,
        scores=made / "scores" / "scores.parquet",
    )
    return fit_stage, train_stage, transform_stage, predict_stage


async def test_a_solution_goes_from_tables_to_scores(
    executor: Executor, program: MakeProgram, stages: tuple[Stage, ...], tmp_path: Path
) -> None:
    seen: list[StageResult] = []
    run = program({"preprocess.py": PREPROCESS, "model.py": MODEL}, *stages)
    outcome = await executor.run(run, seen.append)
    assert outcome.ok, outcome.tail
    assert outcome.ended == "finished"
    assert outcome.rung == executor.sandbox.rung
    assert seen == list(outcome.stages)
    assert "fitting" in outcome.tail
    scores = pd.read_parquet(tmp_path / "made" / "scores" / "scores.parquet")
    assert scores.to_dict("list") == {"row_id": ["7", "8", "9"], "y": [0.5, 0.5, 0.5]}


async def test_results_tell_facts_inputs_and_costs(
    executor: Executor, program: MakeProgram, stages: tuple[Stage, ...]
) -> None:
    run = program({"preprocess.py": PREPROCESS}, stages[0])
    outcome = await executor.run(run)
    result = outcome.stage("preprocess-fit")
    assert result is not None
    assert result.inputs == ("train.csv",)
    assert [facts.name for facts in result.facts] == ["X_train", "y_train", "seed"]
    assert result.facts[0].rows == 2
    assert result.peak_bytes > 2**20
    assert 0 < result.seconds < outcome.seconds
    assert outcome.peak_bytes > 2**20


async def test_a_failure_names_the_line_and_spares_what_does_not_need_it(
    executor: Executor, program: MakeProgram, stages: tuple[Stage, ...]
) -> None:
    broken = MODEL.replace("self.share = float(", "self.share = self.helper(")
    broken += "\n        def helper(self, value):\n            return {}[value]\n"
    outcome = await executor.run(
        program({"preprocess.py": PREPROCESS, "model.py": broken}, *stages)
    )
    assert outcome.ended == "stage failed"
    assert [stage.ok for stage in outcome.stages] == [True, False, True, False]
    failed = outcome.stages[1]
    assert failed.error is not None
    assert failed.error.type == "KeyError"
    last = failed.error.frames[-1]
    line = textwrap.dedent(broken).splitlines().index("        return {}[value]") + 1
    assert last == Frame(file="model.py", line=line, function="helper")
    assert outcome.stages[3].skipped
    assert 'File "' in outcome.tail
    assert "child.py" not in outcome.tail


async def test_an_object_of_an_own_class_is_lost_at_once_and_not_when_the_model_is_kept(
    executor: Executor, program: MakeProgram, stages: tuple[Stage, ...]
) -> None:
    source = textwrap.dedent("""
        import pickle
        from pathlib import Path
        import pandas as pd
        class Scale:
            pass
        class Preprocessor:
            def fit(self, data_dir, *, seed, time_limit_s):
                return {"y_train": pd.Series(["a"])}
            def save(self, directory):
                (Path(directory) / "scale").write_bytes(pickle.dumps(Scale()))
            def load(self, directory):
                self.scale = pickle.loads((Path(directory) / "scale").read_bytes())
    """)
    both = [one for one in stages if one.kind.startswith("preprocess")]

    outcome = await executor.run(program({"preprocess.py": source}, *both))

    assert [stage.ok for stage in outcome.stages] == [True, False]
    error = outcome.stages[1].error
    assert error is not None
    assert error.message.startswith("Preprocessor.load reads an object of a class")
    assert error.frames[-1].function == "load"
    fault = analyze(outcome, rung="sample", sources={"preprocess.py": source})
    assert fault is not None
    assert (fault.kind, fault.function) == ("contract fulfilment", "load")


@pytest.mark.parametrize(
    ("source", "error", "frames"),
    [
        ("def f(:\n", "SyntaxError", [("preprocess.py", 1)]),
        ("\nimport no_such_package\n", "ModuleNotFoundError", [("preprocess.py", 2)]),
        ("class Other: pass\n", "AttributeError", []),
        ("import json\njson.loads('x')\n", "JSONDecodeError", [("preprocess.py", 2)]),
    ],
)
async def test_a_part_that_does_not_load_is_a_failed_stage(
    runtime: Runtime,
    program: MakeProgram,
    stages: tuple[Stage, ...],
    source: str,
    error: str,
    frames: list[tuple[str, int]],
) -> None:
    executor = Executor(runtime, Sandbox(rung="limits", shares_startup=True))
    outcome = await executor.run(program({"preprocess.py": source}, stages[0]))
    found = outcome.stages[0].error
    assert found is not None
    assert found.type == error
    own = [(frame.file, frame.line) for frame in found.frames if frame.file == "preprocess.py"]
    assert own == frames
    assert all(not frame.file.startswith("/") for frame in found.frames)


@pytest.mark.parametrize(
    ("source", "ok", "ended"),
    [
        ("", True, "finished"),
        ("import sys; sys.exit(0)", True, "finished"),
        ("import sys; sys.exit(2)", False, "exit status"),
        ("import sys; sys.exit('words')", False, "exit status"),
        ("import os; os._exit(0)", False, "exit status"),
        ("import os; os.kill(os.getpid(), 11)", False, "killed"),
        ("assert __name__ == '__main__'", True, "finished"),
        ("import helper; assert helper.X == 1", True, "finished"),
        ("1 / 0", False, "raised"),
    ],
)
async def test_a_script_ends_in_many_ways(
    runtime: Runtime, program: MakeProgram, script: MakeScript, source: str, ok: bool, ended: str
) -> None:
    executor = Executor(runtime, Sandbox(rung="limits", shares_startup=True))
    outcome = await executor.run(program({"a.py": source, "helper.py": "X = 1"}, script("a.py")))
    assert (outcome.stages[0].ok, outcome.stages[0].ended) == (ok, ended), outcome.tail


async def test_an_input_that_does_not_exist_is_named(
    executor: Executor, program: MakeProgram, script: MakeScript, tmp_path: Path
) -> None:
    outcome = await executor.run(program({"a.py": ""}, script("a.py", reads=(tmp_path / "gone",))))
    assert outcome.ended == "could not start"
    assert str(tmp_path / "gone") in outcome.tail


async def test_a_program_of_a_stranger_needs_a_sandbox_that_hides(
    executor: Executor, program: MakeProgram, script: MakeScript
) -> None:
    outcome = await executor.run(program({"a.py": ""}, script("a.py"), trusted=False))
    if executor.sandbox.hides_paths:
        assert outcome.ok
    else:
        assert outcome.ended == "could not start"
        assert "--allow-unsandboxed" in outcome.tail


async def test_a_stranger_runs_unguarded_where_the_person_allows_it(
    runtime: Runtime, program: MakeProgram, script: MakeScript
) -> None:
    nothing = Sandbox(rung="limits", shares_startup=True)
    stranger = program({"a.py": ""}, script("a.py"), trusted=False)
    assert (await Executor(runtime, nothing).run(stranger)).ended == "could not start"
    assert (await Executor(runtime, nothing, unsandboxed=True).run(stranger)).ok


async def test_a_sandbox_that_cannot_start_is_a_value(
    runtime: Runtime, program: MakeProgram, script: MakeScript
) -> None:
    missing = Sandbox(rung="bubblewrap", shares_startup=True, bubblewrap=Path("/no/such/bwrap"))
    outcome = await Executor(runtime, missing).run(program({"a.py": ""}, script("a.py")))
    assert outcome.ended == "could not start"
    assert "/no/such/bwrap" in outcome.tail


LIBRARIES = """
    import os

    import numpy as np
    from catboost import CatBoostClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    assert len(os.sched_getaffinity(0)) == 1
    x = np.random.default_rng(0).normal(size=(300, 300))
    y = (x[:, 0] > 0).astype(int)
    assert (x @ x).shape == x.shape
    for model in (
        CatBoostClassifier(iterations=5, verbose=0),
        HistGradientBoostingClassifier(max_iter=5),
        LogisticRegression(n_jobs=2),
    ):
        assert model.fit(x, y).score(x, y) > 0.6
"""


@pytest.mark.slow
async def test_learning_libraries_work_in_the_forks(
    runtime: Runtime, program: MakeProgram, script: MakeScript
) -> None:
    sandbox = candidate("bubblewrap")
    if isinstance(sandbox, str):
        pytest.skip(sandbox)
    files = {"a.py": LIBRARIES}
    if importlib.util.find_spec("torch"):
        files["b.py"] = (
            "import torch\nassert (torch.rand(300, 300) @ torch.rand(300, 300)).sum() > 0"
        )
    run = program(files, *map(script, files), seconds=60.0)
    outcome = await Executor(runtime, sandbox).run(run)
    assert outcome.ok, outcome.tail
