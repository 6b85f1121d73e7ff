"""Failures are classified and located: by what an execution left, and by reading alone."""

import importlib.util

import pytest

from agents.execution.protocol import Frame, Outcome, StageError, StageResult
from agents.models import Fault
from agents.roles.error_analyzer import analyze, completed, static_faults

SOURCES = {"preprocess.py": "", "model.py": ""}
SOLUTION = {"solution.py": ""}


def outcome(stage: StageResult, ended: str = "stage failed", tail: str = "") -> Outcome:
    return Outcome.model_validate(
        {"ok": False, "ended": ended, "stages": (stage,), "tail": tail, "seconds": 1}
        | {"peak_bytes": 1, "rung": "limits"}
    )


def raised(
    type_name: str, message: str, *frames: tuple[str, int, str], stage: str = "preprocess-fit"
) -> Outcome:
    error = StageError(
        type=type_name,
        message=message,
        frames=tuple(Frame(file=file, line=line, function=name) for file, line, name in frames),
    )
    return outcome(StageResult(name=stage, ok=False, ended="raised", error=error))


def fault_of(failed: Outcome, sources: dict[str, str] = SOURCES) -> Fault:
    fault = analyze(failed, rung="sample", sources=sources)
    assert fault is not None
    return fault


IN_PREPROCESS = ("preprocess.py", 12, "fit")
IN_MODEL = ("model.py", 30, "predict")
IN_PANDAS = ("pandas/core/frame.py", 400, "__getitem__")


def test_success_is_no_fault() -> None:
    fine = Outcome(ok=True, ended="finished", stages=(), seconds=1, peak_bytes=1, rung="bubblewrap")
    assert analyze(fine, rung="sample", sources=SOURCES) is None


@pytest.mark.parametrize(
    ("type_name", "message", "kind"),
    [
        ("SyntaxError", "invalid syntax", "syntax"),
        ("IndentationError", "unexpected indent", "syntax"),
        ("NameError", "name 'np' is not defined", "syntax"),
        ("ModuleNotFoundError", "No module named 'lightgbm'", "missing dependency"),
        ("ImportError", "cannot import name 'x' from 'sklearn'", "incompatible API"),
        ("AttributeError", "'DataFrame' object has no attribute 'append'", "incompatible API"),
        ("TypeError", "f() got an unexpected keyword argument 'sparse'", "incompatible API"),
        ("FileNotFoundError", "[Errno 2] No such file: 'train.csv'", "path"),
        ("PermissionError", "[Errno 13] Permission denied: '/etc/passwd'", "path"),
        ("OSError", "[Errno 30] Read-only file system: '/x'", "path"),
        ("OSError", "[Errno 28] No space left on device", "resource"),
        ("MemoryError", "Unable to allocate 3 GiB", "resource"),
        ("RuntimeError", "CUDA out of memory. Tried to allocate", "resource"),
        ("ValueError", "operands could not be broadcast together", "shape or dtype mismatch"),
        ("ValueError", "could not convert string to float: 'x'", "shape or dtype mismatch"),
        ("ValueError", "X has 3 features, but Scaler expects 4", "shape or dtype mismatch"),
        (
            "ValueError",
            "Target size (torch.Size([4])) must be the same as input size (torch.Size([4, 1]))",
            "shape or dtype mismatch",
        ),
        (
            "ValueError",
            "Expected input batch_size (4) to match target batch_size (3).",
            "shape or dtype mismatch",
        ),
        ("IndexError", "Target 5 is out of bounds.", "shape or dtype mismatch"),
        ("IndexError", "index out of range in self", "shape or dtype mismatch"),
        (
            "RuntimeError",
            "The size of tensor a (3) must match the size of tensor b (4)",
            "shape or dtype mismatch",
        ),
        (
            "RuntimeError",
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            "Long, Int; but got torch.FloatTensor instead",
            "shape or dtype mismatch",
        ),
        (
            "RuntimeError",
            "result type Float can't be cast to the desired output type Long",
            "shape or dtype mismatch",
        ),
        ("KeyError", "'Cabin'", "preprocessing logic"),
        ("ValueError", "time data '2020' does not match format", "preprocessing logic"),
        ("ValueError", "Found unknown categories ['x'] in column 0", "preprocessing logic"),
        ("ModuleNotFoundError", "No module named 'sklearn.grid_search'", "incompatible API"),
        ("AssertionError", "Torch not compiled with CUDA enabled", "resource"),
        ("TypeError", "Object of type int64 is not JSON serializable", "shape or dtype mismatch"),
        (
            "InvalidParameterError",
            "The 'loss' parameter of Trees must be a str. Got 'ls' instead.",
            "incompatible API",
        ),
        (
            "AttributeError",
            "'Preprocessor' object has no attribute 'means'",
            "contract fulfilment",
        ),
        ("AttributeError", "'NoneType' object has no attribute 'x'", "preprocessing logic"),
        (
            "TypeError",
            "Preprocessor.fit() takes 2 positional arguments but 3 were given",
            "contract fulfilment",
        ),
    ],
)
def test_an_exception_has_a_class(type_name: str, message: str, kind: str) -> None:
    fault = fault_of(raised(type_name, message, IN_PREPROCESS, IN_PANDAS))
    assert fault.kind == kind
    assert fault.message == f"{type_name}: {message}"
    assert fault.rung == "sample"


