"""Small programs that really fail, the change that a rule makes, and the same programs running."""

import traceback
from pathlib import Path
from typing import Any

import pytest

from agents.execution.protocol import Frame, Outcome, StageError, StageResult
from agents.models import Contract, ContractObject, Fault
from agents.repairs.quick_fixes import NOTHING_KNOWN, Argument, Lookup, quick_fix
from agents.roles.error_analyzer import analyze, static_faults

NUMBERS = {"kind": "DataFrame", "role": "features", "dtypes": ("float32",)}
CONTRACT = Contract(
    objects=tuple(
        ContractObject.model_validate(one)
        for one in (
            {**NUMBERS, "name": "X_train", "side": "train"},
            {"name": "y_train", "side": "train", "kind": "Series", "role": "y"},
            {**NUMBERS, "name": "X_test", "side": "test", "same_columns_as": "X_train"},
            {"name": "row_id", "side": "test", "kind": "Series", "role": "row_id"},
        )
    )
)


def run(text: str, given: dict[str, Any] | None = None) -> BaseException | None:
    """What a program raises; None where it ends well."""
    names: dict[str, Any] = {"__name__": "part", **(given or {})}
    try:
        exec(compile(text, "preprocess.py", "exec"), names)
    except Exception as error:  # noqa: BLE001 - that is what is looked at
        return error
    return None


def fault_of(error: BaseException, file: str, text: str) -> Fault:
    """The fault that the Error Analyzer makes of an exception."""
    frames = [
        Frame(file=one.filename, line=one.lineno or 0, function=one.name)
        for one in traceback.extract_tb(error.__traceback__)
        if one.filename != __file__
    ]
    frames = [
        one.model_copy(update={"file": file}) if one.file == "preprocess.py" else one
        for one in frames
    ]
    raised = StageError(type=type(error).__name__, message=str(error), frames=tuple(frames))
    name = "sample/preprocess-fit" if file == "preprocess.py" else "sample/model-fit"
    stage = StageResult(name=name, ok=False, ended="raised", error=raised)
    outcome = Outcome(
        ok=False,
        ended="stage failed",
        stages=(stage,),
        seconds=0,
        peak_bytes=0,
        rung="limits",
        tail="".join(traceback.format_exception(error)),
    )
    fault = analyze(outcome, rung="sample", sources={file: text})
    assert fault is not None
    return fault


