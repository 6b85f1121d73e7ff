"""The words by which people mean metrics, and what specialises them: averages, k, quantiles.

Patterns match plain sentences: lower case, without emphasis and LaTeX backslashes. The name `f`
stands for all F scores; `unknown` for metrics that are not computed here.
"""

import re
from typing import Final

from pydantic import JsonValue

_ROOT_SQUARES: Final = r"(?:root[- ]mean[- ]squared?[- ](?:error|deviation)s?|\brmse\b|\brmsd\b)"
_PERCENT: Final = r"percent(?:age)?"
_WEIGHTED: Final = r"(?:\bweighted )?"

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "unknown": (
        r"\btop[- ]?\d+[- ]accuracy\b",
        r"\bndcg",
        r"\b(?:dice|iou|intersection over union)\b",
        r"\b(?:crps|hinge|bleu|rouge)\b",
        r"\b(?:levenshtein|edit distance)\b",
        r"\bword error rate\b",
        r"\bmean absolute scaled\b",
        r"\b(?:wrmsse|mase)\b",
        r"\broot mean squared? scaled\b",
        r"\b(?:c-?index|concordance)\b",
        r"\bpartial auc\b",
        r"\b(?:expected|total|net) (?:profit|revenue|cost|return)\b",
    ),
    "rmsle": (
        r"\brmsle\b",
        r"\broot[- ]mean[- ]squared?[- ]log(?:arithmic)?[- ]errors?",
        rf"{_ROOT_SQUARES}.{{0,80}}\blog(?:arithms?|s|1p|\(| of|-trans)",
    ),
    "rmspe": (r"\brmspe\b", rf"\broot[- ]mean[- ]squared?[- ](?:{_PERCENT}|relative)[- ]error"),
    "smape": (r"\bs-?mape\b", rf"\bsymmetric (?:mean )?(?:absolute )?{_PERCENT} error"),
    "wape": (r"\bwm?ape\b", rf"\bweighted (?:mean |average )?absolute {_PERCENT} error"),
    "mape": (r"\bmape\b", rf"\b(?:mean |average )?absolute {_PERCENT}[- ](?:error|deviation)s?"),
    "medae": (r"\bmed[- ]?ae\b", r"\bmedian[- ]absolute[- ](?:error|deviation)"),
    "mae": (
        r"\bw?mae\b",
        _WEIGHTED + r"\bmean[- ]absolute[- ](?:error|deviation|difference)s?\b",
        _WEIGHTED + r"\baverage absolute (?:error|deviation|difference)\b",
        r"\b(?:mean|average) of (?:the |all )?absolute (?:errors|differences|deviations)\b",
    ),
    "rmse": (
        _WEIGHTED + _ROOT_SQUARES,
        r"\bmcrmse\b",
        r"\bmean[- ]squared[- ]error\s?\([^)]*squared ?= ?false",
        r"\b(?:square )?root of the (?:mean|average) (?:of the )?squared? (?:error|diff)",
    ),
    "mse": (
        _WEIGHTED + r"\bmean[- ]squared?[- ](?:error|deviation)s?\b",
        r"\bmse\b",
        r"\b(?:mean|average) of the squared (?:errors|differences)\b",
    ),
    "pinball": (r"\bpinball\b", r"\bquantile (?:loss|score)\b"),
    "poisson": (r"\bpoisson (?:deviance|loss)\b",),
    "spearman": (r"\bspearman",),
    "pearson": (r"\bpearson", r"\b(?:linear )?correlation (?:coefficient )?between\b"),
    "gini": (r"\b(?:normali[sz]ed )?gini\b",),
    "lrap": (r"\blrap\b", r"\blabel[- ]ranking (?:average )?precision\b", r"\blwlrap\b"),
    "map_at_k": (
        r"\bmap\s?@\s?\w+",
        r"\bmean average precision\s?(?:@|at|\(map\s?@)\s?\w+",
        r"\bmrr\b",
        r"\bmean reciprocal rank\b",
    ),
    "average_precision": (
        r"(?<!mean )\baverage[- ]precision\b(?! (?:at|@))",
        r"\b(?:pr[- ]?auc|au-?prc|auc[- ]?pr)\b",
        r"\barea under (?:the )?(?:precision[- ]recall|pr)\b",
    ),
    "detection": (r"\bmean average precision\b", r"\bmap\b"),
    "auc": (
        r"\b(?:roc|au)[- ]?(?:auc|roc)s?\b",
        r"\baucs?\b",
        r"\barea under (?:the )?(?:\w+ )?(?:roc|receiver|curve)",
        r"\bunder the roc\b",
    ),
    "brier": (r"\bbrier\b",),
    "hamming": (r"\bhamming\b",),
    "jaccard": (r"\bjaccard\b",),
    "exact_match": (r"\bexact(?:ly)?[- ]match(?:es|ing)?\b", r"\bsubset accuracy\b"),
    "balanced_accuracy": (
        r"\bbalanced (?:classification )?accuracy\b",
        r"\b(?:mean|macro|average|averaged)[- ](?:averaged )?(?:per[- ]class |class )?recall\b",
        r"\b(?:mean|average)(?: of the)? (?:per[- ]class|class[- ]?wise) accurac(?:y|ies)\b",
        r"\baverage of the recalls?\b",
    ),
    "log_loss": (
        r"\blog[- ]?loss\b",
        r"\blogarithmic loss\b",
        r"\bcross[- ]?entropy\b",
        r"\bnegative log[- ]likelihood\b",
        r"-\s*log\(p\w*\)",
    ),
    "kappa": (r"\bkappa\b", r"\bqwk\b"),
    "mcc": (r"\bmatthews?'?s?\b", r"\bmcc\b"),
    "f": (
        r"\bf[-_ ]?(?:1|2|0\.5|½|beta|β)\b(?![- ]?ratio)",
        r"\b(?:macro|micro|mean|weighted)[- ]?f(?:1|2|0\.5)?\b",
        r"\bf[- ](?:scores?|measures?)\b",
        r"\bharmonic mean of (?:the )?precision and (?:the )?recall\b",
    ),
    "r2": (
        r"\br\^?2\b",
        r"\br²",
        r"\br[- ]squared\b",
        r"\bcoefficient of determination\b",
        r"\bexplained variance\b",
    ),
    "accuracy": (
        r"\baccuracy\b",
        r"\b(?:percentage|percent|share|proportion|fraction|number) of\b[^.]{0,60}"
        r"\b(?:correct|correctly|right|rightly)\b",
        r"\b(?:correctly|rightly)\b[^.]{0,20}\b(?:predicted|classified|identified)\b",
        r"\bmisclassification (?:rate|error)\b",
        r"\b(?:classification )?error rate\b",
    ),
}
PATTERNS: Final = {name: re.compile("|".join(words)) for name, words in _WORDS.items()}
"""What each metric is called; where two begin at one place, the former is meant."""

