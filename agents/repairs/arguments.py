"""Arguments that the installed libraries do not take: renamed, answered otherwise, or left out."""

import ast
import difflib
import re
from collections.abc import Sequence

from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, Source, called, keyword_of, text_in

REFUSED = re.compile(r"(?:(?:(\w+)\.)?(\w+)\(\) )?got an unexpected keyword argument '(\w+)'")
"""Some libraries check arguments themselves, and do not say whose."""
BY_PLACE = re.compile(r"(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but")
INVALID = re.compile(r"The '(\w+)' parameter of (\w+) must be.*Got '?([\w-]+)'? instead", re.DOTALL)
ONLY_ONE = re.compile(r"[Oo]nly one of (?:the )?parameters? \[?((?:'?\w+'?,? ?)+)\]? should be set")
NO_LONGER = re.compile(r"'(\w+)' is no longer supported for offsets. Please use '(\w+)'")
LIKE_ENOUGH = 0.85

RENAMED = {
    ("OneHotEncoder", "sparse"): "sparse_output",
    ("*", "base_estimator"): "estimator",
    ("*", "line_terminator"): "lineterminator",
    ("*", "n_folds"): "n_splits",
    ("*", "n_iter"): "max_iter",
    ("*", "max_leaf_nodes_"): "max_leaf_nodes",
    ("AgglomerativeClustering", "affinity"): "metric",
    ("TfidfVectorizer", "charset"): "encoding",
    ("CountVectorizer", "charset"): "encoding",
}
"""New names of arguments, by callable (`*`: any)."""
OF_DATA = {
    "X",
    "y",
    "cat_features",
    "categorical_feature",
    "classes",
    "columns",
    "data",
    "eval_set",
    "group",
    "groups",
    "index",
    "label",
    "labels",
    "sample_weight",
    "target",
    "weight",
    "weights",
}
"""Arguments that say what a call works on: without one it would do something else."""
OPTIONS = {
    "ls": "squared_error",
    "least_squares": "squared_error",
    "mse": "squared_error",
    "lad": "absolute_error",
    "mae": "absolute_error",
    "least_absolute_deviation": "absolute_error",
    "deviance": "log_loss",
    "log": "log_loss",
    "binary_crossentropy": "log_loss",
    "categorical_crossentropy": "log_loss",
    "auto": "sqrt",
    "full": "auto",
}
"""New names of options that libraries renamed."""


def refused_argument(at: Situation) -> Fix | None:
    """An argument that a call refuses gets its new name, or is left out."""
    found = REFUSED.search(at.message)
    if found is None:
        return None
    owner, method, keyword = found.groups()
    name = owner if owner and method == "__init__" else method
    calls = _given(at.source.calls(name), keyword) if name else []
    calls = calls or _given(at.source.at_line(at.line), keyword)
    calls = calls or _given(at.source.calls(), keyword)
    if not calls or len({called(call) for call in calls}) > 1:
        return None
    name = name or called(calls[0])
    if special := _otherwise(at, calls, keyword):
        return special
    new = _new_name(at, calls[0], name, keyword)
    if new:
        edits = [_renamed(at.source, call, keyword, new) for call in calls]
        return at.fix("argument renamed", f"`{name}` takes `{new}`, not `{keyword}`.", edits)
    if keyword in OF_DATA:
        return None
    edits = [_without(at.source, call, keyword) for call in calls]
    return at.fix("argument left out", f"`{name}` takes no `{keyword}`: it was left out.", edits)


