"""The Error Analyzer (3.2.3): what went wrong, of which class, and exactly where.

Rules first, and pure: an outcome or source text goes in, faults come out. `static_faults` is the
cheapest check there is and runs before anything is executed; `analyze` reads what an execution
left; `completed` adds class and place to what other rungs found. Where no rule fits the class is
`unknown`: there `analyze_with` asks a model.
"""

import ast
import importlib.util
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, get_args

from pyflakes import checker, messages

from agents.adviser import Adviser, Question
from agents.execution.protocol import Frame, Outcome, StageError, StageResult
from agents.models import Fault, FaultClass, Frozen
from agents.repairs.excerpts import excerpt
from agents.repairs.locating import located

ROLE = "error_analyzer"
Component = Literal["preprocess.py", "model.py", "solution.py", "engine"]

COMPONENTS: dict[str, Component] = {
    "preprocess.py": "preprocess.py",
    "model.py": "model.py",
    "solution.py": "solution.py",
}

RESOURCE = re.compile(
    r"out of memory|unable to allocate|no space left|file too large|can(?:not|'t) allocate|"
    r"can't start new thread|too many open files|not compiled with CUDA|Found no NVIDIA driver|"
    r"task type \[GPU\]|CUDA driver|no CUDA-capable device",
    re.I,
)
WRONG_CALL = re.compile(
    r"unexpected keyword argument|positional arguments? but|required (keyword-only|positional)|"
    r"got multiple values for|is not a valid (parameter|argument)|Invalid parameter|"
    r"The '\w+' parameter of \w+ must be|Weights only load failed|defined in \w+\.py itself",
)
SHAPE_OR_DTYPE = re.compile(
    r"\bshapes?\b|\bdtypes?\b|could not convert string|inconsistent numbers? of samples|"
    r"dimension|broadcast|feature names|Expected [12]D array|features?, but|length of values|"
    r"same length|length mismatch|contains NaN|contains infinity|cannot (safely )?cast|"
    r"not supported between instances|unsupported operand|could not be cast|must be the same size|"
    r"cat_features|index \d+ is out of bounds|unknown categor|dense data is required|sparse|"
    r"not JSON serializable|same as input size|the same size|equal size|sizes? of tensor|"
    r"batch_size|Target -?\d+ is out of bounds|index out of range in self|scalar types|"
    r"can't be cast|can't convert np\.ndarray",
    re.I,
)
NEW_WORDS = re.compile(r"unknown categor|previously unseen", re.I)
OWN_ATTRIBUTE = re.compile(r"'(Preprocessor|Model)' object has no attribute")
OTHER_COLUMNS = re.compile(
    r"feature names should match|features?, but|not in index|not found in axis"
)
TARGET_INSIDE = "holds the target among its features"
DOTTED = re.compile(r"No module named '\w+\.")
WRONG_CALLS = {"TypeError", "InvalidParameterError", "UnpicklingError"}
OWN_CALL = re.compile(r"^(Preprocessor|Model)\.")

PATH_ERRORS = {
    "FileNotFoundError",
    "NotADirectoryError",
    "IsADirectoryError",
    "FileExistsError",
    "PermissionError",
}
BY_TYPE: dict[str, FaultClass] = {
    "SyntaxError": "syntax",
    "IndentationError": "syntax",
    "TabError": "syntax",
    "NameError": "syntax",
    "UnboundLocalError": "syntax",
    "ModuleNotFoundError": "missing dependency",
    "ImportError": "incompatible API",
    "MemoryError": "resource",
    "OutOfMemoryError": "resource",
    **dict.fromkeys(PATH_ERRORS, "path"),
}


class Method(NamedTuple):
    """A method that the runner calls, with the keywords it passes besides one argument."""

    name: str
    keywords: tuple[str, ...] = ()


LIMITS = ("seed", "time_limit_s")
INTERFACE = {
    "preprocess.py": (
        "Preprocessor",
        (Method("fit", LIMITS), Method("transform"), Method("save"), Method("load")),
    ),
    "model.py": (
        "Model",
        (Method("fit", LIMITS), Method("predict"), Method("save"), Method("load")),
    ),
}


# --- after an execution ------------------------------------------------------------------------