FAILING = {
    "a renamed argument": (
        "from sklearn.preprocessing import OneHotEncoder\nOneHotEncoder(sparse=False)"
    ),
    "an argument that is gone": (
        "from sklearn.linear_model import Ridge\nRidge(alpha=1.0, normalize=True)"
    ),
    "a root that is asked for by argument": (
        "from sklearn.metrics import mean_squared_error\n"
        "assert mean_squared_error([0, 0], [3, 3], squared=False) == 3"
    ),
    "a module that moved": "from sklearn.externals import joblib\njoblib.hash(1)",
    "an option that was renamed": (
        "from sklearn.ensemble import RandomForestClassifier\n"
        "RandomForestClassifier(5, max_features='auto').fit([[0], [1]], [0, 1])"
    ),
    "rows appended to a table": (
        "import pandas as pd\nrows = pd.DataFrame({'a': [1]})\n"
        "rows = rows.append(rows, ignore_index=True)\nassert list(rows['a']) == [1, 1]"
    ),
    "pairs of columns": (
        "import pandas as pd\nassert [n for n, _ in pd.DataFrame({'a': [1]}).iteritems()] == ['a']"
    ),
    "cells filled by method": (
        "import pandas as pd\n"
        "assert pd.Series([1.0, None]).fillna(method='ffill').tolist() == [1, 1]"
    ),
    "an axis by place": (
        "import pandas as pd\n"
        "assert pd.DataFrame({'a': [1], 'b': [2]}).drop('a', 1).shape == (1, 1)"
    ),
    "a type of numpy that is gone": "import numpy as np\nassert np.zeros(1, np.float)[0] == 0",
    "a function of numpy that is gone": "import numpy as np\nassert np.product([2, 3]) == 6",
    "a constant of numpy that is gone": "import numpy as np\nassert np.isnan(np.NaN)",
    "a statistic of words": (
        "import pandas as pd\n"
        "found = pd.DataFrame({'a': [1.0, 3.0], 'b': ['x', 'y']}).median()\nassert found['a'] == 2"
    ),
    "cells that are no numbers": (
        "import pandas as pd\ncells = pd.Series(['1', 'NA'])\n"
        "assert pd.to_numeric(cells).isna().sum() == 1"
    ),
    "text that is cast to numbers": (
        "import pandas as pd\ncells = pd.Series(['1', 'NA'])\n"
        "assert cells.astype(float).isna().sum() == 1"
    ),
    "whole numbers with gaps": (
        "import pandas as pd\nassert pd.Series([1.0, None]).astype(int).tolist() == [1, -1]"
    ),
    "words that are looked for as objects": (
        "import pandas as pd\nrows = pd.DataFrame({'a': [1], 'b': ['x']})\n"
        "words = [name for name in rows if rows[name].dtype == object]\n"
        "pd.concat([rows[name] for name in words])"
    ),
    "an unknown category": (
        "import pandas as pd\nfrom sklearn.preprocessing import OneHotEncoder\n"
        "encoder = OneHotEncoder().fit([['x'], ['y']])\nencoder.transform([['z']])"
    ),
    "an unknown label": (
        "import pandas as pd\nfrom sklearn.preprocessing import LabelEncoder\n"
        "encoder = LabelEncoder().fit(['x', 'y'])\n"
        "found = encoder.transform(pd.Series(['y', 'z']))\nassert list(found) == [1, -1]"
    ),
    "numbers of numpy as json": (
        "import json\nimport numpy as np\nassert json.dumps({'a': np.float32(1)}) == '{\"a\": 1.0}'"
    ),
    "a sparse matrix": (
        "from scipy.sparse import csr_matrix\n"
        "from sklearn.ensemble import HistGradientBoostingClassifier\n"
        "HistGradientBoostingClassifier(max_iter=1).fit(csr_matrix([[0], [1]]), [0, 1])"
    ),
    "an offset that was renamed": (
        "import pandas as pd\nassert len(pd.date_range('2020-01-01', periods=2, freq='M')) == 2"
    ),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_program_runs_after_one_change(what: str) -> None:
    text = FAILING[what]
    error = run(text)
    assert error is not None
    fault = fault_of(error, "preprocess.py", text)
    fix = quick_fix(fault, {"preprocess.py": text}, CONTRACT, NOTHING_KNOWN)
    assert fix is not None, fault
    assert run(fix.files["preprocess.py"]) is None, fix.files["preprocess.py"]
    assert fix.what.endswith(".")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("def a(:\n    pass\n", None),
        ("```python\nx = 1\n```\n", "x = 1\n"),
        ("if True\n    x = 1\n", "if True:\n    x = 1\n"),
        ("x = “a”\n", 'x = "a"\n'),
        ("y = np.zeros(3)\n", "import numpy as np\ny = np.zeros(3)\n"),
        ("value = 1\nprint(valu)\n", "value = 1\nprint(value)\n"),
        ("import os\nimport no_such_package\nos.getcwd()\n", "import os\nos.getcwd()\n"),
    ],
)
def test_what_reading_finds_is_mended_without_running(text: str, right: str | None) -> None:
    fault = static_faults({"model.py": text}, lambda name: name in {"os", "numpy"})[0]
    fix = quick_fix(fault, {"model.py": text}, CONTRACT, NOTHING_KNOWN)
    assert (fix.files["model.py"] if fix else None) == right


def test_a_misspelt_argument_is_corrected_by_the_true_signature() -> None:
    text = "from sklearn.linear_model import Ridge\nmodel = Ridge(alpah=2.0)\n"
    error = run(text)
    assert error is not None
    asked = []

    def argument(name: str, keyword: str) -> Argument:
        asked.append((name, keyword))
        return Argument(taken=False, alike=("alpha",))

    lookup = Lookup(argument, lambda _name, _package: None)
    close = {"preprocess.py": text.replace("alpah", "alphas")}
    fault = fault_of(error, "preprocess.py", text).model_copy(
        update={
            "message": "TypeError: Ridge.__init__() got an unexpected keyword argument 'alphas'"
        }
    )
    fix = quick_fix(fault, close, CONTRACT, lookup)
    assert fix is not None
    assert "Ridge(alpha=2.0)" in fix.files["preprocess.py"]
    assert asked == [("sklearn.linear_model.Ridge", "alphas")]


def test_an_argument_that_says_what_to_work_on_is_never_left_out() -> None:
    text = "from sklearn.cluster import k_means\nk_means([[0], [1]], 1, weights=[1, 2])\n"
    error = run(text)
    assert error is not None
    fault = fault_of(error, "preprocess.py", text)
    assert quick_fix(fault, {"preprocess.py": text}, CONTRACT, NOTHING_KNOWN) is None


def test_a_fault_that_no_rule_knows_is_left_to_the_debugging_agent() -> None:
    fault = Fault(
        kind="unknown", component="model.py", message="ZeroDivisionError: division", line=1
    )
    assert quick_fix(fault, {"model.py": "1 / 0\n"}, CONTRACT, NOTHING_KNOWN) is None


# --- promises between the parts -------------------------------------------------------------------

