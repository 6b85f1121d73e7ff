"""What data and description leave open beside the target: it was decided, and a person may differ.

Each question says what was decided, what else it could be, why, and which option decides otherwise.
"""

from collections.abc import Sequence
from typing import Final

from agents.competition.metrics.metric_choice import rival_metrics
from agents.competition.metrics.metric_example import (
    fitting_metrics,
    judge_examples,
    read_examples,
)
from agents.competition.metrics.metrics import METRICS
from agents.competition.stating.ids import looks_like_id
from agents.competition.stating.pairing import Pairing
from agents.models import MetricChoice, OpenQuestion, ProblemType

_USUAL: Final[dict[ProblemType, tuple[str, ...]]] = {
    "binary": ("accuracy", "auc", "f1", "log_loss"),
    "multiclass": ("accuracy", "f1_macro", "log_loss", "balanced_accuracy"),
    "multilabel": ("auc", "f1_macro", "f1_samples", "jaccard"),
    "ordinal": ("kappa", "accuracy", "f1_macro"),
    "regression": ("rmse", "mae", "rmsle", "r2"),
}
"""What such problems are judged by most often."""
_SHOWN: Final = 3


def metric_question(
    metric: MetricChoice, problem: ProblemType, text: str
) -> tuple[OpenQuestion | None, tuple[str, ...]]:
    """Whether it is open how answers are judged, with notes on it.

    Args:
        metric: As it was settled.
        problem: What is predicted.
        text: The description.
    """
    if metric.source == "option":
        return None, ()
    if metric.source == "default":
        others = [name for name in _USUAL[problem] if name != metric.name]
        return _open_metric(metric, others, metric.words)
    examples = read_examples(text)
    verdict, words = judge_examples(metric, examples)
    if verdict == "disagrees":
        others = [name for name in fitting_metrics(examples, metric) if _suits(name, problem)]
        reason = f"the description names it, though its own example does not fit: {_quoted(words)}"
        if not others:
            return _open_metric(metric, _USUAL[problem], reason)
        return _open_metric(metric, others, reason)
    agreed = (f"{metric.title} gives what the description's example says: {_quoted(words)}.",)
    notes = agreed if verdict == "agrees" else ()
    rivals = [name for name in rival_metrics(text) if _suits(name, problem)]
    if not rivals or verdict == "agrees":
        return None, notes
    return _open_metric(metric, rivals, "the description names it first among several")


def id_question(
    pairing: Pairing, id_column: str | None, wanted: str | None, targets: Sequence[str]
) -> tuple[OpenQuestion | None, tuple[str, ...]]:
    """Whether it is open which column names the rows, with notes on it.

    A sample submission settles it; so does a person.
    """
    asks = pairing.test or pairing.train
    if wanted is not None or pairing.sample is not None or id_column is None:
        return None, ()
    others = [
        name
        for name in asks.columns
        if name not in {id_column, *targets} and looks_like_id(name) and asks.is_unique(name)
    ]
    if not others:
        return None, ()
    reason = "its values never repeat, and it stands before the others that could"
    note = f"Rows could also be named by {_listed(others)}: say --id NAME."
    question = OpenQuestion(
        question="Which column names the rows?",
        options=(id_column, *others),
        chosen=id_column,
        option_name="id",
        reason=reason,
    )
    return question, (note,)


def _open_metric(
    metric: MetricChoice, others: Sequence[str], reason: str
) -> tuple[OpenQuestion, tuple[str, ...]]:
    options = tuple(dict.fromkeys([metric.name, *others]))
    question = OpenQuestion(
        question="How are answers judged?",
        options=options,
        chosen=metric.name,
        option_name="metric",
        reason=reason,
    )
    why = "" if metric.source == "default" else f"{metric.title} is taken, since {reason}. "
    return question, (f"{why}The metric could also be {_listed(options[1:])}: say --metric NAME.",)


def _suits(name: str, problem: ProblemType) -> bool:
    return METRICS[name].suits(problem)


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:_SHOWN]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _quoted(words: str) -> str:
    return f'"{words.rstrip(".")}"'
