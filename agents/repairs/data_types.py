"""Values in the form that an operation takes: numbers, categories, floats, dense tables."""

import ast
import re
from collections.abc import Callable

from agents.repairs.rewriting import (
    AS_CATEGORIES,
    WITHOUT_GAPS,
    features_taken,
    only_numbers,
    promised,
    with_helper,
    with_pandas,
    wrapped,
)
from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, called, keyword_of, text_in

NO_NUMBER = re.compile(r"[Cc]ould not convert string|Unable to parse string|could not convert str")
NOT_WHOLE = re.compile(r"Cannot convert non-finite values|cannot convert float NaN to integer")
BY_OBJECT = re.compile(
    r"[Cc]ould not convert string|at least one array or dtype is required|dtypes must be int|"
    r"No objects to concatenate|Found array with 0 feature",
)
WORDS_IN_LIGHTGBM = "pandas dtypes must be int, float or bool"
GAP_IN_CATBOOST = re.compile(r"=\s*(nan|NaN|<NA>|None)\s*:?.*cat_features must be", re.DOTALL)
WORD_IN_CATBOOST = re.compile(r"Bad value for num_feature|Cannot convert .* to float")
GAPS = re.compile(r"Input (?:\w+ )?contains NaN|contains NaN|contains missing values")
ENDLESS = re.compile(r"contains infinity|value too large for dtype")
DENSE = re.compile(
    r"Sparse data was passed|dense data is required|[Ss]parse matrix was passed|"
    r"sparse .*not supported"
)
NO_TABLE = re.compile(r"Shape of passed values|Must pass 2-d input|constructor not properly called")
DOUBLE = re.compile(r"\bDouble\b.*\bFloat\b|\bFloat\b.*\bDouble\b")
WANTS_LONG = re.compile(r"expected scalar type Long but|not implemented for 'Int'")
WANTS_FLOAT = re.compile(
    r"[Ff]ound dtype (?:Double|Long) but expected Float|expected scalar type Float but found"
)
NOT_JSON = re.compile(
    r"Object of type (?:u?int\d+|float\d+|bool_?|ndarray) is not JSON serializable"
)
LOSSES = re.compile(r"loss|cross_entropy|criterion|bce|mse", re.IGNORECASE)
TENSORS = {"tensor", "from_numpy", "as_tensor", "FloatTensor", "Tensor"}
FITS = {"fit", "predict", "predict_proba", "transform", "fit_transform", "fit_predict"}


def _of_features(
    at: Situation, rule: str, what: str, wrap: Callable[[str], str], helper: str = ""
) -> Fix | None:
    """All features that `model.py` takes, in another form."""
    if at.file != "model.py":
        return None
    taken = features_taken(at.source, at.contract)
    edits = [wrapped(at.source, node, wrap) for node in taken]
    if not edits or any(edit.text in at.source.text for edit in edits):
        return None
    return at.fix(rule, what, [*edits, *(with_helper(at.source, helper) if helper else [])])


def words_as_categories(at: Situation) -> Fix | None:
    """LightGBM takes words as categories."""
    if WORDS_IN_LIGHTGBM not in at.message:
        return None
    what = "Words are given to LightGBM as categories."
    return _of_features(at, "words as categories", what, "as_categories({})".format, AS_CATEGORIES)


def gaps_as_words(at: Situation) -> Fix | None:
    """CatBoost takes no empty category."""
    if not GAP_IN_CATBOOST.search(at.message):
        return None
    what = 'Empty categories are given to CatBoost as "".'
    return _of_features(at, "gaps as words", what, "without_gaps({})".format, WITHOUT_GAPS)


