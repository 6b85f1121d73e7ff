"""Answers of a model to the prompts of a run on the travellers, mistakes included."""

import json
from pathlib import Path

READING = {
    "summary": "Each row is a traveller; say whether they got a seat.",
    "domain": "travel",
    "hints": ["Parties never occur in both files."],
}
ONE_PLAN: dict[str, object] = {
    "track": "traditional",
    "name": "Smooth sums",
    "idea": "A smooth model of age, money and deck.",
    "steps": [
        {"id": "plain", "part": "prep", "directive": "Read `age`.", "reason": "A number."},
        {"id": "deck", "part": "prep", "directive": "Cut `berth`.", "reason": "Its parts."},
        {"id": "logit", "part": "model", "directive": "Logistic.", "reason": "Few rows."},
        {"id": "fit", "part": "train", "directive": "C of 1.", "reason": "Usual."},
    ],
    "dtypes": ["float32"],
    "seconds": 2,
}
PLAN = {"summary": "Few rows, three plain columns: a smooth model.", "plans": [ONE_PLAN]}
EXPLORE = """import sys
from pathlib import Path
import pandas as pd

rows = pd.read_csv(Path(sys.argv[1]) / "train.csv")
print("seated by member:", rows.groupby("member")["seated"].mean().round(2).to_dict())
"""
PREPROCESS = '''"""Numbers and decks.

Steps: plain, deck
"""

from pathlib import Path
from typing import Any

import pandas as pd


def features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe rows.

    Steps: plain, deck
    """
    decks = {
        f"deck {name}": (cells["berth"].str[:1] == name).astype("float32") for name in DECKS
    }
    numbers = {
        name: pd.to_numeric(cells[name], errors="coerce").fillna(0).astype("float32")
        for name in ("age", "spent")
    }
    return pd.DataFrame(numbers | decks)


class Preprocessor:
    """Numbers for a linear model."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the rows to learn from."""
        cells = pd.read_csv(data_dir / "train.csv", dtype=str, keep_default_na=False)
        cells = cells[cells["seated"] != ""].reset_index(drop=True)
        made = {"X_train": features(cells), "y_train": cells["seated"]}
        return made | {"groups_train": cells["ticket"].str.split("_").str[0]}

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Read the rows to be answered."""
        cells = pd.read_csv(data_dir / "test.csv", dtype=str, keep_default_na=False)
        return {"X_test": features(cells), "row_id": cells["ticket"]}

    def save(self, directory: Path) -> None:
        """Keep nothing."""

    def load(self, directory: Path) -> None:
        """Read nothing."""
'''
MODEL = '''"""Logistic regression.

Steps: logit, fit
"""

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Model:
    """A linear model."""

    def fit(self, train: dict[str, Any], *, seed: int, time_limit_s: float) -> None:
        """Fit.

        Steps: logit, fit
        """
        self.model = make_pipeline(StandardScaler(), LogisticRegression(multi_class="ovr"))
        self.model.fit(train["X_train"], train["y_train"])

    def predict(self, test: dict[str, Any]) -> pd.DataFrame:
        """Probabilities."""
        names = [str(label) for label in self.model.classes_]
        shares = pd.DataFrame(self.model.predict_proba(test["X_test"]), columns=names)
        shares.insert(0, "row_id", test["row_id"])
        return shares

    def save(self, directory: Path) -> None:
        """Write."""
        joblib.dump(self.model, directory / "model.joblib")

    def load(self, directory: Path) -> None:
        """Read."""
        self.model = joblib.load(directory / "model.joblib")
'''


def edit(path: str, search: str, replace: str, cause: str) -> str:
    """A repair as models write it."""
    return f"{cause}\n\n{path}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def code(path: str, text: str) -> str:
    """A whole file as models write it."""
    return f"```python {path}\n{text}```\n"


NO_DECKS = edit(
    "preprocess.py",
    "import pandas as pd",
    'import pandas as pd\n\nDECKS = ("A", "B", "C")',
    "The decks are nowhere named.",
)
_FITS = '        self.model.fit(train["X_train"], train["y_train"])'
_FITS_LESS = '        self.model.fit(train["X_train"].head(9), train["y_train"])'
CUT_SHORT = MODEL.replace(_FITS, _FITS_LESS)
"""A model with one mistake that a rule mends, and one that none does."""
ALL_ROWS = edit("model.py", _FITS_LESS, _FITS, "Rows were left out.")


