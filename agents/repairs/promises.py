"""Broken promises between the parts: names, kinds and types of objects, and what models answer."""

import ast
import re
from collections.abc import Callable, Iterator

from agents.models import Contract, ContractObject
from agents.repairs.rewriting import (
    AS_CATEGORIES,
    NUMERIC,
    promised,
    returns_of,
    second_argument,
    values_returned,
    with_helper,
    with_pandas,
    wrapped,
)
from agents.repairs.situation import Fix, Situation
from agents.repairs.source import Edit, Source, text_in

NOT_RETURNED = re.compile(
    r"Preprocessor\.(fit|transform) must return '(\w+)' but returned (.+)\.$", re.MULTILINE
)
UNDECLARED = re.compile(
    r"Preprocessor\.(fit|transform) returned (.+), which the contract does not name"
)
NOT_PROMISED = re.compile(
    r"Model\.(fit|predict) takes '(\w+)', which the contract does not promise"
)
OTHER_KIND = re.compile(r"^(\w+) must be a (\w+) but is a (\w+)\.$", re.MULTILINE)
OTHER_TYPE = re.compile(r"^(\w+) may hold (.+?) but holds (.+?)(?:, namely .*)?\.$", re.MULTILINE)
INCOMPLETE = re.compile(
    r"^(\w+) must be complete but has \d+ (missing|infinite) values", re.MULTILINE
)
FORBIDDEN = re.compile(
    r"^(\w+) holds the (?:target|raw id)(?: '(.+)')? among its features(?:: (.+))?\.$",
    re.MULTILINE,
)
OTHER_ROWS = "side must have the same number of rows"
NO_ROW_ID = "have no column row_id"
OTHER_COLUMNS = re.compile(
    r"The scores have the columns (\[.*?\]); (\[.*?\]) are asked for", re.DOTALL
)
NO_FRAME = re.compile(r"Model\.predict must return a DataFrame, not (\w+)")
NOT_ALL_TEXTS = re.compile(r"The columns of '(\w+)' must all be texts")

OF_ROLE = {
    "features": {"x", "features", "feature", "data", "inputs"},
    "y": {"y", "target", "targets", "label", "labels"},
    "row_id": {"id", "ids", "rowid", "index"},
}
"""Words by which programs call what plays a role."""
ELSEWHERE = {"valid", "val", "validation", "holdout", "oof"}
KINDS = {
    ("DataFrame", "ndarray"): 'pd.DataFrame({}).add_prefix("feature ")',
    ("DataFrame", "sparse"): 'pd.DataFrame({}.toarray()).add_prefix("feature ")',
    ("DataFrame", "Series"): "{}.to_frame()",
    ("Series", "ndarray"): "pd.Series({})",
    ("Series", "texts"): "pd.Series({})",
    ("Series", "json"): "pd.Series({})",
    ("Series", "DataFrame"): "{}.iloc[:, 0]",
    ("ndarray", "DataFrame"): "{}.to_numpy()",
    ("ndarray", "Series"): "{}.to_numpy()",
}
"""How a promised kind is made of another one."""


def _role_of(name: str) -> str:
    words = set(name.lower().split("_")) | {name.lower().replace("_", "")}
    if words & ELSEWHERE:
        return ""
    return next((role for role, usual in OF_ROLE.items() if words & usual), "")


def _meant(name: str, contract: Contract, side: str) -> ContractObject | None:
    """The promised object that a name stands for; None where that is open."""
    role = _role_of(name)
    found = [one for one in contract.objects if one.side == side and one.role == role]
    return found[0] if len(found) == 1 else None


# --- names ----------------------------------------------------------------------------------------


def object_renamed(at: Situation) -> Fix | None:
    """What preprocessing returns under another name gets the promised one."""
    edits = []
    for method, name, returned in NOT_RETURNED.findall(at.message):
        side = "train" if method == "fit" else "test"
        given = [word.strip() for word in returned.split(",")]
        for old in given:
            meant = _meant(old, at.contract, side)
            if meant is not None and meant.name == name and name not in given:
                edits += [at.source.replaced(key, f'"{name}"') for key in _keys(at.source, old)]
    return at.fix("object renamed", "Objects got the names that the contract promises.", edits)


def _keys(source: Source, name: str) -> list[ast.expr]:
    """Where a name is a key of what is built."""
    found: list[ast.expr] = []
    for node in source.walk():
        if isinstance(node, ast.Dict):
            found += [key for key in node.keys if key is not None and text_in(key) == name]
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found += [node.slice] if text_in(node.slice) == name else []
    return found