OTHER_ACCURACY: Final = re.compile(
    r"\baccuracy of (?:the |these |those |its |all )?(?:measure|sensor|instrument|gps|record|data|"
    r"annotat|reading|label|device|location|survey|scale|clock|estimat)\w*"
    r"|\b(?:measurement|sensor|gps|label|annotation|positional|horizontal)\w* accuracy\b"
    r"|\baccuracy (?:radius|in met(?:er|re)s)\b"
)
"""Accuracy that is a property of the data."""

_NUMBER: Final = r"(0?\.\d+|\d+(?:\.\d+)?)"
_K: Final = re.compile(r"(?:map|precision|mrr)\s?(?:@|at)\s?(\d+)|\btop[- ](\d+)\b|\bk\s?=\s?(\d+)")
_SPELLED: Final = re.compile(
    r"\b(?:up to|top|first|at most|best) (two|three|four|five|six|seven|eight|nine|ten|\d+)\b"
)
_DIGITS: Final = dict(
    zip(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        range(2, 11),
        strict=True,
    )
)
_QUANTILE: Final = re.compile(
    rf"(?:quantile|tau|τ|alpha|q)\s?(?:=|of|at|level)?\s?{_NUMBER}|{_NUMBER}[- ]quantile"
    r"|(\d{1,2})(?:th|st|nd|rd)[- ](?:percentile|quantile)|\bp(\d{2})\b"
)
_BETA: Final = re.compile(rf"\bf[-_ ]?{_NUMBER}\b|(?:beta|β)\s?(?:=|of|is)\s?{_NUMBER}")
_SAMPLES: Final = re.compile(
    r"\b(?:sample|example|row|instance|image|user|document|text|question|order)s?[- ]?"
    r"(?:averaged|wise|based)\b|\baverag\w+ (?:over|across) (?:all )?(?:the )?(?:test )?"
    r"(?:sample|example|row|instance|image|user|document|text|question|order|customer)s?\b"
    r"|\b(?:for|per|of) (?:each|every|a)? ?"
    r"(?:sample|example|row|instance|image|user|document|text|question|order|customer)\b"
    r"|\bmean f"
)


