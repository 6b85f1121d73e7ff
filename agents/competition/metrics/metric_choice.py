"""Which metric judges: as the user says, else as the description says, else by the kind of problem.

Reading the description is done by rule. Prose mentions metrics for many reasons ("the accuracy of
the sensor", "unlike last year's AUC"), so a mention counts by where it stands and what surrounds
it: in an evaluation section, or in a sentence that speaks of scoring, and not where it is denied. A
formula beside it decides where it is more exact.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple

from pydantic import JsonValue

from agents.competition.metrics.metric_formula import MORE_EXACT, metric_of_formula
from agents.competition.metrics.metric_weights import (
    read_clip,
    read_group,
    read_weights,
    unscored_rows,
)
from agents.competition.metrics.metric_words import OTHER_ACCURACY, PATTERNS, specialised
from agents.competition.metrics.metrics import METRICS, metric_named, title_of
from agents.competition.metrics.user_metric import is_user_metric, read_user_metric
from agents.competition.reading.description import EVALUATION, sentences
from agents.errors import InputError
from agents.models import MetricChoice, MetricWeights, ProblemType

_Source = Literal["option", "description", "default"]

_SPELLED: Final[tuple[tuple[str, dict[str, JsonValue], str], ...]] = (
    ("accuracy", {}, "acc stringaccuracy"),
    ("auc", {}, "aucroc auroc rocauc aucovr aucmacro macroauc meancolumnwiseauc"),
    ("auc", {"average": "weighted"}, "aucweighted weightedauc"),
    ("average_precision", {}, "prauc auprc aucpr"),
    ("balanced_accuracy", {}, "bacc macrorecall"),
    ("exact_match", {}, "subsetaccuracy"),
    ("f1", {}, "f1score fscore"),
    ("f1_macro", {}, "macrof1 macrof"),
    ("f1_micro", {}, "microf1 microf"),
    ("f1_samples", {}, "samplesf1 samplef1 f1sample meanf1"),
    ("f1_weighted", {}, "weightedf1"),
    ("f_beta", {}, "f2 f2score"),
    ("f_beta", {"beta": 0.5}, "f05"),
    ("gini", {}, "normalizedgini normalisedgini"),
    ("hamming", {}, "hammingloss"),
    ("jaccard", {}, "jaccardscore jaccardindex"),
    ("kappa", {}, "qwk quadraticweightedkappa quadratickappa"),
    ("kappa_linear", {}, "linearkappa linearweightedkappa"),
    ("kappa_unweighted", {}, "cohenkappa cohenskappa"),
    ("log_loss", {}, "crossentropy multilogloss multiclasslogloss"),
    ("mae", {}, "meanabsoluteerror wmae"),
    ("map_at_k", {}, "map mapk meanaverageprecision"),
    ("mape", {}, "meanabsolutepercentageerror"),
    ("mcc", {}, "matthews matthewscorrelation"),
    ("medae", {}, "medianabsoluteerror"),
    ("mse", {}, "meansquarederror"),
    ("pearson", {}, "pearsonr pearsoncorrelation"),
    ("pinball", {}, "quantileloss pinballloss quantile"),
    ("poisson", {}, "poissondeviance"),
    ("r2", {}, "rsquared r2score"),
    ("rmse", {}, "rootmeansquarederror mcrmse wrmse"),
    ("rmsle", {}, "mcrmsle rootmeansquaredlogerror"),
    ("smape", {}, "symmetricmape"),
    ("spearman", {}, "spearmanr spearmancorrelation"),
    ("wape", {}, "wmape weightedabsolutepercentageerror"),
)
_ALIASES: Final = {
    spelled: (name, parameters) for name, parameters, words in _SPELLED for spelled in words.split()
}
"""Metric and parameters by what else people call them, in letters and digits only."""
_STEERED: Final = {"map_at_k": "k", "pinball": "quantile", "f_beta": "beta"}
"""The parameter that `--metric name@value` sets."""

_CUES: Final = re.compile(
    r"\bevaluat|\bmetric\b|\bscor(?:es?|ed|ing)\b|\bjudged\b|\brank(?:ed|ing)\b|\bleaderboard\b"
    r"|\bassess|\bgraded\b|\bmeasured (?:by|with|using|in)\b|\b(?:max|min|opt)imi[sz]e\b"
    r"|\b(?:higher|lower|smaller|larger|bigger) is better\b|\bperformance (?:is|will)\b"
    r"|\bcriterion\b|\bobjective\b|\bdecides\b|\b(?:is|are|will be) used\b|\bwe use\b"
    r"|\bcompared (?:by|with|using|on|in)\b"
)
_DENIAL: Final = re.compile(
    r"(?:\bnot|n't|\brather than|\binstead of|\bunlike|\bno longer|\bpreviously|\blast year"
    r"|\bformerly|\bignore|\bwithout|\bnever)\b[^.;:,]{0,40}$"
    r"|\b(?:unlike|last year|previous|earlier)\b[^.;:]{0,40}\b(?:used|was|were)\b[^.;:,]{0,20}$"
)
_DENIED_AFTER: Final = re.compile(r"^[^.;,]{0,20}\b(?:would (?:be|have)|(?:is|was) not|isn't)\b")
_ASIDE: Final = re.compile(
    r"\bfor (?:information|reference|comparison)\b|\balso report|\bsecondary\b|\btie[- ]?break"
    r"|\bties\b|\bbaseline\b|\bbenchmark\b|\bpaper\b|\bpublished\b|\bprior work\b|\blast year\b"
    r"|\bprevious (?:year|edition)|\bearlier (?:models?|work|studies)\b|\bhost's model\b"
)
_PARTS: Final = re.compile(
    r"\b(?:mean|average|sum|product|combination|blend) of (?:the )?(?:two|three|four|several|both|"
    r"multiple|different|[2-9]) (?:[\w-]+ ){0,2}(?:measures|metrics|scores|components|parts|terms|"
    r"losses)\b"
)
"""What judges is put together of several measures."""
_IN_EVALUATION: Final = 4
_WITH_CUE: Final = 2
_BESIDE: Final = -3
_OVER_COLUMNS: Final = frozenset(
    {"accuracy", "auc", "average_precision", "gini", "log_loss", "brier"}
)
"""Metrics of classes that are averaged column by column where there are several targets."""
_JOINT: Final = frozenset({"log_loss", "brier"})
_BY_COLUMN: Final = re.compile(
    r"\bcolumn-?\s?wise\b"
    r"|\b(?:each|every|per|over|of the) (?:\w+ )?(?:columns?|labels?|targets?)\b",
    re.IGNORECASE,
)
_MEANT: Final[dict[tuple[str, ProblemType], tuple[str, dict[str, JsonValue]]]] = {
    ("f1", "multiclass"): ("f1_macro", {}),
    ("f1", "ordinal"): ("f1_macro", {}),
    ("f1", "multilabel"): ("f1_samples", {}),
    ("f1_samples", "multiclass"): ("f1_macro", {}),
    ("f1_samples", "binary"): ("f1", {}),
    ("f_beta", "multiclass"): ("f1_macro", {"beta": 2.0}),
    ("f_beta", "multilabel"): ("f1_samples", {"beta": 2.0}),
    ("exact_match", "binary"): ("accuracy", {}),
    ("exact_match", "multiclass"): ("accuracy", {}),
    ("gini", "multiclass"): ("auc", {}),
    ("lrap", "multiclass"): ("map_at_k", {"k": 10}),
    ("hamming", "multiclass"): ("accuracy", {}),
    ("hamming", "binary"): ("accuracy", {}),
}
"""What a name means where it cannot be meant as it stands."""


class _Mention(NamedTuple):
    weight: int
    place: int
    name: str
    """A metric, `unknown`, or "" for nothing but a formula."""
    parameters: dict[str, JsonValue]
    sentence: str
    section: str
    formula: str | None


def metric_of_option(
    name: str, *, several: bool, described: MetricChoice | None = None
) -> MetricChoice:
    """The metric that the user asked for (`RMSLE`, `roc-auc`, `map@5`, `f0.5` are all understood).

    Args:
        name: As the user wrote it; `name@value` sets k, the quantile or beta, and
            `/path/file.py:function` is a metric of the user's own.
        several: Whether there is more than one target.
        described: What the description says; its weights and parameters hold if it is the same.

    Raises:
        InputError: The name is not known; the message lists those that are. Or the file cannot be
            used.
    """
    if is_user_metric(name):
        return read_user_metric(name)
    asked, _, value = name.partition("@")
    key = re.sub(r"[\W_]+", "", asked.lower())
    known = {
        known.replace("_", ""): (known, dict[str, JsonValue]()) for known in METRICS
    } | _ALIASES
    if key not in known:
        near = get_close_matches(key, known, n=1)
        hint = f" (did you mean {known[near[0]][0]}?)" if near else ""
        raise InputError(
            f"The metric {name!r} is not known{hint}: use one of {', '.join(METRICS)}."
        )
    chosen, parameters = known[key]
    if value:
        parameters = parameters | {_steered(chosen, name): _read_value(value, name)}
    weights = None
    if described is not None and described.name == chosen:
        parameters = described.parameters | parameters
        weights = described.weights
    return _choice(chosen, "option", f"--metric {name}", several, parameters, weights)


def read_metric(
    text: str,
    *,
    several: bool = False,
    columns: Sequence[str] = (),
    beside: Sequence[str] = (),
) -> MetricChoice | None:
    """Read the metric from a description.

    Args:
        text: The description.
        several: Whether there is more than one target, so that a metric means its mean over them.
        columns: The columns of the training table by which rows may be weighed or grouped.
        beside: Columns of other tables, by which rows may be weighed too.

    Returns:
        The metric with the sentence that names it; None where none or an unknown one is named.
    """
    mentions = list(_mentions(text))
    best = _best(mentions)
    if best is None or best.name == "unknown":
        return None
    about = _about(text, best)
    weights = None
    if METRICS[best.name].weighable:
        weights = read_weights(about, columns) or read_weights(about, beside)
    parameters = dict(best.parameters)
    if (group := read_group(about, columns)) is not None:
        parameters["group"] = group
    if METRICS[best.name].answers == "number" and (clip := read_clip(about)) is not None:
        parameters["clip"] = [*clip]
    return _choice(best.name, "description", best.sentence, several, parameters, weights)


def rival_metrics(text: str) -> tuple[str, ...]:
    """Other metrics that a description names no less clearly than the one that is read from it."""
    mentions = list(_mentions(text))
    best = _best(mentions)
    if best is None or best.name == "unknown":
        return ()
    names = {
        one.name: None
        for one in mentions
        if one.weight >= best.weight and one.name and best.name not in MORE_EXACT.get(one.name, ())
    }
    return tuple(name for name in names if name not in {best.name, "unknown"})


def unread_parts(text: str, metric: MetricChoice) -> tuple[str, ...]:
    """What a description says of its metric and the one that is read from it leaves out.

    Args:
        text: The description.
        metric: As `read_metric` reads it.

    Returns:
        Sentences: of rows that no column tells, and of measures that are only a part.
    """
    best = _best(list(_mentions(text)))
    if best is None or metric.source != "description":
        return ()
    notes = []
    if metric.weights is None and (said := unscored_rows(_about(text, best))) is not None:
        notes.append(
            f'The description says "{_short(said)}", but of no column that tells these rows, so '
            "all rows count alike."
        )
    if _PARTS.search(_plain(best.sentence)):
        notes.append(
            f"The description's metric has several parts; {metric.title} stands for all of them: "
            "the whole can be given as --metric FILE.py:FUNCTION."
        )
    return tuple(notes)


def meant(choice: MetricChoice, problem: ProblemType, *, several: bool) -> MetricChoice:
    """What a metric means for a problem: the F1 of several classes, say, is their macro F1.

    Returns:
        The choice itself where it suits the problem, or where nothing of that name does.
    """
    if choice.source_text or METRICS[choice.name].suits(problem):
        return choice
    instead = _MEANT.get((choice.name, problem))
    if instead is None:
        return choice
    name, parameters = instead
    given = {key: value for key, value in choice.parameters.items() if key in {"beta", "group"}}
    return _choice(name, choice.source, choice.words, several, parameters | given, choice.weights)


def jointly(choice: MetricChoice) -> MetricChoice:
    """The metric of targets of which each row has exactly one, as that of one target of classes.

    Returns:
        The choice itself for metrics that measure columns one by one anyway, and where the
        description says that it means columns.
    """
    if choice.name not in _JOINT or choice.source_text or _BY_COLUMN.search(choice.words):
        return choice
    joint = choice.model_copy(update={"parameters": {**choice.parameters, "joint": True}})
    return joint.model_copy(update={"title": title_of(joint)})


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
    asked = _best(list(_mentions(text)))
    strange = asked.sentence if asked is not None and asked.name == "unknown" else ""
    if misfit:
        reason = f"the description names another, but {misfit[0].lower()}{misfit[1:-1]}; so "
    elif strange:
        reason = f'the description asks for a metric that is not known here ("{strange}"), so '
    else:
        reason = f"{'the description names none' if text else 'there is no description'}, so "
    if problem == "regression" and "absolute" in strange.lower():
        return _choice("mae", "default", f"{reason}the nearest one is used", several)
    name, because = _usual(problem, probabilities=probabilities)
    return _choice(name, "default", reason + because, several)


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


def _choice(
    name: str,
    source: _Source,
    words: str,
    several: bool,
    parameters: dict[str, JsonValue] | None = None,
    weights: MetricWeights | None = None,
) -> MetricChoice:
    metric = metric_named(name)
    plain = MetricChoice(
        name=name,
        direction=metric.direction,
        title=metric.title,
        source=source,
        words=words,
        weights=weights,
        parameters=parameters or {},
    )
    by_column = several and (metric.answers == "number" or name in _OVER_COLUMNS)
    title = title_of(plain)
    return plain.model_copy(update={"title": f"mean column-wise {title}" if by_column else title})


def _steered(name: str, asked: str) -> str:
    if name not in _STEERED:
        raise InputError(f"The metric {asked!r} takes no value after @: use --metric {name}.")
    return _STEERED[name]


def _read_value(value: str, asked: str) -> float | int:
    try:
        return int(value) if value.isdecimal() else float(value)
    except ValueError:
        raise InputError(
            f"The metric {asked!r} has no number after @: write, for instance, map@5."
        ) from None


# --- mentions -----------------------------------------------------------------------------------


def _best(mentions: Sequence[_Mention]) -> _Mention | None:
    """The weightiest mention that names a metric, or else its formula; the first of equals."""
    ordered = sorted(mentions, key=lambda one: (-one.weight, one.place))
    formulas = [one for one in ordered if one.formula is not None]
    named = next((one for one in ordered if one.name), None)
    if named is None or (named.name == "unknown" and formulas):
        best = formulas[0] if formulas else None
        return best._replace(name=str(best.formula), parameters={}) if best else None
    for one in formulas:
        beside = one.section == named.section and one.weight >= named.weight - _WITH_CUE
        if beside and one.formula in MORE_EXACT.get(named.name, set()):
            return named._replace(name=str(one.formula))
    return named


def _mentions(text: str) -> Iterator[_Mention]:
    read = list(sentences(text))
    for place, (sentence, section) in enumerate(read):
        plain = _plain(sentence)
        weight = _IN_EVALUATION if EVALUATION.search(section) else 0
        weight += _WITH_CUE if _CUES.search(plain) else 0
        weight += _BESIDE if _ASIDE.search(plain) else 0
        family, formula = _family_in(plain), metric_of_formula(sentence)
        if weight <= 0 or (family is None and formula is None):
            continue
        after = read[place + 1] if place + 1 < len(read) else None
        beside = _plain(after.text) if after is not None and after.section == section else ""
        if family is None:
            name, parameters = "", dict[str, JsonValue]()
        else:
            name, parameters = specialised(family, f"{plain} {beside}") or ("unknown", {})
        yield _Mention(weight, place, name, parameters, _short(sentence), section, formula)


def _family_in(plain: str) -> str | None:
    """The first metric that a sentence affirms; `unknown` for one that is not computed here."""
    found = [
        (match.start(), place, name)
        for place, (name, pattern) in enumerate(PATTERNS.items())
        for match in pattern.finditer(plain)
        if not _DENIAL.search(plain[: match.start()])
        and not _DENIED_AFTER.search(plain[match.end() :])
        and not (name == "accuracy" and OTHER_ACCURACY.search(plain))
    ]
    names = {name for _, _, name in found}
    if "rmsle" in names:
        found = [one for one in found if one[2] not in {"rmse", "mse"}]
    return min(found)[2] if found else None


def _about(text: str, best: _Mention) -> str:
    """The sentences of the section that names the metric; all where it has no heading."""
    return "\n".join(one.text for one in sentences(text) if one.section == best.section)


def _plain(sentence: str) -> str:
    """Lower case, without links, emphasis and LaTeX backslashes."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
    text = re.sub(r"[*`$\\_]", " ", text)
    text = text.replace("\N{EN DASH}", "-").replace("\N{NON-BREAKING HYPHEN}", "-")
    return re.sub(r"\s+", " ", text).lower().strip()


def _short(sentence: str) -> str:
    text = re.sub(r"\s+", " ", sentence).strip(" -*#")
    return text if len(text) <= 300 else f"{text[:299]}…"