def object_dropped(at: Situation) -> Fix | None:
    """What nobody was promised is not returned."""
    edits: list[Edit] = []
    for _, names in UNDECLARED.findall(at.message):
        for name in (word.strip() for word in names.split(",")):
            if _meant(name, at.contract, "train") or _meant(name, at.contract, "test"):
                return None
            for node in at.source.walk():
                if isinstance(node, ast.Dict):
                    edits += _without_key(at.source, node, name)
                elif isinstance(node, ast.Assign) and _stored_as(node.targets[0]) == name:
                    edits.append(at.source.replaced(node, "pass"))
    return at.fix("object dropped", "What the contract does not name is not returned.", edits)


def _stored_as(target: ast.expr) -> str | None:
    """The key under which an assignment stores, where it is a text."""
    return text_in(target.slice) if isinstance(target, ast.Subscript) else None


def _without_key(source: Source, node: ast.Dict, name: str) -> Iterator[Edit]:
    for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        if key is not None and text_in(key) == name:
            start, end = source.span(key)[0], source.span(value)[1]
            following = node.keys[place + 1] if place + 1 < len(node.keys) else None
            if following is not None:
                yield Edit(start, source.span(following)[0], "")
            else:
                before = source.span(node.values[place - 1])[1] if place else start
                yield Edit(before, end, "")


def promised_name_taken(at: Situation) -> Fix | None:
    """A model takes an object by the name that it was promised under."""
    edits = []
    for method, name in NOT_PROMISED.findall(at.message):
        meant = _meant(name, at.contract, "train" if method == "fit" else "test")
        function = at.source.method("Model", method)
        if meant is None or function is None:
            return None
        given = second_argument(function)
        edits += [
            at.source.replaced(node.slice, f'"{meant.name}"')
            for node in ast.walk(function)
            if isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id == given
            and text_in(node.slice) == name
        ]
    return at.fix("promised name taken", "Objects are taken by their promised names.", edits)


# --- what preprocessing returns -------------------------------------------------------------------


def object_converted(at: Situation) -> Fix | None:
    """Returned objects get the promised kind and types, lose forbidden columns and gaps."""
    wraps: dict[str, list[str]] = {}
    for name, wrap in _wraps(at):
        for each in {name, _twin(name, at.contract)}:
            if each and wrap not in wraps.setdefault(each, []):
                wraps[each].append(wrap)
    edits, helpers = [], set()
    for name, chain in wraps.items():
        for value in values_returned(at.source, name):
            edits.append(wrapped(at.source, value, _chained(chain)))
            helpers |= {AS_CATEGORIES for wrap in chain if wrap.startswith("as_categories")}
    if not edits or any(edit.text in at.source.text for edit in edits):
        return None
    if any("pd." in edit.text for edit in edits):
        edits += with_pandas(at.source)
    for helper in helpers:
        edits += with_helper(at.source, helper)
    names = ", ".join(sorted(wraps))
    return at.fix("object converted", f"{names} are returned as the contract promises.", edits)


def _chained(wraps: list[str]) -> Callable[[str], str]:
    def wrap(text: str) -> str:
        for one in wraps:
            text = one.format(text)
        return text

    return wrap


def _wraps(at: Situation) -> Iterator[tuple[str, str]]:
    """What must become of which object, in order of application."""
    objects = {one.name: one for one in at.contract.objects}
    for name, wanted, kind in OTHER_KIND.findall(at.message):
        if name in objects and (wanted, kind) in KINDS:
            yield name, KINDS[wanted, kind]
    for name, raw_id, targets in FORBIDDEN.findall(at.message):
        columns = [raw_id] if raw_id else [one.strip() for one in targets.split(",")]
        listed = ", ".join(f'"{one}"' for one in columns)
        yield name, f'{{}}.drop(columns=[{listed}], errors="ignore")'
    for name, _, kinds in OTHER_TYPE.findall(at.message):
        if name in objects and (wrap := _retyped(objects[name], kinds)):
            yield name, wrap
    for name, what in INCOMPLETE.findall(at.message):
        one = objects.get(name)
        if one is not None and one.role == "features" and set(one.dtypes) <= NUMERIC:
            endless = '{}.replace([float("inf"), float("-inf")], 0)'
            yield name, endless if what == "infinite" else "{}.fillna(0)"


def _retyped(one: ContractObject, holds: str) -> str:
    """How an object gets its promised types; empty where that would need judgement."""
    strangers = {word.strip() for word in holds.split(",")}
    words = {"str", "object", "string"}
    if len(one.dtypes) == 1 and one.dtypes[0] in NUMERIC and strangers <= NUMERIC:
        return f'{{}}.astype("{one.dtypes[0]}")'
    if one.dtypes == ("str",):
        return '{}.astype("str")'
    if "category" in one.dtypes and strangers <= words:
        return "as_categories({})"
    return ""