def analyze(outcome: Outcome, *, rung: str, sources: dict[str, str]) -> Fault | None:
    """Classify and locate the failure of a program; None when there was none.

    Args:
        outcome: What became of the program.
        rung: The rung of the verification ladder that it ran on.
        sources: The program's files, name to text.
    """
    if outcome.ok:
        return None
    shown = excerpt(outcome.tail, sources)
    failed = next((stage for stage in outcome.stages if not stage.ok and not stage.skipped), None)
    if failed is None:
        kind: FaultClass = "unknown" if outcome.ended == "could not start" else "resource"
        message = shown if outcome.ended == "could not start" else _limit_passed(outcome)
        return Fault(kind=kind, component="engine", message=message, rung=rung, excerpt=shown)
    frame = _own_frame(failed.error, sources)
    component = _component(frame.file if frame else None, failed, sources)
    fault = Fault(
        kind=_classify(outcome, failed, component),
        component=component,
        message=_message(outcome, failed),
        rung=rung,
        file=frame.file if frame else None,
        line=frame.line if frame else None,
        function=_function(frame),
        excerpt=shown,
    )
    fault = _of_changed_rows(fault) if rung == "variants" else fault
    whole = fault.model_copy(update={"excerpt": outcome.tail})
    return located(whole, sources).model_copy(update={"excerpt": shown})


def _of_changed_rows(fault: Fault) -> Fault:
    """A model that answered `sample` and misses columns for other rows was given too few."""
    missed = fault.function == "predict" and OTHER_COLUMNS.search(fault.message)
    if fault.component != "model.py" or not missed:
        return fault
    words = f"X_test lacks columns of X_train when other rows are asked for: {fault.message}"
    return fault.model_copy(
        update={"kind": "contract fulfilment", "component": "preprocess.py", "message": words}
        | {"file": None, "line": None, "function": None}
    )


def completed(fault: Fault, sources: Mapping[str, str]) -> Fault:
    """A fault that a rung of the ladder found by itself, with its class and its place.

    Args:
        fault: A broken promise, or what scores or answers showed.
        sources: The program's files, name to text.
    """
    if fault.kind == "contract fulfilment" and TARGET_INSIDE in fault.message:
        fault = fault.model_copy(update={"kind": "leakage"})
    return located(fault, sources)


def _function(frame: Frame | None) -> str | None:
    """The function of a frame; None outside of functions."""
    return None if frame is None or frame.function == "<module>" else frame.function


def _own_frame(error: StageError | None, sources: dict[str, str]) -> Frame | None:
    """Return the innermost frame that lies in the program's own files."""
    frames = error.frames if error else ()
    return next((frame for frame in reversed(frames) if frame.file in sources), None)


def _component(file: str | None, failed: StageResult, sources: dict[str, str]) -> Component:
    """Name the component by where it failed, or else by what the stage was doing."""
    if file in COMPONENTS:
        return COMPONENTS[file]
    words = f"{failed.name} {failed.error.message if failed.error else ''}"
    for word, component in (("preprocess", "preprocess.py"), ("model", "model.py")):
        if re.search(word, words, re.I) and component in sources:
            return COMPONENTS[component]
    return next((COMPONENTS[name] for name in sources if name in COMPONENTS), "engine")


def _message(outcome: Outcome, failed: StageResult) -> str:
    if failed.error is None:
        return _limit_passed(outcome)
    words = failed.error.message.strip()
    return f"{failed.error.type}: {words}" if words else failed.error.type


def _limit_passed(outcome: Outcome) -> str:
    return f"The program was ended: {outcome.ended}."


def _classify(outcome: Outcome, failed: StageResult, component: Component) -> FaultClass:
    ended_by_limits = failed.ended in {"timed out", "out of memory", "killed"}
    if ended_by_limits or outcome.ended not in {"stage failed", "finished"}:
        return "resource"
    error = failed.error
    if error is None:
        return "unknown"
    if RESOURCE.search(error.message):
        return "resource"
    if error.type == "ModuleNotFoundError" and DOTTED.search(error.message):
        # Python names the first part that is missing: the package itself is there.
        return "incompatible API"
    return BY_TYPE.get(error.type) or _by_message(error, component)