def categories_named(at: Situation) -> Fix | None:
    """CatBoost is told which columns are words."""
    if not WORD_IN_CATBOOST.search(at.message) or "catboost" not in at.source.text:
        return None
    edits = []
    for call in at.source.at_line(at.line):
        if not isinstance(call, ast.Call) or called(call) not in {"Pool", "fit"} or not call.args:
            continue
        first = call.args[0]
        if keyword_of(call, "cat_features") or not isinstance(first, ast.Name | ast.Subscript):
            continue
        words = f'{at.source.of(first)}.select_dtypes(exclude="number").columns'
        edits.append(at.source.with_argument(call, f"cat_features=list({words})"))
    return at.fix("categories named", "CatBoost is told which columns are words.", edits)


def gaps_filled(at: Situation) -> Fix | None:
    """A model that takes no empty cell gets 0 instead."""
    if not only_numbers(at.contract):
        return None
    if GAPS.search(at.message):
        what = "Missing values are given to the model as 0."
        return _of_features(at, "gaps filled", what, "{}.fillna(0)".format)
    if ENDLESS.search(at.message):
        wrap = '{}.replace([float("inf"), float("-inf")], 0)'.format
        return _of_features(at, "infinite filled", "Infinite values are given as 0.", wrap)
    return None


def made_dense(at: Situation) -> Fix | None:
    """A sparse matrix becomes an array where one is wanted."""
    nodes = at.source.at_line(at.line)
    if DENSE.search(at.message):
        edits = [
            at.source.after(node.args[0], ".toarray()")
            for node in nodes
            if isinstance(node, ast.Call) and called(node) in FITS and node.args
        ]
        return at.fix("made dense", "A sparse matrix is made dense.", edits[:1])
    sparse = re.search(r"Vectorizer|OneHotEncoder", at.source.text)
    if not NO_TABLE.search(at.message) or not sparse:
        return None
    names = {
        node.args[0].id
        for node in nodes
        if isinstance(node, ast.Call)
        and called(node) == "DataFrame"
        and node.args
        and isinstance(node.args[0], ast.Name)
    }
    edits = [
        at.source.after(node.value, ".toarray()")
        for node in ast.walk(at.source.function_at(at.line) or ast.Module([], []))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in names
        and isinstance(node.value, ast.Call)
        and called(node.value) in {"transform", "fit_transform"}
    ]
    return at.fix("made dense", "A sparse matrix is made dense before it is a table.", edits)


def cells_coerced(at: Situation) -> Fix | None:
    """Cells that are no numbers become missing ones."""
    if not NO_NUMBER.search(at.message) or at.file != "preprocess.py":
        return None
    edits: list[Edit] = []
    for call in at.source.at_line(at.line):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if called(call) == "to_numeric" and keyword_of(call, "errors") is None:
            edits.append(at.source.with_argument(call, 'errors="coerce"'))
        if called(call) == "astype" and call.args and "float" in at.source.of(call.args[0]):
            edits.append(at.source.after(call.func.value, '.apply(pd.to_numeric, errors="coerce")'))
    if edits:
        edits += with_pandas(at.source)
    return at.fix("cells coerced", "Cells that are no numbers count as missing.", edits)


def gaps_before_whole(at: Situation) -> Fix | None:
    """Missing numbers become -1 before they become whole ones."""
    if not NOT_WHOLE.search(at.message):
        return None
    edits = [
        at.source.after(call.func.value, ".fillna(-1)")
        for call in at.source.at_line(at.line)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "astype"
        and call.args
        and "int" in at.source.of(call.args[0])
    ]
    return at.fix("gaps before whole numbers", "Missing numbers are -1 as whole ones.", edits)


def words_by_type(at: Situation) -> Fix | None:
    """Columns of words are found by not being numbers: pandas 3 has a type for text."""
    if not BY_OBJECT.search(at.message):
        return None
    for file in dict.fromkeys((at.file, *at.files)):
        source = at.other(file)
        edits = []
        for node in source.walk():
            if isinstance(node, ast.Compare) and _is_object(node):
                plain = f"pd.api.types.is_numeric_dtype({source.of(node.left)})"
                same = isinstance(node.ops[0], ast.Eq | ast.Is)
                edits.append(source.replaced(node, f"not {plain}" if same else plain))
        if edits:
            what = "Columns of words are those that are no numbers."
            return at.fix("words by type", what, [*edits, *with_pandas(source)], file)
    return None


