"""What the description says: the text itself, the metric, which columns it calls the target.

Everything here is reading by rule. Prose mentions metrics for many reasons ("the accuracy of the
measurements", "unlike last year's AUC"), so a mention counts by where it stands and what surrounds
it: in an evaluation section, or in a sentence that speaks of scoring, and not where it is denied.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal, NamedTuple

from agents.competition.metrics import METRICS, metric_named
from agents.errors import InputError
from agents.models import MetricChoice, ProblemType

TEXT_LIMIT: Final = 64 * 1024

_ALIASES: Final = {
    "acc": "accuracy",
    "rocauc": "auc",
    "aucroc": "auc",
    "auroc": "auc",
    "logloss": "log_loss",
    "crossentropy": "log_loss",
    "f1score": "f1",
    "matthews": "mcc",
    "qwk": "kappa",
    "quadraticweightedkappa": "kappa",
    "cohenkappa": "kappa",
    "meanabsoluteerror": "mae",
    "rootmeansquarederror": "rmse",
    "rsquared": "r2",
}

_SQUARED_ERROR: Final = r"(?:root[- ]mean[- ]squared?[- ](?:error|deviation)s?|rmse|rmsd)"
_PATTERNS: Final = (
    (
        "rmsle",
        r"\brmsle\b|root[- ]mean[- ]squared?[- ]log(?:arithmic)?[- ]error"
        rf"|{_SQUARED_ERROR}.{{0,80}}\blog(?:arithms?|s|1p|\()"
        r"|sqrt.{0,80}?\blog(?:1p)?\b.{0,60}?-.{0,40}?\blog(?:1p)?\b",
    ),
    ("rmse", rf"\b{_SQUARED_ERROR}\b|\bmean[- ]squared?[- ]error\b|\bmse\b"),
    ("rmse", r"sqrt.{0,60}?\([^()]{1,40}-[^()]{1,40}\)\s*(?:\^|\*\*)\s*\{?2"),
    ("kappa", r"\bkappa\b|\bqwk\b"),
    ("mcc", r"\bmatthews\b|\bmcc\b"),
    (
        "log_loss",
        r"\blog[- ]?loss\b|\blogarithmic loss\b|\bcross[- ]?entropy\b"
        r"|\bnegative log[- ]likelihood\b|-\s*log\(p\w*\)",
    ),
    (
        "auc",
        r"\b(?:roc|au)[- ]?(?:auc|roc)\b|\bauc\b|\barea under (?:the )?(?:\w+ )?"
        r"(?:roc|receiver|curve)|\bunder the roc\b",
    ),
    ("f1", r"\bf[-_ ]?1\b|\bf[- ](?:score|measure)\b"),
    ("mae", r"\bmae\b|\bmean[- ]absolute[- ](?:error|deviation)s?\b|\baverage absolute error\b"),
    ("r2", r"\br\^?2\b|\br²|\br[- ]squared\b|\bcoefficient of determination\b"),
    (
        "accuracy",
        r"\baccuracy\b|\b(?:percentage|percent|share|proportion|fraction|number) of\b[^.]{0,60}"
        r"\b(?:correct|right(?:ly)?)\b|\b(?:correct(?:ly)?|right(?:ly)?)\b[^.]{0,20}"
        r"\b(?:predicted|classified|identified)\b|\bmisclassification (?:rate|error)\b",
    ),
)
_UNKNOWN: Final = (
    r"\bbalanced accuracy\b|\btop[- ]?\d+[- ]accuracy\b|\bpercentage error\b|\bs?w?mape\b|\bw?wape\b"
    r"|\bmean average precision\b|\bmap@?\d*\b|\bndcg|\bjaccard\b|\bdice\b|\bgini\b|\bspearman"
    r"|\bpearson\b|\bpinball\b|\bcrps\b|\biou\b|\bintersection over union\b|\blevenshtein\b"
    r"|\bhamming\b|\bbrier\b|\bprecision[- ]recall\b|\bpr[- ]?auc\b|\bauprc\b|\baverage precision\b"
    r"|\bf[-_ ]?(?:beta|2|0\.5)\b|\bquantile loss\b|\bword error rate\b|\bbleu\b|\brouge\b"
    r"|\bmedian absolute error\b|\bmean absolute scaled\b|\bhinge\b|\bweighted mean absolute\b"
    r"|\broot mean squared? (?:relative|percentage|scaled)\b|\brmspe\b|\bc-?index\b"
    r"|\bconcordance\b"
)
_CUE: Final = re.compile(
    r"\bevaluat|\bmetric\b|\bscored?\b|\bscoring\b|\bjudged\b|\branked\b|\branking\b|\bleaderboard\b"
    r"|\bassess|\bmeasured (?:by|with|using|in)\b|\b(?:higher|lower|smaller|larger|bigger) is better\b"
    r"|\b(?:max|min|opt)imi[sz]e\b|\bgraded\b|\bperformance (?:is|will)\b|\bcriterion\b"
    r"|\bobjective\b|\bsuccess is\b"
)
_DENIAL: Final = re.compile(
    r"(?:\bnot|n't|\brather than|\binstead of|\bunlike|\bno longer|\bpreviously|\blast year"
    r"|\bformerly|\bignore|\bwithout|\bnever)\b[^.;:]{0,40}$"
)
_ASIDE: Final = re.compile(
    r"\bfor information\b|\balso report|\bsecondary\b|\btie[- ]?break|\bties\b|\bbaseline\b"
    r"|\bbenchmark\b|\bpaper\b|\bpublished\b|\bprior work\b|\blast year\b|\bprevious (?:year|edition)"
    r"|\bhost's model\b|\bfor (?:reference|comparison)\b|\bearlier (?:models?|work|studies)\b"
)
_OTHER_ACCURACY: Final = re.compile(
    r"\baccuracy of (?:the |these |those |its |all )?(?:measure|sensor|instrument|gps|record|data|"
    r"annotat|reading|label|device|location|survey|scale|clock|estimat)\w*"
    r"|\b(?:measurement|sensor|gps|label|annotation|positional|horizontal)\w* accuracy\b"
    r"|\baccuracy (?:radius|in met(?:er|re)s)\b"
)
_HEADING: Final = re.compile(
    r"^\s*(?:#{1,6}\s*(?P<marked>.+?)\s*#*|\*\*(?P<bold>[^*]{1,60})\*\*:?|(?P<colon>[A-Z][\w' ]{2,40}):"
    r"|(?P<capitals>[A-Z][A-Z' ]{3,40})"
    r"|(?P<usual>(?i:(?:the )?(?:(?:evaluation|competition|submission|data)[\w' ]{0,20}|metric|scoring"
    r"|goal|task|overview|background|description|files|columns|timeline|prizes|rules|acknowledg\w+))))"
    r"\s*$"
)
_EVALUATION: Final = re.compile(
    r"\b(evaluation|metrics?|scoring|judging|how .*(scored|judged|evaluated))\b", re.IGNORECASE
)


_Source = Literal["option", "description", "default"]


class _Mention(NamedTuple):
    weight: int
    place: int
    name: str
    sentence: str


class _Sentence(NamedTuple):
    text: str
    section: str


def normal_name(name: str) -> str | None:
    """The known metric that `name` means, or None (`RMSLE`, `roc-auc`, `log loss` are all fine)."""
    key = re.sub(r"[\W_]+", "", name.lower())
    plain = {known.replace("_", ""): known for known in METRICS}
    return plain.get(key) or _ALIASES.get(key)


def metric_of_option(name: str, *, several: bool) -> MetricChoice:
    """The metric that the user asked for by name.

    Raises:
        InputError: The name is not known; the message lists those that are.
    """
    known = normal_name(name)
    if known is None:
        near = get_close_matches(name.lower(), METRICS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(
            f"The metric {name!r} is not known{hint}: use one of {', '.join(METRICS)}."
        )
    return _choice(known, "option", f"--metric {name}", several=several)


def read_metric(text: str, *, several: bool = False) -> MetricChoice | None:
    """Read the metric from a description, or None where it names none that is known.

    Args:
        text: The description.
        several: Whether there is more than one target, so that AUC means the mean over columns.
    """
    mentions = [mention for mention in _mentions(text) if mention.name != "unknown"]
    if not mentions or unknown_metric(text) is not None:
        return None
    best = min(mentions, key=lambda mention: (-mention.weight, mention.place))
    return _choice(best.name, "description", best.sentence, several=several)


def unknown_metric(text: str) -> str | None:
    """The sentence in which the description asks for a metric that is not known here, or None."""
    mentions = list(_mentions(text))
    if not mentions:
        return None
    best = min(mentions, key=lambda mention: (-mention.weight, mention.place))
    return best.sentence if best.name == "unknown" else None


def default_metric(
    problem: ProblemType,
    *,
    probabilities: bool,
    text: str = "",
    several: bool = False,
    misfit: str = "",
) -> MetricChoice:
    """The metric where neither option nor description names a usable one, with the reason.

    Args:
        problem: What is predicted.
        probabilities: Whether the sample submission holds probabilities.
        text: The description, "" if there is none.
        several: Whether there is more than one target.
        misfit: Why the metric that the description names cannot be used, if so.
    """
    sentence = None
    if misfit:
        reason = f"the description names another, but {misfit[0].lower()}{misfit[1:-1]}; so "
    elif (sentence := unknown_metric(text)) is not None:
        reason = f'the description asks for a metric that is not known here ("{sentence}"), so '
    elif text:
        reason = "the description names no metric, so "
    else:
        reason = "there is no description, so "
    if problem == "regression" and sentence is not None and "absolute" in sentence.lower():
        return _choice("mae", "default", reason + "the nearest one is used", several=several)
    name, because = {
        "regression": ("rmse", "numbers are judged by their squared error"),
        "multilabel": ("auc", "several labels are judged by ranking, each on its own"),
        "ordinal": ("kappa", "ordered levels are judged by weighted agreement"),
        "multiclass": ("accuracy", "classes are judged by the share of right answers"),
        "binary": ("accuracy", "two classes are judged by the share of right answers"),
    }[problem]
    if problem == "binary" and probabilities:
        name, because = "auc", "the sample submission holds probabilities, judged by ranking"
    return _choice(name, "default", reason + because, several=several)


def find_description(folder: Path, texts: Sequence[str], columns: Sequence[str]) -> str | None:
    """Which of the text files describes the task (and is no dictionary of the columns)."""
    best: tuple[float, str] | None = None
    for path in texts:
        merit = _merit(path, read_text(folder / path), columns)
        if merit > 0 and (best is None or merit > best[0]):
            best = (merit, path)
    return best[1] if best else None


def find_dictionary(folder: Path, texts: Sequence[str], columns: Sequence[str]) -> str | None:
    """Which of the text files explains the columns one by one."""
    shares = {path: _defined_share(read_text(folder / path), columns) for path in texts}
    best = max(shares, key=lambda path: shares[path], default=None)
    return best if best is not None and shares[best] >= 0.5 else None


def read_text(path: Path) -> str:
    """The first 64 KiB of a text file, whatever its encoding."""
    with path.open("rb") as file:
        data = file.read(TEXT_LIMIT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4:
            return data[: error.start].decode("utf-8-sig")
        return data.decode("latin-1")


def named_targets(text: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """Those candidates that the description speaks of as what is to be predicted."""
    hint = re.compile(
        r"\btargets?\b|\bpredict(?:s|ed|ing)?\b|\blabels?\b|\boutcomes?\b|\bresponse\b|\bforecast"
        r"|\bdependent variable\b|\bground truth\b",
        re.IGNORECASE,
    )
    found = []
    for name in candidates:
        mention = re.compile(rf"(?<![\w]){re.escape(name)}(?![\w])")
        if any(mention.search(one.text) and hint.search(one.text) for one in _sentences(text)):
            found.append(name)
    return tuple(found)


def _choice(name: str, source: _Source, words: str, *, several: bool) -> MetricChoice:
    metric = metric_named(name)
    title = f"mean column-wise {metric.title}" if several else metric.title
    return MetricChoice(
        name=name, direction=metric.direction, title=title, source=source, words=words
    )


def _merit(path: str, text: str, columns: Sequence[str]) -> float:
    name = Path(path).stem.lower()
    if re.search(r"dictionary|codebook|licen[cs]e|data_?desc|requirements|changelog", name):
        return 0.0
    if _defined_share(text, columns) >= 0.5 and not _EVALUATION.search(text):
        return 0.0
    named = 3.0 * bool(re.search(r"descr|overview|readme|competition|task|evaluation|about", name))
    words = len(re.findall(r"(?i)\b(?:evaluation|submission|predict|goal|target|metric)\w*", text))
    return named + min(words, 10) / 10 + (0.5 if "/" not in path else 0.0) + 0.01


def _defined_share(text: str, columns: Sequence[str]) -> float:
    """Share of the columns that begin a line of their own, as entries of a dictionary do."""
    starts = set(
        re.findall(r"(?m)^\s*[-*|]?\s*[`*\"]*([\w .()/%-]+?)[`*\"]*\s*(?:[:|=,\t]|\s[-–]\s)", text)
    )
    return sum(name in starts for name in columns) / max(1, len(columns))


def _mentions(text: str) -> Iterator[_Mention]:
    for place, (sentence, section) in enumerate(_sentences(text)):
        plain = _plain(sentence)
        judged = bool(_EVALUATION.search(section))
        weight = 4 * judged + 2 * bool(_CUE.search(plain)) - 3 * bool(_ASIDE.search(plain))
        name = _metric_in(plain)
        if name is not None and weight > 0:
            yield _Mention(weight, place, name, _short(sentence))


def _metric_in(plain: str) -> str | None:
    """The first metric that a sentence affirms; `unknown` for one that is not known here."""
    found = []
    for name, pattern in (("unknown", _UNKNOWN), *_PATTERNS):
        for match in re.finditer(pattern, plain):
            denied = _DENIAL.search(plain[: match.start()])
            other = name == "accuracy" and _OTHER_ACCURACY.search(plain)
            if not denied and not other:
                found.append((match.start(), name))
                break
    names = {name for _, name in found}
    if "rmsle" in names:
        found = [(start, name) for start, name in found if name != "rmse"]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _plain(sentence: str) -> str:
    """Lower case, without links, emphasis and LaTeX backslashes."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
    text = (
        re.sub(r"[*`$\\]|_(?=\W)|(?<=\W)_", " ", text).replace("\u2013", "-").replace("\u2011", "-")
    )
    return re.sub(r"\s+", " ", text).lower().strip()


def _short(sentence: str) -> str:
    text = re.sub(r"\s+", " ", sentence).strip(" -*#")
    return text if len(text) <= 300 else text[:299] + "…"


def _sentences(text: str) -> Iterator[_Sentence]:
    """Sentences with the heading that they stand under (a heading is a sentence, too)."""
    section, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        heading = _HEADING.match(line)
        title = next((part for part in heading.groups() if part), "") if heading else ""
        if line.strip() and not title and not re.match(r"\s*(?:[-*+]|\d+[.)])\s|\s*\|", line):
            lines.append(line)
            continue
        yield from (_Sentence(one, section) for one in _cut(" ".join(lines)))
        lines = [line] if line.strip() and not title else []
        if title:
            section = title
            yield _Sentence(title, section)


def _cut(paragraph: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z`*\"(\[$])", paragraph):
        if sentence.strip():
            yield sentence.strip()
