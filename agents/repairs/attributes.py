"""Names that a library's objects and modules no longer have, and calls that now want more."""

import ast
import difflib
import re

from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, called, keyword_of, text_in

LACKS = re.compile(r"(?:'(\w+)' object|type object '(\w+)') has no attribute '(\w+)'")
MODULE_LACKS = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
USE_INSTEAD = re.compile(r"`?np\.(\w+)`? was (?:removed|deprecated).*?Use `?np\.(\w+)", re.DOTALL)
SUGGESTED = re.compile(r"Did you mean: '(\w+)'")
NO_CARD = re.compile(
    r"not compiled with CUDA|No CUDA|CUDA (?:driver|device|is not|error)|Found no NVIDIA|"
    r"cuda is not available|no CUDA-capable|Cuda Tree|GPU",
    re.IGNORECASE,
)
LIKE_ENOUGH = 0.75

METHODS = {
    "iteritems": "items",
    "as_matrix": "to_numpy",
    "applymap": "map",
    "get_feature_names": "get_feature_names_out",
    "is_monotonic": "is_monotonic_increasing",
    "best_iteration": "best_iteration_",
    "n_features_": "n_features_in_",
    "feature_importance_": "feature_importances_",
}
"""New names of methods and attributes of objects."""
OF_NUMPY = {
    "float": "float",
    "int": "int",
    "bool": "bool",
    "object": "object",
    "str": "str",
    "complex": "complex",
    "long": "int",
    "float_": "np.float64",
    "unicode_": "np.str_",
    "NaN": "np.nan",
    "NAN": "np.nan",
    "Inf": "np.inf",
    "infty": "np.inf",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "in1d": "np.isin",
    "trapz": "np.trapezoid",
    "row_stack": "np.vstack",
    "alltrue": "np.all",
    "sometrue": "np.any",
    "round_": "np.round",
    "asfarray": "np.asarray",
    "msort": "np.sort",
}
"""What names of numpy that are gone were."""
STATISTICS = {"mean", "median", "std", "var", "sum", "corr", "quantile", "skew", "min", "max"}
NOT_FOR_WORDS = re.compile(
    r"[Cc]ould not convert|Cannot convert|[Cc]annot perform reduction|"
    r"does not support (?:operation|reduction)|unsupported operand",
)


def lost_of_numpy(at: Situation) -> Fix | None:
    """A name that numpy dropped is written as what it stood for."""
    names = {name for module, name in MODULE_LACKS.findall(at.message) if module == "numpy"}
    told = dict(USE_INSTEAD.findall(at.message))
    names |= set(told)
    edits = []
    for node in at.source.walk():
        if isinstance(node, ast.Attribute) and node.attr in names:
            new = OF_NUMPY.get(node.attr) or (f"np.{told[node.attr]}" if node.attr in told else "")
            start = at.source.dotted(node.value)
            if new and start == "numpy":
                new = new.replace("np.", f"{at.source.of(node.value)}.", 1)
                edits.append(at.source.replaced(node, new))
    return at.fix("numpy name", f"numpy no longer has {', '.join(sorted(names))}.", edits)


def frame_appended(at: Situation) -> Fix | None:
    """`table.append(rows)` is written with `pd.concat`."""
    found = LACKS.search(at.message)
    if found is None or found[3] != "append" or found[1] not in {"DataFrame", "Series"}:
        return None
    pandas = next((name for name, one in at.source.imported().items() if one == "pandas"), "")
    nodes = at.source.at_line(at.line)
    edits = []
    for call in nodes:
        if not isinstance(call, ast.Call) or called(call) != "append" or len(call.args) != 1:
            continue
        if not isinstance(call.func, ast.Attribute) or not pandas:
            continue
        parts = f"[{at.source.of(call.func.value)}, {at.source.of(call.args[0])}]"
        rest = [at.source.of(one) for one in call.keywords if one.arg != "sort"]
        edits.append(at.source.replaced(call, f"{pandas}.concat({', '.join([parts, *rest])})"))
    return at.fix("concat for append", "Tables are joined by `concat`.", edits)


def renamed_attribute(at: Situation) -> Fix | None:
    """A method or attribute of a library's object gets its new name."""
    found = LACKS.search(at.message)
    if found is None or found[1] in {"Model", "Preprocessor", "NoneType"}:
        return None
    old = found[3]
    suggested = SUGGESTED.findall(at.fault.excerpt)
    new = METHODS.get(old, "")
    if not new and suggested and not suggested[-1].startswith("_"):
        like = difflib.SequenceMatcher(None, old, suggested[-1]).ratio() >= LIKE_ENOUGH
        new = suggested[-1] if like else ""
    if not new:
        return None
    everywhere = old in METHODS
    nodes = list(at.source.walk()) if everywhere else at.source.at_line(at.line)
    edits = []
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr == old:
            end = at.source.span(node)[1]
            edits.append(Edit(end - len(old), end, new))
    return at.fix("attribute renamed", f"`{old}` is called `{new}` now.", edits)


def numbers_only(at: Situation) -> Fix | None:
    """A statistic of a table leaves out its words."""
    if not NOT_FOR_WORDS.search(at.message) or at.file != "preprocess.py":
        return None
    edits = [
        at.source.with_argument(node, "numeric_only=True")
        for node in at.source.at_line(at.line)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in STATISTICS
        and not node.args
        and keyword_of(node, "numeric_only") is None
        and "np" not in at.source.of(node.func.value).split(".")
    ]
    return at.fix("numbers only", "The statistic is taken of columns of numbers only.", edits)


def detached(at: Situation) -> Fix | None:
    """A tensor leaves its gradient behind before it becomes an array."""
    if "Can't call numpy() on Tensor that requires grad" not in at.message:
        return None
    edits = []
    for node in at.source.at_line(at.line):
        if isinstance(node, ast.Call) and called(node) == "numpy" and not node.args:
            assert isinstance(node.func, ast.Attribute)  # a bare name takes arguments
            edits.append(at.source.after(node.func.value, ".detach()"))
    return at.fix("detached", "Tensors are detached before they become arrays.", edits)


def whole_pickles(at: Situation) -> Fix | None:
    """What the program itself saved may hold more than weights."""
    if "Weights only load failed" not in at.message:
        return None
    edits = [
        at.source.with_argument(call, "weights_only=False")
        for call in at.source.calls("load")
        if at.source.dotted(call.func) == "torch.load" and keyword_of(call, "weights_only") is None
    ]
    return at.fix("weights and more", "`torch.load` reads all that was saved.", edits)


def without_card(at: Situation) -> Fix | None:
    """Where there is no graphics card the processor is used."""
    if not NO_CARD.search(at.message):
        return None
    edits = []
    for node in at.source.walk():
        if isinstance(node, ast.Call) and called(node) == "cuda" and not node.args:
            assert isinstance(node.func, ast.Attribute)  # nobody calls a bare `cuda`
            edits.append(at.source.replaced(node, at.source.of(node.func.value)))
        elif (word := text_in(node)) is not None and isinstance(node, ast.Constant):
            if re.fullmatch(r"cuda(:\d+)?", word):
                edits.append(at.source.replaced(node, '"cpu"'))
            elif word in {"GPU", "gpu"}:
                edits.append(at.source.replaced(node, repr("CPU" if word == "GPU" else "cpu")))
    edits = [
        edit._replace(text=edit.text.replace("'", '"')) if edit.text[:1] == "'" else edit
        for edit in edits
    ]
    return at.fix("no graphics card", "There is no graphics card: the processor is used.", edits)
