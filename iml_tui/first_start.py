"""What there is to choose from, in rows: models that can be reached, and what the machine can do.

Pure functions of what `iml_tui.surveying` found. A row that can be chosen has a key; what is
missing has none, and says in the same line how to mend it. Keys of providers are named, never
shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from textual.content import Content

from agents.conversation import Progress, Reach
from agents.models import Diagnosis
from iml_tui.drawing.draw import bar, fit, line, mark, wrapped
from iml_tui.widgets.pane import Row
from iml_tui.words.figures import count

LISTED = 8
"""Models of a provider that stand in the list at once; of more, one row stands for all."""
NAMES, SUBJECTS = 20, 12
"""Cells of a model's name, where they suffice, and of a part of the machine."""
RECIPES = "recipes"
MODEL, PROVIDER = "model ", "provider "
"""What the keys of rows begin with: a model to be chosen, a provider to be opened."""
_SUBJECTS = {"git": "Git", "disk": "Room", "GPU": "GPU", "sandbox": "Sandbox"}
_TRIED = {"good": "done", "fair": "look", "bad": "failed"}


@dataclass(frozen=True)
class Surveyed:
    """All that is known."""

    reaches: tuple[Reach, ...] | None = None
    """None while they are looked for."""
    machine: tuple[Diagnosis, ...] = ()
    opened: str = ""
    """Title of the provider whose models are listed; empty: all providers."""
    tested: str = ""
    """The model that was called last."""
    tried: tuple[Diagnosis, ...] = ()
    """What came of it so far."""
    pulling: str = ""
    progress: Progress | None = None
    pulled: str = ""
    """The model that was pulled last."""
    said: str = ""
    """What went wrong."""


def rows_of(known: Surveyed, about: str, width: int) -> list[Row]:
    """Every line.

    Args:
        known: What was found.
        about: What the choice means for the run that goes on.
        width: Cells there are.
    """
    rows = [Row(line()), *(Row(one) for one in wrapped(about, width)), Row(line())]
    rows += [Row(one) for one in _under_way(known, width)]
    rows.append(Row(line((known.opened or "Models", "$strong bold"))))
    for row in _models(known, width):
        rows.append(row)
        if known.tested and row.key == MODEL + known.tested:  # beside the eye, not below the list
            rows += [Row(one) for one in _tested(known, width)]
    if not known.opened:
        rows += [Row(line()), Row(line(("This machine", "$strong bold")))]
        rows += [Row(one) for one in _machine(known.machine, width)]
    return rows


def _models(known: Surveyed, width: int) -> list[Row]:
    if known.reaches is None:
        return [Row(line(" ", mark("running"), (" looking for models", "$dim")))]
    if known.opened:
        reach = next(one for one in known.reaches if one.title == known.opened)
        return [_model(reach, name, width) for name in reach.models]
    usable = [one for one in known.reaches if one.models]
    missing = [one for one in known.reaches if not one.models]
    rows = [row for reach in usable for row in _provider(reach, width)]
    recipes = _pair(mark("done"), "no model", "the recipes alone, offline, free", "", width)
    rows.append(Row(recipes, RECIPES))
    return [*rows, *(Row(one) for reach in missing for one in _missing(reach, width))]


def _provider(reach: Reach, width: int) -> Iterator[Row]:
    if len(reach.models) <= LISTED:
        yield from (_model(reach, name, width) for name in reach.models)
        return
    text = f"{reach.title}, {count(len(reach.models), 'model')}"
    name = reach.key or reach.title
    yield Row(_pair(mark("done"), name, text, "enter lists them", width), PROVIDER + reach.title)


def _model(reach: Reach, name: str, width: int) -> Row:
    size = reach.sizes.get(name)
    text = f"{reach.title}, {size / 1e9:.1f} GB" if size else reach.title
    key = f"key from {reach.key}" if reach.key else ""
    shown = name.partition("/")[2] or name
    return Row(_pair(mark("done"), shown, text, key, width), MODEL + name)


