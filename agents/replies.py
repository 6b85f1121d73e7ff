"""Reading what a model answered, in one place: typed values, whole files, edits.

Three forms are understood: JSON of a pydantic type, files in fenced blocks, and search/replace
blocks. A reply that is in none of them becomes a `NotUnderstood`, whose text is the message that is
sent back to the model; `ask_for` sends it back at most twice. Pure, but for the call it is handed.
"""

import difflib
import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import json_repair
from pydantic import BaseModel, JsonValue, ValidationError

from agents.conversation import Prompt, Reply
from agents.models import Frozen

CORRECTIONS = 2
"""How often a reply that cannot be used is sent back."""

Ask = Callable[[Prompt], Awaitable[Reply]]
Typed = TypeVar("Typed", bound=BaseModel)
Value = TypeVar("Value")


class NotUnderstood(Frozen):
    """A reply that cannot be used."""

    objection: str
    """What is wrong and what is wanted, as the model reads it."""
    refused: bool = False
    """The model will not answer at all: saying it again does not help."""


class FileText(NamedTuple):
    """A whole file as a model wrote it."""

    path: str
    text: str


class Edit(NamedTuple):
    """Lines of a file to be replaced by others."""

    path: str
    """Empty: the model named none."""
    search: str
    replace: str


# --- asking ----------------------------------------------------------------------------------


async def ask_typed(ask: Ask, prompt: Prompt, answer: type[Typed]) -> Typed | NotUnderstood:
    """Asks for a value of a pydantic type.

    The schema goes along twice: for servers that enforce it, and in words for those that ignore it.

    Args:
        ask: Asks a model.
        prompt: What is asked; its schema is filled in here.
        answer: What is wanted.

    Raises:
        ModelError: the model gave no answer at all.
    """
    schema: dict[str, JsonValue] = answer.model_json_schema()
    form = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    form_wanted = f"Answer with one JSON object of this schema, and nothing else:\n{form}"
    asked = prompt.model_copy(
        update={
            "user": f"{prompt.user}\n\n{form_wanted}",
            "answer_schema": schema,
            "answer_name": answer.__name__,
        }
    )
    last: list[Reply] = []

    def read(reply: Reply) -> Typed | NotUnderstood:
        last[:] = [reply]
        return read_typed(reply.text, answer)

    found = await ask_for(ask, asked, read)
    if isinstance(found, NotUnderstood) and not found.refused and last:
        return read_typed(last[0].text, answer, mend_cut=True)
    return found


async def ask_for(
    ask: Ask, prompt: Prompt, read: Callable[[Reply], Value | NotUnderstood]
) -> Value | NotUnderstood:
    """Asks until the reply can be read, with at most `CORRECTIONS` objections.

    Only the last reply and the objection to it go along, so that prompts stay bounded.

    Args:
        ask: Asks a model.
        prompt: What is asked.
        read: Makes something of a reply, or says what is wrong with it.

    Raises:
        ModelError: the model gave no answer at all.
    """
    asked = prompt
    for attempt in range(CORRECTIONS + 1):
        reply = await ask(asked)
        found = _refusal(reply) or read(reply)
        if not isinstance(found, NotUnderstood) or found.refused or attempt == CORRECTIONS:
            return found
        objection = found.objection
        if reply.ended == "length":
            objection = f"Your answer was cut off at its longest: be shorter. {objection}"
        asked = prompt.objected(reply.text, objection)
    raise AssertionError("The last attempt returns.")


def _refusal(reply: Reply) -> NotUnderstood | None:
    if reply.ended == "refusal":
        return NotUnderstood(objection=f"The model refused: {reply.text.strip()}", refused=True)
    if reply.ended == "content-filter":
        return NotUnderstood(objection="The provider withheld the answer.", refused=True)
    return None


# --- JSON ------------------------------------------------------------------------------------


def read_typed(text: str, answer: type[Typed], *, mend_cut: bool = False) -> Typed | NotUnderstood:
    """A value of a pydantic type out of a reply: bare, in a fenced block, or amid prose.

    Slips such as trailing commas are mended at once. JSON that was cut off is mended only where
    `mend_cut` says so, since what is missing is missing without a word.
    """
    value, fault = _json_in(without_thoughts(text), answer, mend_cut=mend_cut)
    if fault:
        return NotUnderstood(objection=fault)
    try:
        return answer.model_validate(value)
    except ValidationError as error:
        return NotUnderstood(objection=_complaint(error, answer))