PREPROCESS = '''"""Numbers."""

import pandas as pd


class Preprocessor:
    """Reads."""

    def fit(self, data_dir, *, seed, time_limit_s):
        """Read."""
        cells = pd.DataFrame({"a": [1.0, 2.0], "target": [0, 1]})
        self.mean = cells["a"].mean()
        return {"X_train": cells, "y_train": cells["target"]}

    def transform(self, data_dir):
        """Read."""
        cells = pd.DataFrame({"a": [self.mean]})
        return {"X_test": cells, "row_id": cells["a"].astype("str")}

    def save(self, directory):
        """Forget."""

    def load(self, directory):
        """Forget."""
'''
MODEL = '''"""A mean."""


class Model:
    """Says always the same."""

    def fit(self, train, *, seed, time_limit_s):
        """Learn."""
        self.mean = train["y_train"].mean()
        self.columns = list(train["X_train"])

    def predict(self, test):
        """Answer."""
        return test["X_test"].assign(target=self.mean)[["target"]]
'''


def promise(message: str, component: str, kind: str = "contract fulfilment") -> Fault:
    return Fault.model_validate({"kind": kind, "component": component, "message": message})


def fixed(fault: Fault, **files: str) -> str:
    """The mended text of the one file."""
    named = {f"{name}.py": text for name, text in files.items()}
    fix = quick_fix(fault, named, CONTRACT, NOTHING_KNOWN)
    assert fix is not None
    [text] = fix.files.values()
    return text


def test_the_target_leaves_the_features_of_both_sides() -> None:
    words = "X_train holds the target among its features: target."
    text = fixed(promise(words, "preprocess.py"), preprocess=PREPROCESS)
    names: dict[str, Any] = {}
    exec(text, names)
    part = names["Preprocessor"]()
    assert list(part.fit(Path(), seed=0, time_limit_s=1)["X_train"]) == ["a"]
    assert list(part.transform(Path())["X_test"]) == ["a"]


def test_wider_floats_become_the_promised_ones() -> None:
    words = "X_test may hold float32 but holds float64, namely a."
    text = fixed(promise(words, "preprocess.py"), preprocess=PREPROCESS)
    names: dict[str, Any] = {}
    exec(text, names)
    made = names["Preprocessor"]().fit(Path(), seed=0, time_limit_s=1)
    assert {str(one) for one in made["X_train"].dtypes} == {"float32"}


def test_an_object_gets_its_promised_name() -> None:
    words = "Preprocessor.fit must return 'X_train' but returned X, y_train."
    broken = PREPROCESS.replace('"X_train"', '"X"')
    assert fixed(promise(words, "preprocess.py"), preprocess=broken) == PREPROCESS


def test_what_nobody_was_promised_is_not_returned() -> None:
    words = "Preprocessor.fit returned columns, which the contract does not name."
    for broken in (
        PREPROCESS.replace('cells["target"]}', 'cells["target"], "columns": list(cells)}'),
        PREPROCESS.replace('{"X_train"', '{"columns": list(cells), "X_train"'),
    ):
        assert fixed(promise(words, "preprocess.py"), preprocess=broken) == PREPROCESS


def test_a_model_takes_what_it_was_promised() -> None:
    words = "Model.fit takes 'target', which the contract does not promise on the train side; it"
    broken = MODEL.replace('"y_train"', '"target"')
    assert fixed(promise(words, "model.py", "contract usage"), model=broken) == MODEL


def test_scores_get_ids_and_names() -> None:
    words = "The scores have no column row_id: predict must return it first."
    text = fixed(promise(words, "model.py", "contract usage"), model=MODEL)
    words = "The scores have the columns ['target']; ['price'] are asked for."
    text = fixed(promise(words, "model.py", "contract usage"), model=text)
    pandas = pytest.importorskip("pandas")
    names: dict[str, Any] = {}
    exec(text, names)
    model = names["Model"]()
    table = pandas.DataFrame({"a": [1.0, 2.0]})
    model.fit({"X_train": table, "y_train": table["a"]}, seed=0, time_limit_s=1)
    answered = model.predict({"X_test": table, "row_id": pandas.Series(["p", "q"])})
    assert list(answered.columns) == ["row_id", "price"]
    assert list(answered["row_id"]) == ["p", "q"]


def test_scores_by_number_are_named_only_where_it_is_plain_which_is_which() -> None:
    words = "The scores have the columns ['x', 'y']; ['no', 'yes'] are asked for."
    fault = promise(words, "model.py", "contract usage")
    assert quick_fix(fault, {"model.py": MODEL}, CONTRACT, NOTHING_KNOWN) is None
    words = "The scores have the columns ['0', '1']; ['yes', 'no'] are asked for."
    text = fixed(promise(words, "model.py", "contract usage"), model=MODEL)
    assert '{"0": "no", "1": "yes"}' in text


