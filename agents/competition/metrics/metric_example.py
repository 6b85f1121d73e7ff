"""A description's own worked examples: what a metric gives for known answers, as a check of it.

Prose gives examples in many forms. Only those are read whose truth, prediction and score each stand
there once and unmistakably: in one sentence ("predicting [3, 1, 2] where the truth is 1 scores
0.5"), or in a table with a column for each. Only metrics whose score of a single row is defined are
checked. What cannot be read or checked says nothing, neither for the metric nor against it.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import numpy as np

from agents.competition.metrics.metric import Metric
from agents.competition.metrics.metrics import METRICS, metric_of
from agents.competition.reading.description import sentences
from agents.models import MetricChoice

_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_VALUE: Final = rf"[`'\"]?({_NUMBER}|[A-Za-z][\w-]*)[`'\"]?(?![\w.]*\d)"
_LIST: Final = r"[`'\"]?\[([^\[\]]+)\][`'\"]?"
_IS: Final = r"(?:\s+value)?\s*(?:is|was|=|:|of|being|are)?\s*"
_TRUTH: Final = re.compile(
    r"\b(?:truth|true (?:value|label|answer|class)|actual(?: value| label)?"
    rf"|(?:right|correct) (?:answer|label|value)){_IS}{_VALUE}",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"\b(?:predict(?:ed|ing|ions?|s)?|guess(?:es|ing)?|forecasts?|answering|submitting)"
    rf"{_IS}(?:{_LIST}|[`'\"]?({_NUMBER})\b)",
    re.IGNORECASE,
)
_SCORE: Final = re.compile(
    r"\b(?:scores?|errors?|loss|costs?|gives|yields|earns|contributes)"
    rf"{_IS}(?:an? |the )?(?:scores? |error |loss )?(?:of )?({_NUMBER}(?:\s*/\s*\d+)?)(?![\d%])",
    re.IGNORECASE,
)
_HEADS: Final = {
    "truth": re.compile(r"(?:ground )?(?:truth|true|actual|observed)(?: (?:value|label|answer))?"),
    "said": re.compile(
        r"(?:predict(?:ed|ions?)|forecast|submitted|answered|guess(?:es)?)"
        r"(?: (?:value|label|answer|probability))?"
    ),
    "score": re.compile(r"(?:row )?(?:score|loss|error|points?|contribution|ap@?\d*)"),
}
_RANKS: Final = frozenset({"map_at_k"})
_SHARES: Final = frozenset({"log_loss", "brier"})
_PERCENT: Final = frozenset({"mape", "smape", "wape", "rmspe"})


class Example(NamedTuple):
    """One row's truth, its prediction, and what that scores."""

    truth: str
    said: tuple[str, ...]
    """The prediction; several, best first, where guesses are listed."""
    score: float
    tolerance: float
    """How far the score as written may be from the exact one."""
    words: str
    """The sentence, or the row of the table."""


Verdict = Literal["agrees", "disagrees", "silent"]


def read_examples(text: str) -> tuple[Example, ...]:
    """The worked examples of a description that can be read safely."""
    return (*_in_sentences(text), *_in_tables(text))


def judge_examples(choice: MetricChoice, examples: Sequence[Example]) -> tuple[Verdict, str]:
    """What the examples say about a metric, with the words of the one that decided.

    One example that the metric does not fit speaks against it.
    """
    metric, agreed = metric_of(choice), ""
    for example in examples:
        value = _value_of(metric, example)
        if value is None:
            continue
        if not _fits(metric, value, example):
            return "disagrees", example.words
        agreed = agreed or example.words
    return ("agrees", agreed) if agreed else ("silent", "")


def fitting_metrics(examples: Sequence[Example], like: MetricChoice) -> tuple[str, ...]:
    """Metrics of the same answers that every example fits which they can be checked by."""
    plain = (
        like.model_copy(update={"name": name, "parameters": {}, "weights": None, "source_text": ""})
        for name, metric in METRICS.items()
        if metric.answers == METRICS[like.name].answers and name != like.name
    )
    return tuple(one.name for one in plain if judge_examples(one, examples)[0] == "agrees")


