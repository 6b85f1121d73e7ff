"""The plan of one candidate as text that a person reads and edits, and back again.

It is a section of `blueprint.md`: steps with their reasons, the contract as a table, and the
constants that its recipe is written with. Reading is strict: what is not understood is refused in
one sentence that names the line, so that nothing a person wrote is silently dropped. Pure functions
used by engine and viewers alike.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from agents.errors import InputError
from agents.models import (
    Blueprint,
    BlueprintStep,
    CandidatePlan,
    Contract,
    ContractObject,
)
from agents.plan_constants import ConstantError, read_constant, written_constant

PARTS: Mapping[str, str] = {
    "prep": "Preprocessing",
    "model": "Model",
    "train": "Training",
    "eval": "Evaluation",
}
LONGEST = 100_000
"""Characters that a plan may have."""
UNSAID = "The person wants it so."
"""The reason of a step that gives none."""

_TITLES = {title.lower(): part for part, title in PARTS.items() if part != "eval"}
_HEAD = ("object", "side", "kind", "role", "dtypes", "may be empty")
_STEP = re.compile(r"- \*\*(?P<id>[^*]*)\*\*:\s*(?P<text>.*)")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_CONSTANT = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)(?:\.(?P<key>\w+))?\s*=\s*(?P<value>.+)")
_BUDGET = re.compile(r"A fit on all rows takes about (\S+) s on (\S+) cores?\.")
_DECLINED = re.compile(r"`(?P<table>[^`]+)` is not read: (?P<why>.+?)\.?")
_WHOLE = "`transform` looks at the test table as a whole."
_NEEDED = (("train", "features"), ("train", "y"), ("test", "features"), ("test", "row_id"))


class PlanTextError(InputError):
    """A plan as a person wrote it cannot be read; names the line."""

    def __init__(self, line: int, words: str) -> None:
        """`line` counts from 1; `words` say what is wrong and what to write."""
        super().__init__(f"Line {line}: {words}")
        self.line = line


# --- writing ------------------------------------------------------------------------------------


def plan_text(plan: CandidatePlan, blueprint: Blueprint) -> str:
    """What a person edits of a plan.

    Args:
        plan: Whose text it is.
        blueprint: What else is planned: constants that all candidates share describe the data and
            are left out.
    """
    steps = [step for step in plan.steps if step.part != "eval"]
    lines = [f"## {plan.name} ({plan.track})", "", _flat(plan.reason), ""]
    lines += [budget_line(plan), ""]
    lines += [*step_lines(steps), *contract_lines(plan.contract)]
    own = own_constants(plan, blueprint)
    if own:
        lines += ["", "### Constants", "", "```python", *_constant_lines(own), "```"]
    return "\n".join(lines) + "\n"


def budget_line(plan: CandidatePlan) -> str:
    """What a fit usually costs."""
    cores = "core" if plan.threads == 1 else "cores"
    return f"A fit on all rows takes about {plan.seconds:g} s on {plan.threads} {cores}."


def step_lines(steps: Iterable[BlueprintStep]) -> Iterator[str]:
    """Steps by part, each with its reason."""
    every = list(steps)
    for part, title in PARTS.items():
        if chosen := [step for step in every if step.part == part]:
            yield f"### {title}"
            yield ""
            for step in chosen:
                yield f"- **{step.id}**: {_flat(step.directive)}  "
                yield f"  *{_flat(step.reason)}*"
            yield ""


def contract_lines(contract: Contract) -> Iterator[str]:
    """What preprocessing promises and the model may assume."""
    yield "### Contract"
    yield ""
    yield f"| {' | '.join(_HEAD)} |"
    yield f"|{'---|' * len(_HEAD)}"
    for one in contract.objects:
        empty = "yes" if one.nullable else "no"
        dtypes = ", ".join(_dtypes(one, contract)) or "any"
        yield f"| `{one.name}` | {one.side} | {one.kind} | {one.role} | {dtypes} | {empty} |"
    if contract.transductive or contract.declined:
        yield ""
    if contract.transductive:
        yield _WHOLE
    yield from (f"`{table}` is not read: {_flat(why)}." for table, why in contract.declined.items())


def _dtypes(one: ContractObject, contract: Contract) -> list[str]:
    """Its dtypes, and whose columns it repeats; what both have in common is said once."""
    like = next((two for two in contract.objects if two.name == one.same_columns_as), None)
    if like is None:
        return list(one.dtypes)
    return [*(one.dtypes if one.dtypes != like.dtypes else ()), f"as {like.name}"]


def own_constants(plan: CandidatePlan, blueprint: Blueprint) -> dict[str, JsonValue]:
    """Constants of a recipe that not every candidate has alike."""
    others = [one.literals for one in blueprint.candidates if one.recipe and one.name != plan.name]
    return {
        name: value
        for name, value in plan.literals.items()
        if not others or any(one.get(name, _MISSING) != value for one in others)
    }


_MISSING = object()


def _constant_lines(constants: Mapping[str, JsonValue]) -> Iterator[str]:
    for name, value in constants.items():
        if isinstance(value, dict) and value and all(key.isidentifier() for key in value):
            for key, item in value.items():
                yield f"{name}.{key} = {written_constant(item)}"
        else:
            yield f"{name} = {written_constant(value)}"


def _flat(text: str) -> str:
    """On one line, without what cannot be printed."""
    kept = (letter if letter.isprintable() else " " for letter in text)
    return " ".join("".join(kept).split())


# --- reading ------------------------------------------------------------------------------------


def read_plan(text: str, plan: CandidatePlan, blueprint: Blueprint) -> CandidatePlan:
    """The plan as a person edited it: another value under the same name.

    Args:
        text: What they wrote.
        plan: What they edited.
        blueprint: As it was given to `plan_text`.

    Raises:
        PlanTextError: Something in it cannot be read.
    """
    if len(text) > LONGEST:
        raise PlanTextError(1, f"A plan may have {LONGEST:,} characters, and this has more.")
    reader = _Reader(plan)
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        reader.take(number, line)
    return reader.finished(max(1, len(lines)), own_constants(plan, blueprint))


class _Reader:
    """Takes the lines of a plan in order."""

    def __init__(self, plan: CandidatePlan) -> None:
        self._plan = plan
        self._section = ""
        self._titled = False
        self._reason: list[str] = []
        self._budget = (plan.seconds, plan.threads)
        self._steps: list[_Step] = []
        self._objects: dict[str, tuple[int, list[str]]] = {}
        self._whole = False
        self._declined: dict[str, str] = {}
        self._constants: dict[str, JsonValue] = {}

    def take(self, number: int, line: str) -> None:
        """One line."""
        text = line.strip()
        if not text or text.startswith("```"):
            return
        if text.startswith("#") and not self._section.startswith("constants"):
            self._head(number, text.lstrip("#").strip())
        elif not self._titled:
            raise PlanTextError(number, f'the plan begins with "{self._title}".')
        elif self._section == "":
            self._opening(number, text)
        elif self._section == "contract":
            self._promise(number, text)
        elif self._section == "constants":
            self._constant(number, text)
        else:
            self._step(number, line)

    @property
    def _title(self) -> str:
        return f"## {self._plan.name} ({self._plan.track})"

    def _head(self, number: int, words: str) -> None:
        if not self._titled:
            if f"## {words}" != self._title:
                raise PlanTextError(number, f'this is the plan "{self._title}": leave its name.')
            self._titled = True
            return
        known = [*_TITLES, "contract", "constants"]
        if words.lower() not in known:
            named = ", ".join(name.capitalize() for name in known)
            raise PlanTextError(number, f"{words!r} is no part of a plan: these are {named}.")
        self._section = words.lower()

    def _opening(self, number: int, text: str) -> None:
        if not text.startswith("A fit on all rows takes about"):
            self._reason.append(_flat(text))
            return
        found = _BUDGET.fullmatch(text)
        try:
            seconds, threads = (float(found[1]), int(found[2])) if found else (0.0, 0)
        except ValueError:
            seconds, threads = 0.0, 0
        if not (0 < seconds < 1e7 and 0 < threads < 1000):
            raise PlanTextError(number, f'write it like "{budget_line(self._plan)}"')
        self._budget = seconds, threads

    # --- steps ----------------------------------------------------------------------------------

    def _step(self, number: int, line: str) -> None:
        text = line.strip()
        found = _STEP.fullmatch(text)
        if found is not None:
            self._steps.append(self._new_step(number, found["id"].strip(), found["text"]))
        elif self._steps and line[:1].isspace() and self._steps[-1].part == _TITLES[self._section]:
            self._steps[-1].go_on(number, text)
        else:
            raise PlanTextError(
                number, f'{_short(text)} belongs to no step: a step begins with "- **name**: ".'
            )

    def _new_step(self, number: int, name: str, text: str) -> "_Step":
        if not _WORD.fullmatch(name):
            raise PlanTextError(
                number, f"{name!r} is no name of a step: use small letters, digits and _."
            )
        if any(one.name == name for one in self._steps):
            raise PlanTextError(number, f"two steps are called {name}.")
        if any(one.id == name for one in self._plan.steps if one.part == "eval"):
            raise PlanTextError(number, f"{name} is a step of the engine's own.")
        return _Step(number, _TITLES[self._section], name, text)

    # --- contract -------------------------------------------------------------------------------

    def _promise(self, number: int, text: str) -> None:
        if not text.startswith("|"):
            self._said_of_contract(number, text)
            return
        cells = [cell.strip().strip("`") for cell in text.strip("|").split("|")]
        if len(cells) != len(_HEAD):
            raise PlanTextError(
                number, f"an object of the contract has {len(_HEAD)} cells: {', '.join(_HEAD)}."
            )
        if tuple(cells) == _HEAD or all(set(cell) <= set("-: ") for cell in cells):
            return
        if cells[0] in self._objects:
            raise PlanTextError(number, f"two objects are called {cells[0]}.")
        self._objects[cells[0]] = number, cells

    def _said_of_contract(self, number: int, text: str) -> None:
        if text == _WHOLE:
            self._whole = True
        elif (found := _DECLINED.fullmatch(text)) is not None:
            self._declined[found["table"]] = _flat(found["why"])
        else:
            raise PlanTextError(
                number,
                f"{_short(text)} is no part of a contract: write a row of the table, "
                f'"{_WHOLE}" or "`table` is not read: why."',
            )

    def _contract(self, last: int) -> Contract:
        objects = tuple(self._object(number, cells) for number, cells in self._objects.values())
        there = {(one.side, one.role) for one in objects}
        for side, role in _NEEDED:
            if (side, role) not in there:
                raise PlanTextError(last, f"the contract has no {role} on the side {side}.")
        return Contract(objects=objects, transductive=self._whole, declined=self._declined)

    def _object(self, number: int, cells: list[str]) -> ContractObject:
        name, side, kind, role, dtypes, empty = cells
        if not name.isidentifier():
            raise PlanTextError(number, f"{name!r} is no name that code can use.")
        if empty not in {"yes", "no"}:
            raise PlanTextError(number, f'"{_HEAD[-1]}" is yes or no, not {empty!r}.')
        for column, value in (("side", side), ("kind", kind), ("role", role)):
            allowed = ContractObject.model_fields[column].annotation.__args__  # type: ignore[union-attr]  # a Literal
            if value not in allowed:
                raise PlanTextError(number, f"{value!r} is no {column}: {', '.join(allowed)}.")
        named = [word.strip() for word in dtypes.split(",") if word.strip() not in {"", "any"}]
        like = [word.removeprefix("as ").strip() for word in named if word.startswith("as ")]
        own = tuple(word for word in named if not word.startswith("as "))
        if like and like[0] not in self._objects:
            raise PlanTextError(number, f"no object is called {like[0]}.")
        if like and not own:
            other = self._objects[like[0]][1][4]
            own = tuple(word.strip() for word in other.split(",") if word.strip() != "any")
        return ContractObject.model_validate(
            {
                "name": name,
                "side": side,
                "kind": kind,
                "role": role,
                "dtypes": tuple(word for word in own if not word.startswith("as ")),
                "nullable": empty == "yes",
                "same_columns_as": like[0] if like else None,
            }
        )

    # --- constants ------------------------------------------------------------------------------

    def _constant(self, number: int, text: str) -> None:
        if text.startswith("#"):
            return
        found = _CONSTANT.fullmatch(text)
        if found is None:
            raise PlanTextError(number, f"{_short(text)} is no constant: write NAME = value.")
        name, key = found["name"], found["key"]
        try:
            value = read_constant(found["value"])
        except ConstantError as error:
            raise PlanTextError(number, str(error)) from error
        if key is None and name not in self._constants:
            self._constants[name] = value
            return
        known = self._constants.setdefault(name, {})
        if key is None or not isinstance(known, dict) or key in known:
            raise PlanTextError(number, f"{name} has a value already.")
        known[key] = value

    # --- the end --------------------------------------------------------------------------------

    def finished(self, last: int, own: Mapping[str, JsonValue]) -> CandidatePlan:
        """The plan, once all lines are taken."""
        if not self._titled:
            raise PlanTextError(1, f'the plan begins with "{self._title}".')
        written = {one.part for one in self._steps}
        for part in ("prep", "model"):
            if part not in written:
                raise PlanTextError(last, f"the plan says nothing of {PARTS[part]}.")
        if self._constants and not self._plan.recipe:
            raise PlanTextError(last, "a model writes this code, and it knows no constants.")
        kept = {name: value for name, value in self._plan.literals.items() if name not in own}
        steps = [one.finished() for part in PARTS for one in self._steps if one.part == part]
        judged = [step for step in self._plan.steps if step.part == "eval"]
        return self._plan.model_copy(
            update={
                "reason": " ".join(self._reason),
                "seconds": self._budget[0],
                "threads": self._budget[1],
                "steps": (*steps, *judged),
                "contract": self._contract(last),
                "literals": kept | self._constants,
            }
        )


class _Step:
    """A step whose lines are being taken."""

    def __init__(self, number: int, part: str, name: str, text: str) -> None:
        self.number, self.part, self.name = number, part, name
        self._directive, self._reason = [text], list[str]()

    def go_on(self, number: int, text: str) -> None:
        """A further line: of the directive, or of the reason, which stands between asterisks."""
        if self._reason and self._reason[-1].endswith("*") and self._reason != ["*"]:
            raise PlanTextError(number, f"{_short(text)} stands behind the reason of {self.name}.")
        (self._reason if self._reason or text.startswith("*") else self._directive).append(text)

    def finished(self) -> BlueprintStep:
        """The step, once all its lines are taken."""
        directive, reason = _flat(" ".join(self._directive)), _flat(" ".join(self._reason))
        if not directive:
            raise PlanTextError(self.number, f"the step {self.name} says nothing to do.")
        if reason and not (reason.endswith("*") and len(reason) > 1):
            raise PlanTextError(
                self.number, f"the reason of {self.name} ends with an asterisk, as it begins."
            )
        return BlueprintStep.model_validate(
            {
                "id": self.name,
                "part": self.part,
                "directive": directive,
                "reason": reason[1:-1].strip() or UNSAID,
            }
        )


def _short(text: str) -> str:
    flat = _flat(text)
    return repr(flat if len(flat) <= 40 else f"{flat[:39]}…")