def test_a_fault_lies_in_the_innermost_own_frame() -> None:
    frames = (("model.py", 3, "fit"), IN_MODEL, IN_PANDAS)
    fault = fault_of(raised("KeyError", "'x'", *frames, stage="model-fit"))
    assert (fault.component, fault.file) == ("model.py", "model.py")
    assert (fault.line, fault.function) == (30, "predict")
    assert fault.kind == "contract usage"


def test_a_model_that_misses_columns_of_other_rows_was_given_too_few() -> None:
    failed = raised("KeyError", "\"['a_x'] not in index\"", IN_MODEL, stage="sample/model-predict")
    fault = analyze(failed, rung="variants", sources=SOURCES)
    assert fault is not None
    assert (fault.component, fault.kind) == ("preprocess.py", "contract fulfilment")
    assert "['a_x'] not in index" in fault.message


def test_features_that_hold_the_target_are_a_leak() -> None:
    words = "X_train holds the target among its features: price."
    promise = Fault(kind="contract fulfilment", component="preprocess.py", message=words)
    assert completed(promise, SOURCES).kind == "leakage"


def test_without_an_own_frame_the_stage_names_the_component() -> None:
    fault = fault_of(
        raised(
            "TypeError",
            "Model.predict must return a DataFrame, not list.",
            stage="blind-1/model-predict",
        )
    )
    assert (fault.component, fault.kind) == ("model.py", "contract fulfilment")
    assert fault.line is None


def test_a_solution_is_located_in_its_one_file() -> None:
    failed = raised("ValueError", "bad", ("solution.py", 90, "predict"), stage="run")
    fault = fault_of(failed, SOLUTION)
    assert (fault.component, fault.line, fault.kind) == ("solution.py", 90, "unknown")


@pytest.mark.parametrize("ended", ["timed out", "out of memory", "killed"])
def test_a_stage_that_was_ended_lacked_resources(ended: str) -> None:
    stage = StageResult.model_validate({"name": "model-fit", "ok": False, "ended": ended})
    fault = fault_of(outcome(stage, ended))
    assert (fault.kind, fault.component) == ("resource", "model.py")


@pytest.mark.parametrize("ended", ["too much output", "too many processes", "disk quota"])
def test_a_program_that_passed_a_limit_lacked_resources(ended: str) -> None:
    stage = StageResult(name="preprocess-fit", ok=False, ended="killed")
    fault = fault_of(outcome(stage, ended))
    assert fault.kind == "resource"
    assert ended in fault.message


def test_a_program_that_could_not_start_is_the_engines_affair() -> None:
    stage = StageResult(name="preprocess-fit", ok=False, skipped=True)
    fault = fault_of(outcome(stage, "could not start", "The input x does not exist."))
    assert (fault.component, fault.message) == ("engine", "The input x does not exist.")


# --- reading alone -----------------------------------------------------------------------------

PREPROCESS = """
import json
import numpy as np

class Base:
    def save(self, directory): ...
    def load(self, directory): ...

class Preprocessor(Base):
    def fit(self, data_dir, *, seed, time_limit_s):
        return {"x": np.zeros(3)}
    def transform(self, data_dir):
        return json.loads("{}")
"""
MODEL = """
class Model:
    def fit(self, train, **options): ...
    def predict(self, test): ...
    def save(self, directory): ...
    def load(self, directory, strict=True): ...
"""


def exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def static(**files: str) -> list[tuple[str, str, int | None]]:
    sources = {"preprocess.py": PREPROCESS, "model.py": MODEL} | {
        f"{name}.py": text for name, text in files.items()
    }
    found = static_faults(sources, exists)
    return [(fault.kind, fault.component, fault.line) for fault in found]


