"""A metric of the user's own: read as text, run in the sandbox, judged like any other."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.judging.decisions import fit_decision
from agents.competition.judging.scores import BlindScores, Truth, score_blind
from agents.competition.metrics.metric_check import verify
from agents.competition.metrics.metric_choice import metric_of_option
from agents.competition.metrics.metrics import METRICS, metric_digest, metric_of
from agents.errors import ImlError, InputError
from agents.execution.ladder import candidate
from agents.models import MetricChoice, Target, Task

needs_sandbox = pytest.mark.skipif(
    all(isinstance(candidate(rung), str) for rung in ("bubblewrap", "landlock")),
    reason="nothing on this machine hides files from programs",
)

PRICE = Target(name="price", kind="number")
MOOD = Target(name="mood", kind="class", classes=("calm", "glad", "sad"))

CUBIC = """
import numpy as np

DIRECTION = "lower"
ANSWERS = "number"


def cubic(y_true, y_pred):
    return float(np.mean(np.abs(y_true["price"] - y_pred["price"]) ** 3) ** (1 / 3))
"""
HITS = """
def hits(y_true, y_pred):
    return (y_true["mood"] == y_pred["mood"]).mean()
"""


def chosen(tmp_path: Path, source: str, function: str) -> MetricChoice:
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    return metric_of_option(f"{path}:{function}", several=False)


@needs_sandbox
@pytest.mark.slow
def test_a_users_function_scores_with_errors(tmp_path: Path) -> None:
    choice = chosen(tmp_path, CUBIC, "cubic")
    task = Task(
        name="t",
        problem="regression",
        targets=(PRICE,),
        id_column="id",
        metric=choice,
        tables=(),
    )
    chance = np.random.default_rng(0)
    price, ids = chance.uniform(0, 100, 120), [str(row) for row in range(120)]
    fold = np.arange(120) % 2
    truth = Truth(pd.DataFrame({"row_id": ids, "price": [repr(p) for p in price.tolist()]}), fold)
    noise = chance.normal(0, 2, 120)
    good = BlindScores(pd.DataFrame({"row_id": ids, "price": price + noise}), fold)
    score = score_blind(task, good, truth)
    said = good.frame["price"].clip(price.min(), price.max())
    assert (choice.direction, choice.title) == ("lower", "cubic")
    assert score.value == pytest.approx((np.abs(price - said) ** 3).mean() ** (1 / 3), rel=0.02)
    assert 0 < score.error < score.value
    assert len(score.per_fold) == 2


@needs_sandbox
@pytest.mark.slow
def test_it_judges_labels_as_the_training_writes_them(tmp_path: Path) -> None:
    choice = chosen(tmp_path, HITS, "hits")
    truth = pd.DataFrame({"mood": ["glad", "sad", "calm", "glad"] * 10})
    assert (choice.name, choice.direction) == ("accuracy", "higher")
    assert verify(metric_of(choice), truth, [MOOD]) == ()


def test_decisions_search_by_a_known_metric_instead(tmp_path: Path) -> None:
    choice = chosen(tmp_path, "def never(a, b):\n    raise RuntimeError\n", "never")
    task = Task(
        name="t",
        problem="multiclass",
        targets=(MOOD,),
        id_column="id",
        metric=choice,
        tables=(),
    )
    scores = pd.DataFrame({"row_id": ["1"], "calm": [0.5], "glad": [0.3], "sad": [0.2]})
    truth = pd.DataFrame({"row_id": ["1"], "mood": ["sad"]})
    assert fit_decision(task, scores, truth, metric_of(choice)).name == "argmax"


@needs_sandbox
@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(a, b):\n    raise ValueError('no such thing')\n", "no such thing"),
        ("def f(a, b):\n    return float('nan')\n", "no finite number"),
        ("def f(a, b):\n    open({secret!r}).close()\n    return 1.0\n", "failed"),
    ],
)
def test_what_goes_wrong_in_it_is_an_error_in_a_sentence(
    tmp_path: Path, source: str, words: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    choice = chosen(tmp_path, source.format(secret=str(secret)), "f")
    truth = pd.DataFrame({"mood": ["glad", "sad"]})
    with pytest.raises(ImlError, match=words):
        metric_of(choice).evaluate(truth, truth, [MOOD])


def test_reading_it_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"open({str(mark)!r}, 'w')\ndef f(a, b):\n    return 1.0\n"
    chosen(tmp_path, source, "f")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("source", "function", "words"),
    [
        ("def f(:", "f", "cannot be read"),
        ("def f(a, b): ...", "g", "defines no function 'g'"),
        ("ANSWERS = 'boxes'\ndef f(a, b): ...", "f", "boxes"),
    ],
)
def test_a_file_that_holds_no_metric_is_refused(
    tmp_path: Path, source: str, function: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        chosen(tmp_path, source, function)
    with pytest.raises(InputError, match="There is no file"):
        metric_of_option("nowhere.py:f", several=False)


def test_another_text_is_another_metric(tmp_path: Path) -> None:
    one = chosen(tmp_path, HITS, "hits")
    other = chosen(tmp_path, f"{HITS}\n# again", "hits")
    assert metric_digest(one) != metric_digest(other)
    assert METRICS[one.name].problems == metric_of(one).problems
