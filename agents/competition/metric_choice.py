"""Which metric judges: as the user says, else as the description says, else by the kind of problem.

Reading the description is done by rule. Prose mentions metrics for many reasons ("the accuracy of
the sensor", "unlike last year's AUC"), so a mention counts by where it stands and what surrounds
it: in an evaluation section, or in a sentence that speaks of scoring, and not where it is denied.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple

from agents.competition.description import EVALUATION, sentences
from agents.competition.metrics import METRICS, metric_named
from agents.errors import InputError
from agents.models import MetricChoice, ProblemType

_Source = Literal["option", "description", "default"]

_ALIASES: Final = {
    "acc": "accuracy",
    "aucroc": "auc",
    "auroc": "auc",
    "cohenkappa": "kappa",
    "crossentropy": "log_loss",
    "f1score": "f1",
    "matthews": "mcc",
    "meanabsoluteerror": "mae",
    "quadraticweightedkappa": "kappa",
    "qwk": "kappa",
    "rocauc": "auc",
    "rootmeansquarederror": "rmse",
    "rsquared": "r2",
}

_ROOT_SQUARES: Final = r"(?:root[- ]mean[- ]squared?[- ](?:error|deviation)s?|\brmse\b|\brmsd\b)"
_ROOT_OF_LOGS: Final = r"sqrt.{0,80}?\blog(?:1p)?\b.{0,60}?-.{0,40}?\blog(?:1p)?\b"
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "rmsle": (
        r"\brmsle\b",
        r"root[- ]mean[- ]squared?[- ]log(?:arithmic)?[- ]error",
        rf"{_ROOT_SQUARES}.{{0,80}}\blog(?:arithms?|s|1p|\()",
        _ROOT_OF_LOGS,
    ),
    "rmse": (
        _ROOT_SQUARES,
        r"\bmean[- ]squared?[- ]error\b",
        r"\bmse\b",
        r"sqrt.{0,60}?\([^()]{1,40}-[^()]{1,40}\)\s*(?:\^|\*\*)\s*\{?2",
    ),
    "kappa": (r"\bkappa\b", r"\bqwk\b"),
    "mcc": (r"\bmatthews\b", r"\bmcc\b"),
    "log_loss": (
        r"\blog[- ]?loss\b",
        r"\blogarithmic loss\b",
        r"\bcross[- ]?entropy\b",
        r"\bnegative log[- ]likelihood\b",
        r"-\s*log\(p\w*\)",
    ),
    "auc": (
        r"\b(?:roc|au)[- ]?(?:auc|roc)\b",
        r"\bauc\b",
        r"\barea under (?:the )?(?:\w+ )?(?:roc|receiver|curve)",
        r"\bunder the roc\b",
    ),
    "f1": (r"\bf[-_ ]?1\b", r"\bf[- ](?:score|measure)\b"),
    "mae": (
        r"\bmae\b",
        r"\bmean[- ]absolute[- ](?:error|deviation)s?\b",
        r"\baverage absolute error\b",
    ),
    "r2": (
        r"\br\^?2\b",
        r"\br²",
        r"\br[- ]squared\b",
        r"\bcoefficient of determination\b",
    ),
    "accuracy": (
        r"\baccuracy\b",
        r"\b(?:percentage|percent|share|proportion|fraction|number) of\b[^.]{0,60}"
        r"\b(?:correct|correctly|right|rightly)\b",
        r"\b(?:correctly|rightly)\b[^.]{0,20}\b(?:predicted|classified|identified)\b",
        r"\bmisclassification (?:rate|error)\b",
    ),
    "unknown": (
        r"\bbalanced accuracy\b",
        r"\btop[- ]?\d+[- ]accuracy\b",
        r"\bpercentage error\b",
        r"\b(?:s|w|sw|m|sm)?apes?\b",
        r"\bw?wape\b",
        r"\bmean average precision\b",
        r"\bmap@?\d*\b",
        r"\baverage precision\b",
        r"\bprecision[- ]recall\b",
        r"\b(?:pr[- ]?auc|auprc)\b",
        r"\bndcg",
        r"\b(?:jaccard|dice|iou|intersection over union)\b",
        r"\bgini\b",
        r"\b(?:spearman|pearson)",
        r"\b(?:pinball|quantile) loss\b",
        r"\b(?:crps|brier|hinge|bleu|rouge)\b",
        r"\b(?:levenshtein|hamming)\b",
        r"\bword error rate\b",
        r"\bf[-_ ]?(?:beta|2|0\.5)\b",
        r"\bmedian absolute error\b",
        r"\bmean absolute scaled\b",
        r"\bweighted (?:mean )?(?:absolute|root)\b",
        r"\broot mean squared? (?:relative|percentage|scaled)\b",
        r"\b(?:rmspe|wmae|wrmsse|mase)\b",
        r"\b(?:c-?index|concordance)\b",
    ),
}
_PATTERNS: Final = {name: re.compile("|".join(words)) for name, words in _WORDS.items()}

_CUES: Final = re.compile(
    r"\bevaluat|\bmetric\b|\bscor(?:es?|ed|ing)\b|\bjudged\b|\brank(?:ed|ing)\b|\bleaderboard\b"
    r"|\bassess|\bgraded\b|\bmeasured (?:by|with|using|in)\b|\b(?:max|min|opt)imi[sz]e\b"
    r"|\b(?:higher|lower|smaller|larger|bigger) is better\b|\bperformance (?:is|will)\b"
    r"|\bcriterion\b|\bobjective\b"
)
_DENIAL: Final = re.compile(
    r"(?:\bnot|n't|\brather than|\binstead of|\bunlike|\bno longer|\bpreviously|\blast year"
    r"|\bformerly|\bignore|\bwithout|\bnever)\b[^.;:,]{0,40}$"
    r"|\b(?:unlike|last year|previous|earlier)\b[^.;:]{0,40}\b(?:used|was|were)\b[^.;:,]{0,20}$"
)
_ASIDE: Final = re.compile(
    r"\bfor (?:information|reference|comparison)\b|\balso report|\bsecondary\b|\btie[- ]?break"
    r"|\bties\b|\bbaseline\b|\bbenchmark\b|\bpaper\b|\bpublished\b|\bprior work\b|\blast year\b"
    r"|\bprevious (?:year|edition)|\bearlier (?:models?|work|studies)\b|\bhost's model\b"
)
_OTHER_ACCURACY: Final = re.compile(
    r"\baccuracy of (?:the |these |those |its |all )?(?:measure|sensor|instrument|gps|record|data|"
    r"annotat|reading|label|device|location|survey|scale|clock|estimat)\w*"
    r"|\b(?:measurement|sensor|gps|label|annotation|positional|horizontal)\w* accuracy\b"
    r"|\baccuracy (?:radius|in met(?:er|re)s)\b"
)
_IN_EVALUATION: Final = 4
_WITH_CUE: Final = 2
_BESIDE: Final = -3


class _Mention(NamedTuple):
    weight: int
    place: int
    name: str
    sentence: str


def metric_of_option(name: str, *, several: bool) -> MetricChoice:
    """The metric that the user asked for (`RMSLE`, `roc-auc`, `log loss` are all understood).

    Raises:
        InputError: The name is not known; the message lists those that are.
    """
    key = re.sub(r"[\W_]+", "", name.lower())
    known = {known.replace("_", ""): known for known in METRICS} | _ALIASES
    if key in known:
        return _choice(known[key], "option", f"--metric {name}", several=several)
    near = get_close_matches(key, known, n=1)
    hint = f" (did you mean {known[near[0]]}?)" if near else ""
    raise InputError(f"The metric {name!r} is not known{hint}: use one of {', '.join(METRICS)}.")


def read_metric(text: str, *, several: bool = False) -> MetricChoice | None:
    """Read the metric from a description.

    Args:
        text: The description.
        several: Whether there is more than one target, so that a metric means its mean over them.

    Returns:
        The metric with the sentence that names it; None where none or an unknown one is named.
    """
    best = _best_mention(text)
    if best is None or best.name == "unknown":
        return None
    return _choice(best.name, "description", best.sentence, several=several)


def default_metric(
    problem: ProblemType, *, probabilities: bool, text: str, several: bool, misfit: str = ""
) -> MetricChoice:
    """The metric where neither option nor description names a usable one, with the reason.

    Args:
        problem: What is predicted.
        probabilities: Whether the sample submission holds probabilities.
        text: The description, "" if there is none.
        several: Whether there is more than one target.
        misfit: Why the metric that the description names cannot be used, if so.
    """
    asked = _best_mention(text)
    strange = asked.sentence if asked is not None and asked.name == "unknown" else ""
    if misfit:
        reason = f"the description names another, but {misfit[0].lower()}{misfit[1:-1]}; so "
    elif strange:
        reason = f'the description asks for a metric that is not known here ("{strange}"), so '
    else:
        reason = f"{'the description names none' if text else 'there is no description'}, so "
    if problem == "regression" and "absolute" in strange.lower():
        return _choice("mae", "default", f"{reason}the nearest one is used", several=several)
    name, because = _usual(problem, probabilities=probabilities)
    return _choice(name, "default", reason + because, several=several)


def _usual(problem: ProblemType, *, probabilities: bool) -> tuple[str, str]:
    if problem == "binary" and probabilities:
        return "auc", "probabilities, which the sample submission holds, are judged by ranking"
    usual: dict[ProblemType, tuple[str, str]] = {
        "regression": ("rmse", "numbers are judged by their squared error"),
        "multilabel": ("auc", "labels are judged by ranking, each on its own"),
        "ordinal": ("kappa", "ordered levels are judged by weighted agreement"),
        "multiclass": ("accuracy", "classes are judged by the share of right answers"),
        "binary": ("accuracy", "two classes are judged by the share of right answers"),
    }
    return usual[problem]


def _choice(name: str, source: _Source, words: str, *, several: bool) -> MetricChoice:
    metric = metric_named(name)
    title = f"mean column-wise {metric.title}" if several else metric.title
    return MetricChoice(
        name=name, direction=metric.direction, title=title, source=source, words=words
    )


def _best_mention(text: str) -> _Mention | None:
    return min(_mentions(text), key=lambda one: (-one.weight, one.place), default=None)


def _mentions(text: str) -> Iterator[_Mention]:
    for place, (sentence, section) in enumerate(sentences(text)):
        plain = _plain(sentence)
        weight = _IN_EVALUATION if EVALUATION.search(section) else 0
        weight += _WITH_CUE if _CUES.search(plain) else 0
        weight += _BESIDE if _ASIDE.search(plain) else 0
        name = _metric_in(plain)
        if name is not None and weight > 0:
            yield _Mention(weight, place, name, _short(sentence))


def _metric_in(plain: str) -> str | None:
    """The first metric that a sentence affirms; `unknown` for one that is not known here."""
    found = [
        (match.start(), place, name)
        for place, (name, pattern) in enumerate(_PATTERNS.items())
        for match in pattern.finditer(plain)
        if not _DENIAL.search(plain[: match.start()])
        and not (name == "accuracy" and _OTHER_ACCURACY.search(plain))
    ]
    names = {name for _, _, name in found}
    if "unknown" in names:
        strange = min(start for start, _, name in found if name == "unknown")
        # "balanced accuracy", "weighted mean absolute error": the longer name begins first.
        return "unknown" if strange <= min(found)[0] + 1 else min(found)[2]
    if "rmsle" in names:
        found = [one for one in found if one[2] != "rmse"]
    return min(found)[2] if found else None


def _plain(sentence: str) -> str:
    """Lower case, without links, emphasis and LaTeX backslashes."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
    text = re.sub(r"[*`$\\]|_(?=\W)|(?<=\W)_", " ", text)
    text = text.replace("\N{EN DASH}", "-").replace("\N{NON-BREAKING HYPHEN}", "-")
    return re.sub(r"\s+", " ", text).lower().strip()


def _short(sentence: str) -> str:
    text = re.sub(r"\s+", " ", sentence).strip(" -*#")
    return text if len(text) <= 300 else f"{text[:299]}…"
