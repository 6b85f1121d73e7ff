"""The row format: what is written reads back as it was."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.formats import spellings, write_row_format
from agents.models import MetricChoice, SubmissionSpec, Target, Task


def test_numbers_read_back_as_the_same_numbers(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    probabilities = chance.dirichlet([1, 1, 1], 50)
    ids = [f"r{row}" for row in range(50)]
    answers = pd.DataFrame(probabilities, columns=["a", "b", "c"])
    answers.insert(0, "row_id", ids)
    path = tmp_path / "submission.csv"
    write_row_format(answers, ["id", "a", "b", "c"], "id", ids, {}, path)
    back = pd.read_csv(path)
    assert list(back.columns) == ["id", "a", "b", "c"]
    assert np.array_equal(back[["a", "b", "c"]].to_numpy(), probabilities)


def test_rows_follow_the_order_of_the_test(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["2", "1"], "price": [20.0, 10.5]})
    path = tmp_path / "submission.csv"
    write_row_format(answers, ["Id", "price"], "Id", ["1", "2"], {}, path)
    assert path.read_text(encoding="utf-8") == "Id,price\n1,10.5\n2,20.0\n"


def test_a_row_without_an_answer_is_an_error(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["1"], "price": [1.0]})
    with pytest.raises(KeyError):
        write_row_format(answers, ["Id", "price"], "Id", ["1", "2"], {}, tmp_path / "s.csv")


def test_labels_with_commas_quotes_and_umlauts_read_back(tmp_path: Path) -> None:
    labels = ["a,b", 'say "no"', "grün", "007"]
    ids = list("wxyz")
    answers = pd.DataFrame({"row_id": ids, "label": labels})
    path = tmp_path / "submission.csv"
    write_row_format(answers, ["id", "label"], "id", ids, {}, path)
    assert list(pd.read_csv(path, dtype=str)["label"]) == labels


def test_a_submission_may_call_the_target_otherwise_and_have_no_id(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["0", "1"], "price": [1.0, 2.0]})
    path = tmp_path / "submission.csv"
    write_row_format(answers, ["prediction"], None, ["0", "1"], {}, path)
    assert path.read_text(encoding="utf-8") == "prediction\n1.0\n2.0\n"


def test_labels_are_spelled_as_the_submission_asks(tmp_path: Path) -> None:
    target = Target(name="seated", kind="class", classes=("False", "True"), positive="True")
    metric = MetricChoice(name="f1", direction="higher", title="F1", source="default")
    columns = ("id", "seated")
    asked = SubmissionSpec(columns=columns, id_column="id", answers="label", labels=("0", "1"))
    task = Task(
        name="t",
        problem="binary",
        targets=(target,),
        id_column="id",
        metric=metric,
        tables=(),
        submission=asked,
    )
    answers = pd.DataFrame({"row_id": ["a", "b"], "seated": ["True", "False"]})
    path = tmp_path / "submission.csv"
    write_row_format(answers, ["id", "seated"], "id", ["a", "b"], spellings(task), path)
    assert path.read_text(encoding="utf-8") == "id,seated\na,1\nb,0\n"