def _by_message(error: StageError, component: Component) -> FaultClass:
    """Classify by the message what the type alone does not tell."""
    if not error.frames and component != "solution.py":
        # The runner itself refused what the program returned or did not define.
        return "contract fulfilment"
    if error.type == "OSError" and "Read-only file system" in error.message:
        return "path"
    if error.type == "AttributeError":
        return _missing_attribute(error, component)
    if error.type in WRONG_CALLS and WRONG_CALL.search(error.message):
        return "contract fulfilment" if OWN_CALL.match(error.message) else "incompatible API"
    if component == "preprocess.py" and NEW_WORDS.search(error.message):
        return "preprocessing logic"
    if SHAPE_OR_DTYPE.search(error.message):
        return "shape or dtype mismatch"
    return _by_component(error, component)


def _missing_attribute(error: StageError, component: Component) -> FaultClass:
    if OWN_ATTRIBUTE.search(error.message):
        # `save` and `load` are to bring over what the other methods need.
        return "contract fulfilment"
    if "'NoneType' object" in error.message:
        return _by_component(error, component)
    return "incompatible API"


def _by_component(error: StageError, component: Component) -> FaultClass:
    if component == "preprocess.py":
        return "preprocessing logic"
    if component == "model.py" and error.type == "KeyError":
        return "contract usage"
    return "unknown"


# --- before an execution -----------------------------------------------------------------------


def static_faults(sources: dict[str, str], module_exists: Callable[[str], bool]) -> list[Fault]:
    """List what is wrong with a program as far as reading it tells.

    Args:
        sources: The program's files, name to text.
        module_exists: Whether a module, given by its dotted name, can be imported.
    """
    found: list[Fault] = []
    own = {name.removesuffix(".py") for name in sources}
    for file, text in sources.items():
        if not file.endswith(".py"):
            continue
        tree = _parsed(file, text)
        if isinstance(tree, Fault):
            found.append(tree)
            continue
        found += _undefined_names(file, tree)
        found += _unresolved_imports(file, tree, own, module_exists)
        found += _interface_faults(file, tree)
    return [located(fault, sources) for fault in found]


def _parsed(file: str, text: str) -> ast.Module | Fault:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, file, "exec", dont_inherit=True)
            return ast.parse(text, file)
    except SyntaxError as error:
        return _static("syntax", file, error.lineno, f"SyntaxError: {error.msg}")
    except (ValueError, RecursionError) as error:
        return _static("syntax", file, None, f"SyntaxError: {error}")


def _static(kind: FaultClass, file: str, line: int | None, message: str) -> Fault:
    component = COMPONENTS.get(file, "solution.py")
    return Fault(
        kind=kind, component=component, message=message, rung="static", file=file, line=line
    )


def _undefined_names(file: str, tree: ast.Module) -> Iterator[Fault]:
    undefined = (messages.UndefinedName, messages.UndefinedLocal)
    for message in checker.Checker(tree, file).messages:
        if isinstance(message, undefined):
            words = f"The name {message.message_args[0]!r} is not defined."
            yield _static("syntax", file, message.lineno, words)


def _unresolved_imports(
    file: str, tree: ast.Module, own: set[str], module_exists: Callable[[str], bool]
) -> Iterator[Fault]:
    guarded = {id(node) for node in _guarded_imports(tree)}
    for node in ast.walk(tree):
        if id(node) in guarded or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for module in _modules(node):
            top = module.partition(".")[0]
            if top in own or module_exists(module):
                continue
            kind: FaultClass = "missing dependency"
            if module != top and module_exists(top):
                kind = "incompatible API"
            yield _static(kind, file, node.lineno, f"The module {module!r} does not exist.")


def needed_modules(text: str) -> set[str]:
    """Top-level names of all that a file imports and cannot do without; none where it is broken."""
    tree = _parsed("", text)
    if isinstance(tree, Fault):
        return set()
    guarded = {id(node) for node in _guarded_imports(tree)}
    return {
        module.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in guarded
        for module in _modules(node)
    }


def module_exists(name: str) -> bool:
    """Whether programs could import a module of the interpreter, given by its dotted name."""
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


def _guarded_imports(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the imports whose failure the program itself expects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches_imports(each) for each in node.handlers):
            for statement in node.body:
                yield from ast.walk(statement)


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception"})