def test_what_was_learned_and_not_saved_is_saved(tmp_path: Path) -> None:
    words = "AttributeError: 'Preprocessor' object has no attribute 'mean'"
    text = fixed(promise(words, "preprocess.py"), preprocess=PREPROCESS)
    names: dict[str, Any] = {}
    exec(text, names)
    part = names["Preprocessor"]()
    part.fit(tmp_path, seed=0, time_limit_s=1)
    part.save(tmp_path)
    fresh = names["Preprocessor"]()
    fresh.load(tmp_path)
    assert fresh.transform(tmp_path)["X_test"]["a"].tolist() == [1.5]


def test_a_class_that_keeps_nothing_keeps_what_it_learned(tmp_path: Path) -> None:
    text = fixed(promise("Model has no method save.", "model.py"), model=MODEL)
    names: dict[str, Any] = {}
    exec(text, names)
    model = names["Model"]()
    model.mean = 3
    model.save(tmp_path)
    fresh = names["Model"]()
    fresh.load(tmp_path)
    assert fresh.mean == 3


def test_fit_takes_what_the_runner_passes() -> None:
    words = "Model.fit must accept the keyword 'seed'."
    broken = MODEL.replace("train, *, seed, time_limit_s", "train")
    text = fixed(promise(words, "model.py"), model=broken)
    assert "def fit(self, train, *, seed: int, time_limit_s: float):" in text


def test_a_step_is_claimed_only_by_code_that_speaks_of_it() -> None:
    fault = promise("No docstring claims these steps: average.", "preprocess.py")
    assert quick_fix(fault, {"model.py": MODEL}, CONTRACT, NOTHING_KNOWN) is None
    fault = promise("No docstring claims these steps: columns.", "preprocess.py")
    assert fixed(fault, model=MODEL).startswith('"""A mean.\n\nSteps: columns\n"""')


# --- places, time and memory ----------------------------------------------------------------------


def test_tables_are_looked_for_in_the_given_folder() -> None:
    text = (
        "import pandas as pd\nTEST = '../input/test.csv'\n\n\nclass Preprocessor:\n"
        "    def fit(self, data_dir):\n        return pd.read_csv('/kaggle/input/a/train.csv')\n\n"
        "    def transform(self, data_dir):\n        return pd.read_csv(TEST)\n"
    )
    message = "FileNotFoundError: [Errno 2] No such file or directory: '/kaggle/input/a/train.csv'"
    mended = fixed(promise(message, "preprocess.py", "path"), preprocess=text)
    assert 'pd.read_csv(data_dir / "train.csv")' in mended
    assert 'pd.read_csv(data_dir / "test.csv")' in mended


def test_a_model_is_kept_in_the_given_folder() -> None:
    text = (
        "import joblib\n\n\nclass Model:\n"
        "    def save(self, directory):\n        joblib.dump(1, '/kaggle/working/m.pkl')\n\n"
        "    def load(self, directory):\n        self.m = joblib.load('/kaggle/working/m.pkl')\n"
    )
    message = "PermissionError: [Errno 13] Permission denied: '/kaggle/working/m.pkl'"
    mended = fixed(promise(message, "model.py", "path"), model=text)
    assert mended.count('directory / "m.pkl"') == 2


def test_batches_are_halved_where_memory_ends_and_rounds_quartered_where_time_does() -> None:
    text = "BATCH_SIZE = 4096\nEPOCHS = 400\nSETTINGS = {'n_estimators': 1000}\n"
    memory = promise("RuntimeError: out of memory", "model.py", "resource")
    assert "BATCH_SIZE = 2048\nEPOCHS = 400" in fixed(memory, model=text)
    late = promise("TimeoutError: The stage ran past its time limit.", "model.py", "resource")
    assert "EPOCHS = 100\nSETTINGS = {'n_estimators': 250}" in fixed(late, model=text)


def test_a_loop_without_end_is_not_answered_by_fewer_rounds() -> None:
    text = "EPOCHS = 400\nwhile True:\n    EPOCHS + 1\n"
    late = promise("TimeoutError: The stage ran past its time limit.", "model.py", "resource")
    looping = late.model_copy(update={"line": 3})
    assert quick_fix(looping, {"model.py": text}, CONTRACT, NOTHING_KNOWN) is None


def test_where_there_is_no_card_the_processor_is_used() -> None:
    text = 'import torch\nnet = torch.nn.Linear(1, 1).cuda().to("cuda:0")\n'
    error = run(text)
    if error is None:
        pytest.skip("this machine has a graphics card")
    fault = fault_of(error, "preprocess.py", text)
    mended = fixed(fault, preprocess=text)
    assert run(mended) is None