def _json_in(text: str, answer: type[BaseModel], *, mend_cut: bool) -> tuple[JsonValue, str]:
    """The object in a text that fits best, or what is wrong."""
    places = [block.text for block in fenced_blocks(text) if block.text.lstrip().startswith("{")]
    objects = [found for place in [*places, text] for found in _objects(place)]
    wanted = {field.alias or name for name, field in answer.model_fields.items()}
    if objects:
        return max(objects, key=lambda found: len(wanted & found.keys())), ""
    start = text.find("{")
    if start < 0:
        return None, "There is no JSON object in your answer: answer with one, and nothing else."
    end = _end_of_object(text, start)
    if end is None and not mend_cut:
        return None, "The JSON of your answer is cut off: answer again, shorter and complete."
    mended = json_repair.loads(text[start:end])
    if isinstance(mended, dict) and mended:
        return mended, ""
    return None, "The JSON of your answer cannot be read: answer with one valid JSON object."


def _objects(text: str) -> Iterator[dict[str, JsonValue]]:
    """The outermost valid JSON objects of a text; what lies in a broken one is none."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError):
            closing = _end_of_object(text, place)
            # A brace of prose may never close; an answer usually begins on a line of its own.
            place = (
                text.find("\n{", place) + 1 or -1 if closing is None else text.find("{", closing)
            )
            continue
        if isinstance(found, dict):
            yield found
        place = text.find("{", end)


def _end_of_object(text: str, start: int) -> int | None:
    """Where the object that begins at `start` ends, or None where it is cut off."""
    depth, in_string, escaped = 0, False, False
    for place in range(start, len(text)):
        character = text[place]
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
            continue
        in_string = character == '"'
        depth += (character in "{[") - (character in "}]")
        if depth == 0:
            return place + 1
    return None


def _complaint(error: ValidationError, answer: type[BaseModel]) -> str:
    """What pydantic found, one line a fault, without its addresses."""
    lines = []
    for one in error.errors(include_url=False)[:12]:
        place = ".".join(str(part) for part in one["loc"]) or "the object"
        lines.append(f"- {place}: {one['msg']} (you wrote {_short(one['input'])})")
    faults = "\n".join(lines)
    again = "Answer with the whole object again."
    return f"Your JSON is no valid {answer.__name__}:\n{faults}\n{again}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


# --- fenced blocks and files -----------------------------------------------------------------

_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
_THOUGHTS = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"\A.*?</(think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.[A-Za-z]\w{0,9}")


class Block(NamedTuple):
    """A fenced block and what stands around it."""

    info: str
    """What follows the opening fence."""
    before: str
    """The last line before it that is not empty."""
    text: str
    closed: bool


def without_thoughts(text: str) -> str:
    """A reply without the reasoning that some local models write into it."""
    return _UNOPENED.sub("", _THOUGHTS.sub("", text)).strip("\n")


def fenced_blocks(text: str) -> tuple[Block, ...]:
    """The fenced blocks of a text (CommonMark 4.5), in order."""
    blocks: list[Block] = []
    before, inside = "", False
    fence, info, lines = "", "", list[str]()
    for line in text.splitlines():
        found = _FENCE.match(line)
        if not inside:
            if found:
                inside, fence, info, lines = True, found["fence"], found["info"].strip(), []
            elif line.strip():
                before = line.strip()
        elif found and found["fence"].startswith(fence) and not found["info"].strip():
            blocks.append(Block(info, before, _joined(lines), closed=True))
            inside, before = False, ""
        else:
            lines.append(line)
    if inside:
        blocks.append(Block(info, before, _joined(lines), closed=False))
    return tuple(blocks)


def read_files(text: str, wanted: Collection[str]) -> tuple[FileText, ...] | NotUnderstood:
    """Whole files from fenced blocks, each named in its info string or on the line before.

    Args:
        text: The reply.
        wanted: The paths that are asked for. Where it is one, a block without a name is it.

    Returns:
        All wanted files, or what is missing, foreign, cut off or there twice.
    """
    found: dict[str, str] = {}
    blocks = fenced_blocks(without_thoughts(text))
    if any(not block.closed for block in blocks):
        return NotUnderstood(objection="Your last code block is cut off: write it whole, shorter.")
    for block in blocks:
        path = named_in(block.info, wanted) or named_in(block.before, wanted)
        if path and found.setdefault(path, block.text) != block.text:
            return NotUnderstood(objection=f"You wrote {path} twice: write it once, whole.")
    if not found and len(wanted) == len(blocks) == 1:
        found[next(iter(wanted))] = blocks[0].text
    missing = [path for path in wanted if path not in found]
    if missing:
        return NotUnderstood(
            objection=f"There is no code block named {' and none named '.join(missing)} in your "
            "answer: write each file whole in a fenced block, with its path on the line before."
        )
    return tuple(FileText(path, found[path]) for path in wanted)


def named_in(line: str, known: Collection[str]) -> str:
    """The one known path that a line names, by its end or in full; empty where it is not one."""
    words = _PATH.findall(line)
    named = {path for path in known for word in words if f"/{word}".endswith(f"/{path}")}
    return named.pop() if len(named) == 1 else ""


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


# --- edits -----------------------------------------------------------------------------------

_OPEN = re.compile(r"^<{5,9} ?SEARCH\s*$")
_MIDDLE = re.compile(r"^={5,9}\s*$")
_CLOSE = re.compile(r"^>{5,9} ?REPLACE\s*$")
_HEAD = re.compile(r"\s*(?:async )?(?:def|class) (\w+)")
_ALIKE = 0.6
"""Likeness (difflib) from which lines may be those that were meant."""
_UNSURE = 0.05
"""A second place that is less like them by no more than that is shown too."""
_FEWEST_SHOWN = 3
_MOST_SHOWN = 6


def read_edits(text: str, known: Collection[str]) -> tuple[Edit, ...] | NotUnderstood:
    """The search/replace blocks of a reply.

    Args:
        text: The reply.
        known: The paths of the files that may be edited. Each block has its path on a line above
            it; without one it belongs to the file of the block before.
    """
    edits: list[Edit] = []
    path, part = "", 0
    sides: tuple[list[str], list[str]] = ([], [])
    for line in without_thoughts(text).splitlines():
        if part == 0 and _OPEN.match(line):
            part, sides = 1, ([], [])
        elif part == 1 and _MIDDLE.match(line):
            part = 2
        elif part == 2 and _CLOSE.match(line):
            edits.append(Edit(path, _joined(sides[0]), _joined(sides[1])))
            part = 0
        elif part:
            sides[part - 1].append(line)
        else:
            path = named_in(line, known) or _bare_path(line) or path
    if part:
        return NotUnderstood(objection="Your last edit is cut off: end it with >>>>>>> REPLACE.")
    if not edits:
        return NotUnderstood(
            objection="There is no edit in your answer: write the path of the file, then "
            "<<<<<<< SEARCH, the lines as they are, =======, the new lines, >>>>>>> REPLACE."
        )
    return tuple(edits)


def _bare_path(line: str) -> str:
    """A path that stands alone on its line, known or not, but for what Markdown puts around it."""
    found = _PATH.fullmatch(line.strip("#*`:_> \t"))
    return found[0] if found else ""


class Applied(NamedTuple):
    """What became of some edits."""

    files: dict[str, str]
    """The files after those that match."""
    done: tuple[Edit, ...]
    objection: str
    """What is wrong with the others, one paragraph each; empty where all match."""


def apply_each(
    files: Mapping[str, str], edits: Sequence[Edit], done: Collection[Edit] = ()
) -> Applied:
    """The files after the edits that match, and what is wrong with the others.

    What is searched must be whole lines that occur exactly once, to the letter.

    Args:
        files: Text by path.
        edits: In order; a later one sees what an earlier one left.
        done: Edits that an earlier answer brought; where they come again they are passed over.
    """
    changed, faults = dict(files), list[str]()
    matched = list(done)
    for number, edit in enumerate(edits, start=1):
        path = edit.path or (next(iter(files)) if len(files) == 1 else "")
        if edit in matched:
            continue
        if path not in changed:
            known = ", ".join(files)
            faults.append(f"Edit {number} names the file {path!r}; there are only: {known}.")
            continue
        outcome = _applied(changed[path], edit)
        if isinstance(outcome, NotUnderstood):
            faults.append(f"Edit {number} in {path}: {outcome.objection}")
        else:
            changed[path] = outcome
            matched.append(edit)
    return Applied(changed, tuple(matched), "\n".join(faults))


class Editing:
    """Files that a model edits, in one answer or, where an edit does not match, in several.

    What matched is kept, and only the rest is asked for again.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        """Nothing is changed yet."""
        self._files, self._done = dict(files), tuple[Edit, ...]()

    def read(self, text: str) -> dict[str, str] | NotUnderstood:
        """The files after the edits of a reply and of those before it, or what is wrong."""
        edits = read_edits(text, self._files)
        if isinstance(edits, NotUnderstood):
            return edits
        applied = apply_each(self._files, edits, self._done)
        self._files, self._done = applied.files, applied.done
        if not applied.objection:
            return applied.files
        last = "Nothing was changed. Write all edits again."
        if applied.done:
            last = "The other edits are made and stay. Write only what is named here again."
        return NotUnderstood(objection=f"{applied.objection}\n{last}")


