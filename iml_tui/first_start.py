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
from iml_tui.draw import bar, fit, line, mark, wrapped
from iml_tui.figures import count
from iml_tui.widgets.pane import Row

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
    trying: str = ""
    """The model that is being tried."""
    tried: tuple[Diagnosis, ...] = ()
    pulling: str = ""
    progress: Progress | None = None
    said: str = ""
    """What went wrong, or what is being waited for."""


def rows_of(known: Surveyed, about: str, width: int) -> list[Row]:
    """Every line.

    Args:
        known: What was found.
        about: What the choice means for the run that goes on.
        width: Cells there are.
    """
    rows = [Row(line()), *(Row(one) for one in wrapped(about, width)), Row(line())]
    rows.append(Row(line((known.opened or "Models", "$strong bold"))))
    rows += _models(known, width)
    rows += [Row(one) for one in _under_way(known, width)]
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
    rows += [Row(one) for reach in missing for one in _missing(reach, width)]
    recipes = _pair(mark("done"), "no model", "the recipes alone, offline, free", "", width)
    return [*rows, Row(recipes, RECIPES)]


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
    """A provider that cannot be used, and the mend."""
    found, _, mend = reach.problem.partition(": ")
    local = urlsplit(reach.url).hostname in {"127.0.0.1", "localhost", "::1"}
    if reach.key:  # somebody set a key and expects it to work
        yield _pair(mark("look"), reach.key, found, "", width)
        for number, part in enumerate(wrapped(mend.rstrip("."), max(10, width - NAMES - 10))):
            label = line(("mend: ", "$wait")) if not number else line("      ")
            yield line(" " * (NAMES + 4), label, part)
        return
    begun = "not running" if local else "no key" if found.startswith("No key") else found
    text = f"{begun}: {mend.partition(',')[0].rstrip('.')}"
    yield _pair(mark("not yet"), reach.title, text, "", width, faint=True)


def _pair(
    sign: Content, name: str, text: str, note: str, width: int, *, faint: bool = False
) -> Content:
    role = "$dim" if faint else "$fg"
    title = line(" ", sign, " ", (name, "$fg" if not faint else "$dim"))
    room = max(NAMES + 3, title.cell_length + 2)
    rest = line((text, role), ("  ", role), (note, "$dim"))
    return fit(line(fit(title, room), " ", rest), width)


def _under_way(known: Surveyed, width: int) -> Iterator[Content]:
    """What is tried, pulled, or wrong."""
    if known.trying or known.tried:
        yield line()
    if known.trying and not known.tried:
        yield line(" ", mark("running"), (f" {known.trying} is called", "$fg"))
    for one in known.tried:
        yield from _wrapped(mark(_TRIED[one.state]), f"{one.subject}: {one.text}", width)
    if known.pulling:
        share = known.progress.share if known.progress is not None else None
        what = known.progress.what if known.progress is not None else "asking for it"
        yield line()
        yield line(" ", mark("running"), (f" {known.pulling}  ", "$fg"), (what, "$dim"))
        if share is not None:
            yield line("   ", bar(share, max(8, min(40, width - 12))), (f" {share:.0%}", "$fg"))
    if known.said:
        yield line()
        yield from _wrapped(mark("look"), known.said, width)


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
        for number, part in enumerate(wrapped(text.rstrip("."), width - SUBJECTS - 4)):
            yield line(start if not number else " " * (SUBJECTS + 3), " ", part)
        if mend:
            parts = wrapped(mend.rstrip("."), max(10, width - SUBJECTS - 10))
            for number, part in enumerate(parts):
                label = line(("mend: ", "$wait")) if not number else line("      ")
                yield line(" " * (SUBJECTS + 4), label, part)
