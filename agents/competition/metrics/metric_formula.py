"""Reading a metric from its formula, written in LaTeX, as code or in plain characters."""

import re
from typing import Final

_TRUE: Final = (
    r"(?:y_true|y_test|actual\w*|true\w*|truth|observed\w*|target\w*|real|demand|sales|label)"
)
_SAID: Final = (
    r"(?:y_?pred|y_?hat|yhat|predicted\w*|predictions?|pred|forecast\w*|estimated?\w*|submitted)"
)
_LATEX: Final = (
    (r"\\(?:left|right|bigg?|Bigg?|displaystyle|limits|quad|[,;!: ])", ""),
    (r"\\(?:text(?:rm|bf|it)?|mathrm|mathbf|operatorname|mbox|boldsymbol|mathit)\s*", ""),
    (r"\\(?:l|r)?vert|\\mid|\\abs", "|"),
    (r"\\(?:cdot|times|ast)|[\u00d7\u00b7\u2217]", "*"),
    (r"\\(?:hat|widehat|tilde)\s*\{?\s*[a-zA-Z]\s*\}?|[ŷŷ]", " yhat "),
    (r"\\(?:bar|overline)\s*\{?\s*[a-zA-Z]\s*\}?|[ȳ]", " ybar "),
    (r"\\(?:d|t)?frac", "frac"),
    (r"\\(?:log|ln)", "log"),
    (r"\\(?:sum|Sigma)|[∑Σ]", "sum"),
    (r"\\sqrt|√", "sqrt"),
    (r"\*\*", "^"),
    (r"²", "^2"),
    (r"[ᵢⱼₖₜₙ]", ""),
    (r"[\u2212\u2013]", "-"),
    (r"\\[a-zA-Z]+", ""),
)
_WEIGHT: Final = r"(?:w\*?)?"
_ERROR: Final = r"\(?\|\(?(?:y-p|p-y)\)?\|\)?"
_AMOUNT: Final = r"\(?\|?\(?y\)?\|?\)?"
_LOG: Final = r"log(?:1p)?\((?:1\+)?[yp](?:\+1)?\)"
_SUM: Final = r"(?:sum|mean)"
_FORMS: Final = (
    ("rmsle", rf"sqrt.{{0,40}}{_LOG}-{_LOG}"),
    ("rmspe", r"sqrt.{0,40}\(?(?:\(?(?:y-p|p-y)\)?)/\(?y\)?\)*\^2"),
    ("r2", r"1-\(*sum\(*(?:y-p|p-y)\)*\^2\)*/\(*sum\(*y-ybar"),
    ("rmse", r"sqrt.{0,40}\(?(?:y-p|p-y)\)?\^2"),
    ("wape", rf"{_SUM}\(*{_WEIGHT}{_ERROR}\)*/\(*{_SUM}\(*{_WEIGHT}{_AMOUNT}\)*"),
    ("smape", rf"(?:2\*?)?{_ERROR}\)*/\(*(?:\(?\|?y\|?\)?\+\(?\|?p\|?\)?|\|?p\|?\+\|?y\|?)"),
    ("mape", rf"{_ERROR}\)*/\(*\|?y|\|\(*(?:y-p|p-y)\)*/\(*y\)*\|"),
    ("mse", r"(?:sum|mean|average|/n\)?)\(*(?:y-p|p-y)\)*\^2"),
    ("mae", rf"(?:sum|mean|average|/n\)?)\(*{_WEIGHT}{_ERROR}|mean\(abs\(\(?(?:y-p|p-y)"),
    ("log_loss", r"y\*?log\(?p|(?:-|sum|mean)\(?log\(?p(?!\w)"),
)
_PATTERNS: Final = tuple((name, re.compile(pattern)) for name, pattern in _FORMS)
_LOOKS_LIKE: Final = re.compile(r"\||\\sum|\bsum\b|∑|sqrt|√|\\frac|\bmean\(|\blog\b|\babs\(")

MORE_EXACT: Final = {
    "rmse": {"rmsle", "rmspe"},
    "mse": {"rmse", "rmsle", "rmspe"},
    "mae": {"wape"},
    "mape": {"wape", "smape"},
}
"""What the formula may say more exactly than the words beside it."""


def metric_of_formula(sentence: str) -> str | None:
    """The metric whose formula a sentence holds, or None."""
    if not _LOOKS_LIKE.search(sentence):
        return None
    plain = normalised(sentence)
    return next((name for name, pattern in _PATTERNS if pattern.search(plain)), None)


def normalised(sentence: str) -> str:
    """A formula in one spelling: truth is `y`, the answer `p`, no indices, no spaces."""
    text = sentence
    for pattern, plain in _LATEX:
        text = re.sub(pattern, plain, text)
    text = re.sub(r"_\s*\{[^{}]*\}|(?<=[\w\s|)])_[a-zA-Z0-9](?![a-zA-Z0-9])|\[[a-z]\]", "", text)
    text = re.sub(r"\^\s*\{?\s*[nNmMkK]\s*\}?(?![a-z])", "", text)
    text = _fractions(text).replace("{", "(").replace("}", ")").lower()
    text = re.sub(r"\babs\(([^()]*)\)", r"|\1|", text)
    text = re.sub(rf"\b{_SAID}(?: (?:value|price|probability)\w*)?\b", "p", text)
    text = re.sub(rf"\b{_TRUE}(?: (?:value|price)\w*)?\b", "y", text)
    text = re.sub(
        r"(?:np|numpy|math)\.|\bweights?\b", lambda one: one[0][:1] * (one[0][0] == "w"), text
    )
    for letter, plain in (("a", "y"), ("f", "p")):
        text = re.sub(rf"(?<![a-z]){letter}(?![a-z])", plain, text)
    text = re.sub(r"[`$\s\\]", "", text)
    text = re.sub(r"\(*1\)*/\(*n\)*", "mean", text)
    return text.replace("^(2)", "^2").replace("meansum", "sum").replace("mean*sum", "sum")


def _fractions(text: str) -> str:
    """`frac{a}{b}` as `(a)/(b)`, from the inside out."""
    pattern = re.compile(r"frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
    inner = re.compile(r"\{([^{}]*)\}")
    for _ in range(6):
        replaced = pattern.sub(r"((\1)/(\2))", text)
        if replaced == text and "frac" in text:
            # Braces inside the parts hide the fraction: turn the innermost ones into parentheses.
            replaced = re.sub(r"(?<!frac)(?<!\})(?<!frac )" + inner.pattern, r"(\1)", text)
        if replaced == text:
            break
        text = replaced
    return text