def _interface_faults(file: str, tree: ast.Module) -> Iterator[Fault]:
    if file not in INTERFACE:
        return
    wanted, methods = INTERFACE[file]
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    if wanted not in classes:
        yield _static("contract fulfilment", file, None, f"{file} defines no class {wanted}.")
        return
    defined, complete = _methods(classes[wanted], classes)
    constructor = defined.get("__init__")
    if constructor is not None and _required(constructor, given=1):
        words = f"{wanted} is made without arguments, but its __init__ requires some."
        yield _static("contract fulfilment", file, constructor.lineno, words)
    for method in methods:
        node = defined.get(method.name)
        if node is not None:
            yield from _signature_faults(file, wanted, method, node)
        elif complete:
            words = f"{wanted} has no method {method.name}."
            yield _static("contract fulfilment", file, classes[wanted].lineno, words)


def _methods(
    node: ast.ClassDef, classes: dict[str, ast.ClassDef]
) -> tuple[dict[str, ast.FunctionDef], bool]:
    """Collect a class's methods; the flag is False when a base lies outside this file."""
    found: dict[str, ast.FunctionDef] = {}
    complete = True
    others = {name: each for name, each in classes.items() if name != node.name}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in others:
            inherited, whole = _methods(others[base.id], others)
            found |= inherited
            complete = complete and whole
        else:
            complete = complete and isinstance(base, ast.Name) and base.id == "object"
    found |= {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    return found, complete


def _signature_faults(
    file: str, owner: str, method: Method, node: ast.FunctionDef
) -> Iterator[Fault]:
    """Check that the call which the runner makes fits the signature."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    name = f"{owner}.{method.name}"
    if len(positional) < 2 and not arguments.vararg:
        words = f"{name} must take one argument besides self."
        yield _static("contract fulfilment", file, node.lineno, words)
    accepted = {argument.arg for argument in (*arguments.args[1:], *arguments.kwonlyargs)}
    for keyword in method.keywords:
        if keyword not in accepted and not arguments.kwarg:
            words = f"{name} must accept the keyword {keyword!r}."
            yield _static("contract fulfilment", file, node.lineno, words)
    for surplus in sorted(_required(node, given=2) - set(method.keywords)):
        words = f"{name} requires {surplus!r}, which nobody passes."
        yield _static("contract fulfilment", file, node.lineno, words)


def _required(node: ast.FunctionDef, given: int) -> set[str]:
    """Name the parameters without a default beyond the first `given` positional ones."""
    positional = [*node.args.posonlyargs, *node.args.args]
    without_default = positional[: len(positional) - len(node.args.defaults)]
    keyword_only = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {argument.arg for argument in without_default[given:]} | {
        argument.arg for argument, default in keyword_only if default is None
    }


# --- where rules end ---------------------------------------------------------------------------


class Diagnosis(Frozen):
    """What a model says of a failure."""

    kind: FaultClass
    component: Literal["preprocess.py", "model.py"]
    function: str | None = None
    cause: str
    """One sentence."""


async def analyze_with(adviser: Adviser, fault: Fault, files: Mapping[str, str]) -> Fault:
    """Ask a model for class and place of a fault that no rule knows.

    Args:
        adviser: Whose prompts know task and contract.
        fault: Of the class `unknown`; any other comes back as it is.
        files: The program's files, name to text.

    Returns:
        The fault with the model's class and place, and its sentence behind the program's words.

    Raises:
        ModelError: The model gave no answer that can be used.
    """
    if fault.kind != "unknown":
        return fault
    facts = {"fault": fault, "files": files, "classes": get_args(FaultClass)}
    found = await adviser.value(Question(ROLE, "debugger", facts), Diagnosis)
    if found.component not in files:
        return fault.model_copy(update={"kind": found.kind})
    place: dict[str, str | None] = {"file": found.component, "component": found.component}
    function = _function_named(found.function, files[found.component])
    moved = found.function is not None and function != fault.function
    if found.component != fault.file or moved:
        place |= {"line": None, "function": function}
    said = f"{fault.message}\n{found.cause}"
    return fault.model_copy(update={"kind": found.kind, "message": said, **place})


def _function_named(words: str | None, text: str) -> str | None:
    """The function that a model means by `rows`, `rows()` or `Model.rows`, if the file has it."""
    bare = (words or "").strip("` ()").rpartition(".")[2]
    return bare if bare and re.search(rf"\bdef {re.escape(bare)}\(", text) else None
