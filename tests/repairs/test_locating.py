"""A fault is placed where it is to be mended, not where it was noticed."""

from agents.models import Fault
from agents.repairs.locating import located

PREPROCESS = '''"""Numbers."""

import pandas as pd


class Preprocessor:
    """Reads."""

    def fit(self, data_dir, *, seed, time_limit_s):
        """Read."""
        cells = pd.read_csv(data_dir / "train.csv")
        self.usual = cells["a"].mean()
        return {"X_train": self.features(cells), "y_train": cells["goal"]}

    def features(self, cells):
        """Describe."""
        made = pd.DataFrame()
        made["code"] = cells["code"]
        made["a"] = cells["a"] - cells["a"].mean()
        return made

    def transform(self, data_dir):
        """Read."""
        cells = pd.read_csv(data_dir / "test.csv")
        table = self.features(cells)
        return {"X_test": table, "row_id": cells["code"]}
'''
MODEL = '''"""A network."""

from sklearn.ensemble import RandomForestClassifier


class Net:
    """One layer."""

    def forward(self, x):
        """Answer."""
        return x @ self.weights


class Model:
    """A net, and a forest."""

    def build(self):
        """Make."""
        return RandomForestClassifier(max_features="auto")

    def fit(self, train, *, seed, time_limit_s):
        """Fit."""
        self.net = Net()
        self.build().fit(train["X_train"], train["y_train"])

    def predict(self, test):
        """Answer."""
        return self.net.forward(test["X_test"])
'''
SOURCES = {"preprocess.py": PREPROCESS, "model.py": MODEL}


def place_of(message: str, **known: object) -> tuple[str, str | None]:
    fault = Fault.model_validate(
        {"kind": "unknown", "component": "preprocess.py", "message": message} | known
    )
    found = located(fault, SOURCES)
    return found.component, found.function


def test_a_broken_promise_is_placed_where_the_object_is_made() -> None:
    words = "X_train may hold float32 but holds float64."
    assert place_of(words) == ("preprocess.py", "features")
    assert place_of("X_test lacks columns of X_train: a.") == ("preprocess.py", "features")
    assert place_of("y_train must be a Series but is a list.") == ("preprocess.py", "fit")


def test_an_object_that_is_missing_is_placed_in_the_method_that_returns_it() -> None:
    words = "Preprocessor.transform must return 'row_id' but returned X_test."
    assert place_of(words) == ("preprocess.py", "transform")


def test_a_forbidden_column_is_placed_where_it_is_added() -> None:
    words = "X_train holds the raw id 'code' among its features."
    fault = Fault(kind="contract fulfilment", component="preprocess.py", message=words)
    found = located(fault, SOURCES)
    assert found.line == PREPROCESS.splitlines().index('        made["code"] = cells["code"]') + 1


def test_a_dependence_between_rows_is_placed_at_what_looks_at_all_of_them() -> None:
    words = "9 of 9 scores change on sample-half: rows depend on each other, and the contract"
    assert place_of(words) == ("preprocess.py", "features")


def test_scores_that_are_wrong_are_placed_in_predict() -> None:
    words = "The scores have no column row_id: predict must return it first."
    assert place_of(words) == ("model.py", "predict")


def test_an_option_is_placed_where_it_is_given() -> None:
    words = "The 'max_features' parameter of RandomForestClassifier must be an int. Got 'auto'."
    known = {"component": "model.py", "file": "model.py", "line": 24, "function": "fit"}
    assert place_of(words, **known) == ("model.py", "build")


def test_what_a_network_notices_is_placed_where_it_was_made() -> None:
    known = {"component": "model.py", "file": "model.py", "line": 11, "function": "forward"}
    assert place_of("RuntimeError: shapes differ", **known) == ("model.py", "fit")


def test_a_program_that_ran_out_of_time_is_placed_where_it_was() -> None:
    excerpt = (
        'Stack:\n  File "/lib/x.py", line 3 in grow\n  File "/job/2/model.py", line 24 in fit\n'
    )
    found = place_of("TimeoutError: late", kind="resource", component="model.py", excerpt=excerpt)
    assert found == ("model.py", "fit")


def test_a_line_of_what_is_no_python_is_placed_in_the_function_above() -> None:
    broken = {"model.py": MODEL.replace("self.net = Net()", "self.net = Net((")}
    line = broken["model.py"].splitlines().index("        self.net = Net((") + 1
    fault = Fault(kind="syntax", component="model.py", message="SyntaxError", line=line)
    assert located(fault, broken).function == "fit"


def test_what_nothing_tells_stays_as_it_is() -> None:
    assert place_of("AssertionError") == ("preprocess.py", None)