def test_a_sound_program_has_no_static_faults() -> None:
    assert static() == []


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("x = 1\ndef f(:\n", "syntax", 2),
        ("return 1", "syntax", 1),
        ("def f():\n    return undefined\n", "syntax", 2),
        ("def f():\n    print(x)\n    x = 1\n", "syntax", 2),
        ("import no_such_package.part\n", "missing dependency", 1),
        ("\nfrom json.nothing import x\n", "incompatible API", 2),
        ("x = '\0'", "syntax", None),
    ],
)
def test_what_reading_finds_is_located(text: str, kind: str, line: int | None) -> None:
    faults = static(helper=text)
    assert (kind, line) in [(found, place) for found, _, place in faults]


def test_own_files_guarded_and_late_imports_are_understood() -> None:
    text = (
        "import model\ntry:\n    import no_such_package\nexcept ImportError:\n    pass\n"
        "def f():\n    import also_missing\n    return model, also_missing, no_such_package\n"
    )
    assert static(helper=text) == [("missing dependency", "solution.py", 7)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("class Model", "class Other"), "defines no class Model"),
        (("def predict", "def guess"), "Model has no method predict"),
        (("(self, test)", "(self)"), "Model.predict must take one argument"),
        (("**options", "seed=1"), "Model.fit must accept the keyword 'seed'"),
        (("**options", "*, seed"), "Model.fit must accept the keyword 'time_limit_s'"),
        (("strict=True", "strict"), "Model.load requires 'strict'"),
        (("class Model:", "class Model:\n    def __init__(self, depth): ..."), "without arguments"),
    ],
)
def test_an_interface_that_does_not_fit_is_named(change: tuple[str, str], words: str) -> None:
    text = MODEL.replace(*change)
    if change[1] == "seed=1":
        text = MODEL.replace("train, **options", "train, other=1")
    faults = static_faults({"preprocess.py": PREPROCESS, "model.py": text}, exists)
    assert {(fault.kind, fault.component) for fault in faults} == {
        ("contract fulfilment", "model.py")
    }
    assert words in faults[0].message


def test_methods_of_a_base_from_elsewhere_are_trusted() -> None:
    text = "from json import JSONEncoder\nclass Model(JSONEncoder):\n    pass\n"
    assert static(model=text) == []


def traceback_through(library: str, frames: int, *, head: str) -> str:
    """A traceback as Python prints it, the program's frames around many of a library's."""
    own = '  File "/somewhere/{}", line {}, in {}\n    {}\n    ^^^^^^^^^^\n'
    deep = (
        f'  File "/usr/lib/python3.11/site-packages/{library}/module.py", line {{}}, in _call\n'
        "    return forward_call(*args, **kwargs)\n"
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    )
    inner = "".join(deep.format(number) for number in range(frames))
    first = own.format("model.py", 40, "fit", "self.train(rows)")
    last = own.format("model.py", 71, "forward", "return self.mix(found)")
    return (
        f"{head}Traceback (most recent call last):\n{first}{inner}{last}{inner}"
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x8 and 16x4)"
    )


def test_frames_of_libraries_give_way_before_those_of_the_program() -> None:
    tail = traceback_through("torch/nn/modules", 12, head="epoch 1\n" * 40)
    failed = raised("RuntimeError", "mat1 and mat2", IN_MODEL).model_copy(update={"tail": tail})

    shown = fault_of(failed).excerpt

    assert 'model.py", line 40, in fit\n    self.train(rows)' in shown
    assert 'model.py", line 71, in forward\n    return self.mix(found)' in shown
    assert shown.endswith("(64x8 and 16x4)")
    assert "frames left out]" in shown
    assert len(shown.splitlines()) <= 34


def test_an_output_without_a_traceback_is_told_by_its_end() -> None:
    tail = "\n".join(f"line {number}" for number in range(100))
    failed = raised("ValueError", "no", IN_MODEL).model_copy(update={"tail": tail})
    assert fault_of(failed).excerpt.splitlines() == [f"line {number}" for number in range(70, 100)]


def test_functions_that_call_each_other_for_ever_leave_their_first_and_last_frames() -> None:
    frame = '  File "/somewhere/model.py", line {}, in turn\n    self.turn()\n'
    tail = "".join(frame.format(number) for number in range(90)) + "RecursionError: too deep"
    failed = raised("RecursionError", "too deep", IN_MODEL).model_copy(update={"tail": tail})

    shown = fault_of(failed).excerpt

    assert "line 0, in turn" in shown
    assert "line 89, in turn" in shown
    assert "line 45, in turn" not in shown
    assert len(shown.splitlines()) <= 31