# --- reading ------------------------------------------------------------------------------------


def _in_sentences(text: str) -> Iterator[Example]:
    for one in sentences(text):
        plain = re.sub(r"[*`$]", "", one.text)
        found = [list(pattern.finditer(plain)) for pattern in (_TRUTH, _SAID, _SCORE)]
        if any(len(hits) != 1 for hits in found):
            continue
        truth, said, score = (hits[0] for hits in found)
        if truth.start(1) >= said.start() and truth.start(1) < said.end():
            continue
        guesses = _listed(said[1]) if said[1] else (said[2],)
        yield from _example(truth[1], guesses, score[1], one.text)


def _in_tables(text: str) -> Iterator[Example]:
    lines = [line.strip() for line in text.splitlines()]
    for place, line in enumerate(lines[:-1]):
        if not (line.startswith("|") and re.fullmatch(r"\|[\s:|-]+\|", lines[place + 1])):
            continue
        heads = [re.sub(r"[`*]", "", cell).lower() for cell in _cells(line)]
        columns = {
            what: [at for at, head in enumerate(heads) if pattern.fullmatch(head)]
            for what, pattern in _HEADS.items()
        }
        if any(len(found) != 1 for found in columns.values()):
            continue
        at = {what: found[0] for what, found in columns.items()}
        for row in lines[place + 2 :]:
            cells = _cells(row)
            if not row.startswith("|") or len(cells) != len(heads):
                break
            said = re.sub(r"[`'\"]", "", cells[at["said"]])
            guesses = _listed(said.strip("[]")) if said.startswith("[") else (said,)
            yield from _example(cells[at["truth"]], guesses, cells[at["score"]], row)


def _example(truth: str, said: tuple[str, ...], score: str, words: str) -> Iterator[Example]:
    plain = re.sub(r"[`'\"\s]", "", score)
    if not re.fullmatch(rf"{_NUMBER}(?:/\d+)?", plain):
        return
    above, _, below = plain.partition("/")
    if below and not int(below):
        return
    digits = -int(Decimal(above).as_tuple().exponent)
    tolerance = 0.6 * 10.0**-digits if digits > 0 and not below else 1e-6
    value = float(above) / (float(below) if below else 1.0)
    yield Example(re.sub(r"[`'\"]", "", truth).strip(), said, value, tolerance, words.strip())


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip(" `'\"") for part in cell.split(","))


# --- checking -----------------------------------------------------------------------------------


def _value_of(metric: Metric, example: Example) -> float | None:
    """What a metric gives for one row, or None where it cannot be asked."""
    if metric.rows is None or metric.judge is not None:
        return None
    if metric.name in _RANKS:
        names = [example.truth, *example.said]
        if len({*example.said}) != len(example.said):
            return None
        codes = np.array([[names.index(guess) for guess in example.said]])
        return metric.measure(np.array([0]), codes)
    if len(example.said) != 1:
        return None
    try:
        truth, said = float(example.truth), float(example.said[0])
    except ValueError:
        return None
    if metric.name in _SHARES and (truth not in {0.0, 1.0} or not 0 <= said <= 1):
        return None
    if metric.name not in _SHARES and metric.answers != "number":
        return None
    if metric.lowest is not None and min(truth, said) < metric.lowest:
        return None
    if metric.counted is not None and truth == 0:
        return None
    low, high = metric.limits or (-np.inf, np.inf)
    return metric.measure(*(np.clip([[number]], low, high) for number in (truth, said)))


def _fits(metric: Metric, value: float, example: Example) -> bool:
    ways = (value, 100 * value) if metric.name in _PERCENT else (value,)
    return any(abs(one - example.score) <= example.tolerance for one in ways)