def _is_object(node: ast.Compare) -> bool:
    """Whether a comparison asks for the dtype that text once had."""
    if not isinstance(node.left, ast.Attribute) or node.left.attr != "dtype":
        return False
    other = node.comparators[0]
    plain = isinstance(other, ast.Name) and other.id == "object"
    return plain or text_in(other) in {"object", "O"}


def unknown_word(at: Situation) -> Fix | None:
    """A category that training did not have counts as none."""
    if "previously unseen labels" in at.message:
        edits = []
        for call in at.source.at_line(at.line):
            if not isinstance(call, ast.Call) or called(call) != "transform" or len(call.args) != 1:
                continue
            assert isinstance(call.func, ast.Attribute)  # transform is no bare name here
            encoder, cells = at.source.of(call.func.value), call.args[0]
            known = f"{{word: place for place, word in enumerate({encoder}.classes_)}}"
            text = wrapped(at.source, cells, str).text
            edits.append(at.source.replaced(call, f"{text}.map({known}).fillna(-1)"))
        return at.fix("unknown word", "A word that training had not is -1.", edits)
    if "Found unknown categories" not in at.message:
        return None
    edits = []
    for name, argument in (
        ("OneHotEncoder", 'handle_unknown="ignore"'),
        ("OrdinalEncoder", 'handle_unknown="use_encoded_value", unknown_value=-1'),
    ):
        for call in at.source.calls(name):
            given = keyword_of(call, "handle_unknown")
            if given is None:
                edits.append(at.source.with_argument(call, argument))
            elif text_in(given.value) == "error":
                edits.append(at.source.replaced(given, argument))
    return at.fix("unknown word", "A word that training had not is passed over.", edits)


def plain_for_json(at: Situation) -> Fix | None:
    """Numbers of numpy are written to json as plain ones."""
    if not NOT_JSON.search(at.message):
        return None
    edits = [
        at.source.with_argument(call, "default=lambda value: value.tolist()")
        for call in at.source.at_line(at.line)
        if isinstance(call, ast.Call)
        and at.source.dotted(call.func) in {"json.dump", "json.dumps"}
        and keyword_of(call, "default") is None
    ]
    return at.fix("plain for json", "Numbers of numpy are written as plain ones.", edits)


def tensor_types(at: Situation) -> Fix | None:
    """Tensors of the type that an operation of torch takes."""
    if "torch" not in at.source.text:
        return None
    if WANTS_LONG.search(at.message):
        return at.fix("tensor type", "Labels are whole numbers.", _second_of_loss(at, ".long()"))
    if WANTS_FLOAT.search(at.message):
        edits = _second_of_loss(at, ".float()")
        if edits:
            return at.fix("tensor type", "Targets are floats of the model's size.", edits)
    if not DOUBLE.search(at.message):
        return None
    names = {one.name for one in promised(at.contract, "features")}
    edits = []
    for call in at.source.calls():
        inside = {text_in(node) for node in ast.walk(call)} & names
        words = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        about = inside or any(word.startswith("X") or word == "features" for word in words)
        if called(call) in TENSORS and about and keyword_of(call, "dtype") is None:
            edits.append(at.source.after(call, ".float()"))
    return at.fix("tensor type", "Features are floats of the model's size.", edits)


def _second_of_loss(at: Situation, behind: str) -> list[Edit]:
    """The second argument of the loss in the function that failed, with something behind it."""
    function = at.source.function_at(at.line)
    nodes = at.source.at_line(at.line)
    there = any(isinstance(one, ast.Call) and _is_loss(one) for one in nodes)
    if function is not None and not there:
        nodes = list(ast.walk(function))
    return [
        at.source.after(node.args[1], behind)
        for node in nodes
        if isinstance(node, ast.Call) and _is_loss(node) and len(node.args) == 2
    ]


def _is_loss(call: ast.Call) -> bool:
    return bool(LOSSES.search(called(call)))