def write_script(file: Path, *answers: tuple[str, str]) -> str:
    """Writes answers, each for a role; returns the model's name."""
    lines = [json.dumps({"role": role, "text": text}) for role, text in answers]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"script/{file}"


def whole_run(file: Path) -> str:
    """A run with two mistakes, one mended by the model and one by rule, and bad answers."""
    return write_script(
        file,
        ("task_analyzer", json.dumps(READING)[:60]),
        ("task_analyzer", f"Sure:\n```json\n{json.dumps(READING)}\n```"),
        ("profiling_agent", code("explore.py", EXPLORE)),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", PREPROCESS)),
        ("debugging_agent", edit("preprocess.py", "no such line", "x", "A wrong edit.")),
        ("debugging_agent", NO_DECKS),
        ("modeling_coder", code("model.py", MODEL)),
    )


# --- code that goes wrong ----------------------------------------------------------------------

ELSEWHERE = MODEL.replace('LogisticRegression(multi_class="ovr")', "LogisticRegression()")
"""A model without a mistake."""
BOASTING = ELSEWHERE.replace(
    '        """Probabilities."""', '        """Probabilities."""\n        print("accuracy: 1.0")'
)
"""It says of itself what nobody measured."""
WHOLE = PREPROCESS.replace(
    "class Preprocessor", 'DECKS = ("A", "B", "C")\n\n\nclass Preprocessor', 1
)
"""Preprocessing without a mistake."""
PLACE = '        """Read the rows to learn from."""'


def acting(*lines: str) -> str:
    """Preprocessing that does something else before it learns."""
    return WHOLE.replace(PLACE, "\n".join([PLACE, *(f"        {line}" for line in lines)]))


def withdrawn(cause: str, *lines: str) -> str:
    """The repair that takes these lines out again."""
    wrong = "\n".join([PLACE, *(f"        {line}" for line in lines)])
    return edit("preprocess.py", wrong, PLACE, cause)


def plans(*names: str) -> str:
    """As many plans as names, all of one kind."""
    every = [ONE_PLAN | {"name": name} for name in names]
    return json.dumps({"summary": "Few rows.", "plans": every})


# --- a repair of several changes -----------------------------------------------------------------

ROUGH = ELSEWHERE.replace('train["y_train"])', 'train["seated"])').replace(
    "StandardScaler\n", 'StandardScaler\n\nSETTINGS = {"C": 1.0}\n', 1
)
"""A model that has to be mended in three places."""
IN_THREE_PLACES = (
    edit(
        "model.py",
        'SETTINGS = {"C": 1.0}',
        'SETTINGS = {"C": 0.5}',
        "The labels are called y_train: read those, use the settings, and name the classes once.",
    )
    + edit(
        "model.py",
        "        self.model = make_pipeline(StandardScaler(), LogisticRegression())\n"
        '        self.model.fit(train["X_train"], train["seated"])',
        "        linear = LogisticRegression(**SETTINGS)\n"
        "        self.model = make_pipeline(StandardScaler(), linear)\n"
        '        self.model.fit(train["X_train"], train["y_train"])',
        "",
    )
    + edit(
        "model.py",
        "        names = [str(label) for label in self.model.classes_]\n"
        '        shares = pd.DataFrame(self.model.predict_proba(test["X_test"]), columns=names)',
        '        found = self.model.predict_proba(test["X_test"])\n'
        "        shares = pd.DataFrame(found, columns=map(str, self.model.classes_))",
        "",
    )
)


def repaired_run(file: Path) -> str:
    """A run with two mistakes, the second mended by a repair of three changes."""
    return write_script(
        file,
        ("task_analyzer", json.dumps(READING)),
        ("profiling_agent", code("explore.py", EXPLORE)),
        ("knowledge_retriever", json.dumps({"picks": []})),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", PREPROCESS)),
        ("debugging_agent", NO_DECKS),
        ("modeling_coder", code("model.py", ROUGH)),
        ("debugging_agent", IN_THREE_PLACES),
    )