def _missing(reach: Reach, width: int) -> Iterator[Content]:
    """A provider that cannot be used, and the mend; loud where somebody expects it to work."""
    found, _, mend = reach.problem.rpartition(": ")
    local = urlsplit(reach.url).hostname in {"127.0.0.1", "localhost", "::1"}
    asleep = local and found.endswith("does not answer")
    if reach.key or not (asleep or found.startswith("No key")):
        start = fit(line(" ", mark("look"), " ", (reach.key or reach.title, "$fg")), NAMES + 3)
        yield from _with_mend(start, found, mend, width)
        return
    start = fit(line(" ", mark("not yet"), " ", (reach.title, "$dim")), NAMES + 3)
    text = f"{'not running' if asleep else 'no key'}: {mend.partition(',')[0]}"
    yield from _with_mend(start, text, "", width, "$dim")


def _with_mend(
    start: Content, text: str, mend: str, width: int, role: str = "$fg"
) -> Iterator[Content]:
    """What is said of something, beside its name, and below it how to mend it."""
    indent = start.cell_length
    said = wrapped(text.rstrip("."), max(10, width - indent - 1), role)
    for number, part in enumerate(said):
        yield line(start if not number else " " * indent, " ", part)
    for number, part in enumerate(wrapped(mend.rstrip("."), max(10, width - indent - 7))):
        label = line(("mend: ", "$wait")) if not number else line("      ")
        yield line(" " * (indent + 1), label, part)


def _pair(sign: Content, name: str, text: str, note: str, width: int) -> Content:
    title = line(" ", sign, " ", (name, "$fg"))
    room = max(NAMES + 3, title.cell_length + 2)
    rest = line((text, "$fg"), "  ", (note, "$dim"))
    return fit(line(fit(title, room), " ", rest), width)


def _tested(known: Surveyed, width: int) -> Iterator[Content]:
    """What came of calling a model."""
    indent = " " * 3
    if not known.tried:
        yield line(indent, mark("running"), (" it is called", "$fg"))
    for one in known.tried:
        about = one.subject.removeprefix(known.tested).removeprefix(", ")
        text = f"{about}: {one.text}" if about else one.text
        for part in _wrapped(mark(_TRIED[one.state]), text, width - len(indent) + 1):
            yield line(indent[1:], part)


def _under_way(known: Surveyed, width: int) -> Iterator[Content]:
    """What is pulled, is there now, or went wrong."""
    if known.pulling and not known.said:
        share = known.progress.share if known.progress is not None else None
        what = known.progress.what if known.progress is not None else "asking for it"
        yield line(" ", mark("running"), (f" {known.pulling}  ", "$fg"), (what, "$dim"))
        if share is not None:
            yield line("   ", bar(share, max(8, min(40, width - 12))), (f" {share:.0%}", "$fg"))
        yield line()
    if known.pulled:
        yield from _wrapped(mark("done"), f"{known.pulled} is there.", width)
        yield line()
    if known.said:
        yield from _wrapped(mark("look"), known.said, width)
        yield line()


def _wrapped(sign: Content, text: str, width: int) -> Iterator[Content]:
    for number, part in enumerate(wrapped(text, width - 3)):
        yield line(" ", sign if not number else " ", " ", part)


def _machine(found: Sequence[Diagnosis], width: int) -> Iterator[Content]:
    if not found:
        yield line(" ", mark("running"), (" trying it out", "$dim"))
    for one in found:
        text, colon, mend = one.text.partition(": ")
        name = _SUBJECTS.get(one.subject, one.subject)
        if one.state == "good" or not colon:
            text, mend = one.text, ""
        harmless = one.state == "good" or one.subject == "GPU"
        plain = "done" if one.state == "good" else "not yet"
        sign = mark(plain if harmless else _TRIED[one.state])
        start = fit(line(" ", sign, f" {name}"), SUBJECTS + 3)
        yield from _with_mend(start, text, mend, width)