def _applied(text: str, edit: Edit) -> str | NotUnderstood:
    lines, search = text.splitlines(), edit.search.splitlines()
    if not any(line.strip() for line in search):
        return NotUnderstood(objection="it searches for nothing; copy the lines to be replaced.")
    if edit.search == edit.replace:
        return NotUnderstood(objection="it changes nothing.")
    width = len(search)
    places = [at for at in range(len(lines) - width + 1) if lines[at : at + width] == search]
    if not places:
        return NotUnderstood(objection=_nothing_found(lines, search))
    if len(places) > 1:
        where = ", ".join(str(at + 1) for at in places)
        return NotUnderstood(
            objection=f"it matches {len(places)} places (lines {where}); add lines around it until "
            "it matches one."
        )
    at = places[0]
    return _joined([*lines[:at], *edit.replace.splitlines(), *lines[at + width :]])


def _nothing_found(lines: Sequence[str], search: Sequence[str]) -> str:
    """A complaint with the place that is most like what was searched for; two where unsure."""
    places = _nearest(lines, search)
    if not places:
        return "it matches nothing, and nothing in the file is like it; copy lines to the letter."
    width = min(max(len(search), _FEWEST_SHOWN), _MOST_SHOWN)
    shown = "\n  or\n".join(_shown(lines, at, width) for at in places)
    return f"it matches nothing; the nearest lines are:\n{shown}\n  Copy them to the letter."


