"""What installed libraries are said to offer: a real interpreter is asked."""

import sys
from pathlib import Path

import pytest

from agents.knowledge.signatures import MOST_LETTERS, Line, libraries, relocated, signatures_for

PYTHON = Path(sys.executable)

pytestmark = pytest.mark.slow


def told(fault: str, source: str) -> str:
    return signatures_for(fault, {"model.py": source}, PYTHON)


def test_the_libraries_that_code_may_import_are_named_with_their_versions() -> None:
    named = dict(one.split(" ") for one in libraries(PYTHON))
    assert {"numpy", "pandas", "scikit-learn", "lightgbm"} <= set(named)
    assert int(named["pandas"].partition(".")[0]) >= 3


def test_a_refused_argument_is_answered_with_the_true_signature() -> None:
    text = told(
        "TypeError: LGBMClassifier.fit() got an unexpected keyword argument "
        "'early_stopping_rounds'",
        "import lightgbm as lgb\nlgb.LGBMClassifier().fit(x, y, early_stopping_rounds=9)\n",
    )
    assert "Installed: lightgbm" in text
    assert "`lightgbm.LGBMClassifier.fit(X, y" in text
    assert "callbacks=None" in text
    assert "It takes no `early_stopping_rounds`" in text


def test_a_function_is_found_by_the_line_that_the_traceback_shows() -> None:
    text = told(
        "    return mean_squared_error(y, p, squared=False)\n"
        "TypeError: got an unexpected keyword argument 'squared'",
        "from sklearn.metrics import mean_squared_error\nmean_squared_error(y, p, squared=False)\n",
    )
    assert "sklearn.metrics.mean_squared_error(y_true, y_pred" in text
    assert "It takes no `squared`" in text


def test_a_name_out_of_a_module_that_is_gone_is_found_where_it_lives_now() -> None:
    text = told(
        "ModuleNotFoundError: No module named 'sklearn.cross_validation'",
        "from sklearn.cross_validation import train_test_split\n",
    )
    assert "It is `sklearn.model_selection.train_test_split` now." in text


def test_a_name_that_is_gone_is_answered_with_names_written_alike() -> None:
    text = told(
        "AttributeError: module 'numpy' has no attribute 'float_'",
        "import numpy as np\nx = np.float_(1)\n",
    )
    assert "`numpy.float_` does not exist" in text
    assert "`float64`" in text


def test_the_answer_is_short_and_empty_for_faults_of_the_code_itself() -> None:
    source = "from sklearn import ensemble, linear_model, svm, metrics\n"
    used = ["ensemble.RandomForestClassifier", "linear_model.Ridge", "svm.SVC", "metrics.f1_score"]
    long = told("TypeError: in " + " ".join(used), source + "\n".join(f"{one}()" for one in used))
    assert 500 < len(long) <= MOST_LETTERS
    assert told("KeyError: 'berth'", "import pandas as pd\n") == ""
    assert told("SyntaxError: invalid syntax", "def f(:\n") == ""


def test_only_libraries_that_code_may_use_are_asked() -> None:
    assert relocated("Popen", "subprocess", PYTHON) is None
    assert relocated("LinearDiscriminantAnalysis", "sklearn", PYTHON) == (
        "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"
    )


def test_an_interpreter_that_does_not_answer_is_no_fault(tmp_path: Path) -> None:
    assert libraries(tmp_path / "python") == ()
    assert relocated("SVC", "sklearn", tmp_path / "python") is None


FAILING = """import lightgbm as lgb
import numpy as np
from torch import nn


class Model:
    def fit(self, rows, goal):
        self.trees = lgb.LGBMRegressor()
        for name in rows:
            self.trees.fit(
                np.log1p(rows), goal)
            print(nn.Linear(2, 3))
"""


def test_what_the_failing_line_calls_is_told_though_the_fault_does_not_name_it() -> None:
    text = signatures_for("", {"model.py": FAILING}, PYTHON, Line("model.py", 10))
    assert "`lightgbm.LGBMRegressor.fit(X, y" in text
    assert "Linear" not in text
    assert signatures_for("", {"model.py": FAILING}, PYTHON, Line("model.py", 9)) == ""


def test_a_folder_that_a_traceback_names_is_nothing_that_the_fault_speaks_of() -> None:
    fault = (
        '  File "/lib/site-packages/torch/nn/modules/linear.py", line 9, in forward\nRuntimeError'
    )
    assert told(fault, FAILING) == ""