def _twin(name: str, contract: Contract) -> str:
    """The features of the other side, which are to look the same."""
    features = [one.name for one in promised(contract, "features")]
    others = [one for one in features if one != name]
    return others[0] if name in features and len(features) == 2 else ""


def index_counted_anew(at: Situation) -> Fix | None:
    """Rows that were chosen are counted anew, so that tables beside each other meet."""
    if OTHER_ROWS not in at.message:
        return None
    edits = []
    for node in at.source.walk():
        if isinstance(node, ast.Assign) and _chooses_rows(node.value):
            edits.append(at.source.after(node.value, ".reset_index(drop=True)"))
    return at.fix("index counted anew", "Chosen rows are counted anew.", edits)


def _chooses_rows(value: ast.expr) -> bool:
    """Whether an expression leaves rows out and keeps the numbers of the others."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in {"dropna", "drop_duplicates", "query"}
    if not isinstance(value, ast.Subscript):
        return False
    masks = ast.Compare | ast.Call | ast.UnaryOp
    return isinstance(value.slice, masks) and isinstance(value.value, ast.Name)


# --- what models answer ---------------------------------------------------------------------------


def _answer(at: Situation, rule: str, what: str, wrap: Callable[[str], str]) -> Fix | None:
    """Everything that `Model.predict` returns, in another form."""
    predict = at.source.method("Model", "predict")
    if at.file != "model.py" or predict is None:
        return None
    edits = [
        wrapped(at.source, node.value, wrap)
        for node in returns_of(predict)
        if node.value is not None
    ]
    if edits and any("pd." in edit.text for edit in edits):
        edits += with_pandas(at.source)
    return at.fix(rule, what, edits)


def scores_as_table(at: Situation) -> Fix | None:
    """What a model answers becomes a table with columns that are named by texts."""
    if NO_FRAME.search(at.message):
        wrap = "pd.DataFrame({}).rename(columns=str)".format
        return _answer(at, "scores as table", "Scores are returned as a table.", wrap)
    found = NOT_ALL_TEXTS.search(at.message)
    if found and found[1] == "scores":
        wrap = "{}.rename(columns=str)".format
        return _answer(at, "scores as table", "Columns of scores are named by texts.", wrap)
    return None


def scores_with_ids(at: Situation) -> Fix | None:
    """The ids of the rows are put before their scores."""
    predict = at.source.method("Model", "predict")
    ids = promised(at.contract, "row_id")
    if NO_ROW_ID not in at.message or predict is None or not ids:
        return None
    edits = []
    for node in returns_of(predict):
        assert node.value is not None  # by `returns_of`
        lines = [
            f"answered = {at.source.of(node.value)}",
            f'answered.insert(0, "row_id", {second_argument(predict)}["{ids[0].name}"].to_numpy())',
            "return answered",
        ]
        edits.append(at.source.replaced(node, f"\n{' ' * node.col_offset}".join(lines)))
    return at.fix("scores with ids", "Scores name their rows.", edits)


def scores_by_name(at: Situation) -> Fix | None:
    """Columns of scores get the names that are asked for, where it is plain which is which."""
    found = OTHER_COLUMNS.search(at.message)
    if found is None:
        return None
    try:
        have, wanted = ast.literal_eval(found[1]), ast.literal_eval(found[2])
    except (ValueError, SyntaxError):
        return None
    names = _matched([str(one) for one in have], [str(one) for one in wanted])
    if not names:
        return None
    pairs = ", ".join(f'"{old}": "{new}"' for old, new in names.items())
    wrap = f".rename(columns=str).rename(columns={{{pairs}}})"
    what = "Columns of scores have the names that are asked for."
    return _answer(at, "scores by name", what, lambda text: text + wrap)


def _matched(have: list[str], wanted: list[str]) -> dict[str, str]:
    """New name by old one; empty where it is not plain."""
    if len(have) != len(wanted):
        return {}
    if len(have) == 1:
        return {have[0]: wanted[0]}
    if sorted(have) == sorted(str(place) for place in range(len(wanted))):
        return dict(zip(sorted(have, key=int), sorted(wanted), strict=True))
    found = {old: [new for new in wanted if old.endswith(f"_{new}")] for old in have}
    if all(len(new) == 1 for new in found.values()):
        return {old: new[0] for old, new in found.items()}
    return {}