def _nearest(lines: Sequence[str], search: Sequence[str]) -> list[int]:
    """Where all lines of a search together are most like those of the file."""
    width, joined = len(search), "\n".join(search)
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(joined)
    scored: list[tuple[float, int]] = []
    for at in range(max(1, len(lines) - width + 1)):
        matcher.set_seq1("\n".join(lines[at : at + width]))
        if matcher.quick_ratio() > _ALIKE:
            scored.append((matcher.ratio(), at))
    scored.sort(key=lambda one: (-one[0], one[1]))
    best = [one for one in scored if one[0] > _ALIKE][:1]
    if not best:
        return []
    apart = [one for one in scored if abs(one[1] - best[0][1]) >= width]
    second = [at for ratio, at in apart[:1] if ratio > best[0][0] - _UNSURE and ratio > _ALIKE]
    return [best[0][1], *second]


def _shown(lines: Sequence[str], at: int, width: int) -> str:
    """Some lines with their numbers, and the function that they stand in."""
    heads = (_HEAD.match(line) for line in reversed(lines[: at + 1]))
    name = next((head[1] for head in heads if head), "")
    first = max(0, min(at, len(lines) - width))
    numbered = [
        f"  {number}: {line}"
        for number, line in enumerate(lines[first : first + width], start=first + 1)
    ]
    return "\n".join([f"  (in {name})", *numbered] if name else numbered)