def specialised(family: str, context: str) -> tuple[str, dict[str, JsonValue]] | None:
    """The metric's name and parameters, as the words around a mention say.

    Args:
        family: A key of `PATTERNS`.
        context: The plain sentence that mentions it, and the one after it.

    Returns:
        None where it is not computed here, or lacks what it cannot do without.
    """
    if family in {"unknown", "detection"}:
        return None
    if family == "f":
        return _f_score(context)
    if family == "kappa":
        return _kappa(context), {}
    if family == "map_at_k":
        k = _k_of(context)
        return None if k is None else ("map_at_k", {"k": k})
    if family == "pinball":
        quantile = _quantile_of(context)
        return ("pinball", {}) if quantile is None else ("pinball", {"quantile": quantile})
    if family == "auc" and re.search(r"\bweighted[- ](?:average |averaged |mean )?", context):
        by_class = re.search(r"weighted[- ](?:\w+ )?(?:of )?(?:the )?(?:\w+ )?(?:roc|auc)", context)
        return "auc", ({"average": "weighted"} if by_class else {})
    return family, {}


def _f_score(context: str) -> tuple[str, dict[str, JsonValue]]:
    beta = next((float(one or two) for one, two in _BETA.findall(context)), 1.0)
    given: dict[str, JsonValue] = {} if beta == 1 else {"beta": beta}
    if re.search(r"\bunweighted (?:mean|average)\b|\b(?:each|every) class \w+ equally\b", context):
        return "f1_macro", given
    for average in ("macro", "micro", "weighted"):
        if re.search(rf"\b{average}", context):
            return f"f1_{average}", given
    if _SAMPLES.search(context):
        return "f1_samples", given
    return ("f1", {}) if beta == 1 else ("f_beta", given)


def _kappa(context: str) -> str:
    if re.search(r"\blinear(?:ly)?\b", context):
        return "kappa_linear"
    if re.search(r"\bunweighted\b", context):
        return "kappa_unweighted"
    squared = re.search(r"\bquadratic|\bqwk\b|\bweighted\b|\bsquare", context)
    return "kappa" if squared or "cohen" not in context else "kappa_unweighted"


def _k_of(context: str) -> int | None:
    found = next((next(filter(None, groups)) for groups in _K.findall(context)), None)
    if found is not None:
        return int(found)
    word = _SPELLED.search(context)
    return None if word is None else _DIGITS.get(word[1]) or int(word[1])


def _quantile_of(context: str) -> float | None:
    for share, before, percentile, short in _QUANTILE.findall(context):
        value = float(share or before or 0) or float(percentile or short or 0) / 100
        if 0 < value < 1:
            return value
    return None