def _given(nodes: Sequence[ast.AST], keyword: str) -> list[ast.Call]:
    """The calls among some nodes that are given an argument."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return [call for call in calls if keyword_of(call, keyword)]


def _new_name(at: Situation, call: ast.Call, name: str, keyword: str) -> str:
    """What an argument is called now, where the call does not give that already."""
    known = RENAMED.get((name, keyword)) or RENAMED.get(("*", keyword), "")
    dotted = at.source.dotted(call.func)
    if known and keyword_of(call, known) is None:
        told = at.lookup.argument(dotted, known) if dotted else None
        return known if told is None or told.taken else ""
    told = at.lookup.argument(dotted, keyword) if dotted else None
    if told is None or told.taken:
        return ""
    near = difflib.get_close_matches(keyword, told.alike, n=1, cutoff=LIKE_ENOUGH)
    return near[0] if near and keyword_of(call, near[0]) is None else ""


def _renamed(source: Source, call: ast.Call, keyword: str, new: str) -> Edit:
    given = keyword_of(call, keyword)
    assert given is not None  # chosen by it
    start = source.span(given)[0]
    return Edit(start, start + len(keyword), new)


def _without(source: Source, call: ast.Call, keyword: str) -> Edit:
    given = keyword_of(call, keyword)
    assert given is not None  # chosen by it
    return source.without_argument(call, given)


def _otherwise(at: Situation, calls: list[ast.Call], keyword: str) -> Fix | None:
    """Arguments whose place was taken by something that is no argument."""
    if keyword == "squared":
        return _root(at, calls)
    if keyword == "early_stopping_rounds" and "lightgbm" in at.source.text:
        return _stopping(at, calls)
    if keyword == "error_bad_lines":
        edits = []
        for call in calls:
            given = keyword_of(call, keyword)
            if given is not None:
                edits.append(at.source.replaced(given, 'on_bad_lines="skip"'))
        return at.fix("argument renamed", "Bad lines are skipped by `on_bad_lines`.", edits)
    if keyword == "method" and called(calls[0]) == "fillna":
        edits = [edit for call in calls if (edit := _filled_by_method(at.source, call))]
        return at.fix("call renamed", "Cells are filled by `ffill` and `bfill`.", edits)
    return None


def _root(at: Situation, calls: list[ast.Call]) -> Fix | None:
    """`squared=False` is the root of the error."""
    edits = []
    for call in calls:
        given = keyword_of(call, "squared")
        if given is None or not isinstance(given.value, ast.Constant):
            return None
        edits.append(at.source.without_argument(call, given))
        if given.value.value is False:
            start, end = at.source.span(call)
            edits += [Edit(start, start, "("), Edit(end, end, " ** 0.5)")]
    return at.fix("root written out", "The root of the squared error is taken outside.", edits)


def _stopping(at: Situation, calls: list[ast.Call]) -> Fix | None:
    """LightGBM stops early by a callback."""
    module = next(
        (name for name, dotted in at.source.imported().items() if dotted == "lightgbm"), ""
    )
    edits = [] if module else [at.source.with_import("import lightgbm")]
    for call in calls:
        given = keyword_of(call, "early_stopping_rounds")
        watched = keyword_of(call, "eval_set") or keyword_of(call, "valid_sets")
        if given is None or keyword_of(call, "callbacks") is not None:
            return None
        rounds = at.source.of(given.value)
        callback = f"callbacks=[{module or 'lightgbm'}.early_stopping({rounds}, verbose=False)]"
        edits.append(
            at.source.replaced(given, callback)
            if watched
            else _without(at.source, call, "early_stopping_rounds")
        )
    return at.fix("early stopping by callback", "Early stopping is a callback now.", edits)


def _filled_by_method(source: Source, call: ast.Call) -> Edit | None:
    given = keyword_of(call, "method")
    how = text_in(given.value) if given else None
    plain = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}.get(how or "")
    if plain is None or call.args or not isinstance(call.func, ast.Attribute):
        return None
    rest = [source.of(one) for one in call.keywords if one.arg != "method"]
    return source.replaced(call, f"{source.of(call.func.value)}.{plain}({', '.join(rest)})")


def argument_by_place(at: Situation) -> Fix | None:
    """`drop(names, 1)` gets its axis by name."""
    found = BY_PLACE.search(at.message)
    if found is None or found[1] not in {"drop", "sum", "mean", "median", "any", "all", "dropna"}:
        return None
    edits = []
    for call in at.source.calls(found[1]):
        if len(call.args) == int(found[2]) and isinstance(call.args[-1], ast.Constant):
            edits.append(at.source.replaced(call.args[-1], f"axis={at.source.of(call.args[-1])}"))
    return at.fix("axis by name", f"The axis of `{found[1]}` is given by name.", edits)


def invalid_option(at: Situation) -> Fix | None:
    """An option gets the name that the library knows it by."""
    if moved := NO_LONGER.search(at.message):
        edits = [
            at.source.replaced(node, repr(moved[2]).replace("'", '"'))
            for node in at.source.walk()
            if isinstance(node, ast.Constant) and node.value == moved[1]
        ]
        return at.fix("option renamed", f"The offset is called {moved[2]!r} now.", edits)
    found = INVALID.search(at.message)
    if found is None:
        return None
    argument, owner, value = found.groups()
    new = OPTIONS.get(value)
    if argument == "max_features" and "Regressor" in owner:
        new = "1.0"
    if value == "none":
        new = "None"
    if new is None or (new not in {"1.0", "None"} and f"'{new}'" not in at.message):
        return None
    literal = new if new in {"1.0", "None"} else f'"{new}"'
    edits = [
        at.source.replaced(given.value, literal)
        for call in at.source.calls(owner)
        if (given := keyword_of(call, argument)) and text_in(given.value) == value
    ]
    return at.fix("option renamed", f"`{argument}` of `{owner}` is {literal} now.", edits)


def one_of_several(at: Situation) -> Fix | None:
    """Of several arguments that exclude each other the first one stays."""
    found = ONLY_ONE.search(at.message)
    if found is None:
        return None
    names = re.findall(r"\w+", found[1])
    edits = []
    for call in at.source.calls():
        given = [one for one in call.keywords if one.arg in names]
        edits += [at.source.without_argument(call, one) for one in given[1:]]
    return at.fix("argument left out", f"Only one of {', '.join(names)} may be given.", edits)
