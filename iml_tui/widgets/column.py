"""One column, whole: what fools people about it, its bars in train and test, what its rows answer.

Pure functions of the column and the width. A bar is the share of the training rows, the stroke on
it that of the test's; at the right stands how far the answers of a bar's rows are from the usual.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from agents.models import Bin, ColumnProfile, Finding
from iml_tui.columns import shown_name
from iml_tui.drawing.draw import Part, ends, fit, labelled, line, mark, right, wrapped
from iml_tui.words.figures import NONE, count, listed, share

SHARE = 7
BAR, LEAST_BAR = 22, 6
ASIDE = 5
"""Cells to either side of the usual rate."""
MOSTLY = "mostly"
"""Over the most frequent classes of the bars' rows."""
MOST_SHARED = 5
"""A finding about more columns than these says little about any of them."""
LABELS = 10
"""Cells of the grey labels below the bars."""
_TELLING = 0.05
"""A drift that matters, above the 0.5 of chance."""


@dataclass(frozen=True)
class About:
    """What the run knows about a column besides what was measured on it."""

    target: str = ""
    """What the rates are shares of (`seated = yes`), or the target whose mean they are."""
    means: bool = False
    """Whether rates are means of a number."""
    findings: tuple[Finding, ...] = ()
    drift_chance: float | None = None
    steps: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    planned: bool = False
    """Whether there is a blueprint that could use it."""
    asked: bool = False
    """Whether this is what is to be predicted."""
    first_rows: bool = False
    """Whether only the first rows have been measured."""


def page(column: ColumnProfile, about: About, width: int, *, closes: str = "") -> list[Content]:
    """Everything that is known about a column.

    Args:
        column: As it was measured.
        about: What else is known.
        width: Cells.
        closes: How the page is left, where that is to be said.
    """
    return [
        *_title(column, about, width, closes),
        *_warnings(column, about, width),
        *_bars(column, about, width),
        line(),
        *_facts(column, about, width),
    ]


def _title(column: ColumnProfile, about: About, width: int, closes: str) -> list[Content]:
    name = shown_name(column.name)
    kind = line(("  the target, " if about.asked else "  ", "$own"), (_kind(column), "$dim"))
    far = line((closes, "$dim"))
    head = line((name, "$strong bold"), kind)
    if head.cell_length + 2 + far.cell_length <= width:
        return [ends(head, far, width)]
    return [*wrapped(name, width, "$strong bold"), fit(kind, width)]


def _kind(column: ColumnProfile) -> str:
    words: str = column.semantic
    if column.semantic == "number":
        words = "whole number" if column.integer else "number"
    return f"{words}, {column.note}" if column.note else words


def _warnings(column: ColumnProfile, about: About, width: int) -> list[Content]:
    told = [one.title for one in about.findings if len(one.columns) <= MOST_SHARED]
    spike = _spike(column, about)
    if spike:
        told.append(spike)
    if not column.in_test and not about.asked:
        told.append("The test does not have it.")
    lines = []
    for text in told:
        first, *rest = wrapped(text if text.endswith(".") else f"{text}.", width - 2)
        lines += [line(mark("look"), " ", first), *(line("  ", more) for more in rest)]
    return lines


def _spike(column: ColumnProfile, about: About) -> str:
    """What the value that stands alone says."""
    if not column.spiked or len(column.distribution) < 2:
        return ""
    first, *others = column.distribution
    said = f"{share(first.share)} are {first.label}"
    usual = _usual(others)
    if first.rate is None or usual is None or not about.target:
        return f"{said}; the bars show the others."
    write = _writer(column, about)
    there, elsewhere = write(first.rate), write(usual)
    if about.means:
        return f"{said}: {about.target} {there} there, {elsewhere} in the others."
    return f"{said}: of these {there} {about.target}, of the others {elsewhere}."


# --- bars -----------------------------------------------------------------------------------------


def _bars(column: ColumnProfile, about: About, width: int) -> list[Content]:
    if not column.distribution:
        return []
    grid = _grid(column, about, width)
    first = 1 if column.spiked else 0
    alone, bars = column.distribution[:first], column.distribution[first:]
    lines = [line(), grid.head()]
    if alone:
        bars = tuple(_of_the_others(one, alone[0]) for one in bars)
    for one in alone:
        lines += [grid.row(one, line(("of all rows", "$dim"))), grid.legend("of the others: ")]
    most = max((max(one.share, one.test_share or 0.0) for one in bars), default=0.0)
    return [*lines, *(grid.row(one, _bar(one, most, grid.bar)) for one in bars)]


def _of_the_others(one: Bin, alone: Bin) -> Bin:
    """A bar as a share of the rows that do not have the value that stands alone."""
    tested = one.test_share
    if tested is not None and alone.test_share is not None:
        tested /= max(1e-9, 1 - alone.test_share)
    left = max(1e-9, 1 - alone.share)
    return one.model_copy(update={"share": one.share / left, "test_share": tested})


@dataclass(frozen=True)
class _Grid:
    """Where everything about a bar stands."""

    label: int
    bar: int
    tested: bool
    aside: int
    """Cells to either side of the usual rate; 0 where rates stand without a picture."""
    rate: int
    """Cells of a rate in figures; 0 where there are none."""
    title: str
    write: Callable[[float], str]
    usual: float | None
    reach: float
    spiked: bool

    def head(self) -> Content:
        """The names of the columns."""
        picture = fit(line(("share", "$dim")), self.bar) if self.spiked else self._legend()
        return line(
            right(line(("value", "$dim")), self.label),
            "  ",
            picture,
            right(line(("train", "$dim")), SHARE),
            right(line(("test", "$dim")), SHARE) if self.tested else "",
            "  " if self.rate else "",
            fit(line((self.title, "$dim")), self._told()) if self.rate else "",
        )

    def legend(self, start: str) -> Content:
        """What the bars mean."""
        if not self.bar:
            return line((start, "$dim"))
        marks = line(("━ ", "$fg"), ("train", "$dim"))
        tests = line(("   │ ", "$strong"), ("test", "$dim")) if self.tested else line()
        return line(" " * (self.label + 2), (start, "$dim"), marks, tests)

    def _legend(self) -> Content:
        told = ("━ train  │ test", "━ train │ test", "━ │ test") if self.tested else ("━ train",)
        said = next((one for one in told if len(one) <= self.bar), "")
        return fit(line((said, "$dim")), self.bar)

    def _told(self) -> int:
        return (2 * self.aside + 2 if self.aside else 0) + self.rate

    def row(self, one: Bin, picture: Content) -> Content:
        """One bar with its figures."""
        tested = right(line((_percent(one.test_share), "$dim")), SHARE) if self.tested else line()
        return line(
            right(line(one.label or "(empty text)"), self.label),
            "  ",
            fit(picture, self.bar),
            right(line(_percent(one.share)), SHARE),
            tested,
            line("  ", self._rate(one)) if self.rate else "",
        )

    def _rate(self, one: Bin) -> Content:
        if one.rate is None:
            return right(line((NONE, "$dim")), self._told())
        if one.answer:
            said = line(one.answer, (f"  {_percent(one.rate)}", "$dim"))
            return fit(said, self._told())
        figure = right(line(self.write(one.rate)), self.rate)
        if not self.aside or self.usual is None:
            return figure
        return line(_aside(one.rate - self.usual, self.reach, self.aside), " ", figure)


def _grid(column: ColumnProfile, about: About, width: int) -> _Grid:
    bars = column.distribution
    tested = any(one.test_share is not None for one in bars)
    rated = [one.rate for one in bars if one.rate is not None]
    write = _writer(column, about)
    usual = _usual(bars)
    answers = any(one.answer for one in bars)
    rate = max((len(write(one)) for one in rated), default=0)
    if answers:
        rate = max(len(MOSTLY), min(24, max(len(one.answer) for one in bars) + 8))
    label = min(max(5, *(line(one.label).cell_length for one in bars)), max(8, width // 3))
    figures = SHARE * (2 if tested else 1)
    room = width - label - 2 - figures - (2 + rate if rate else 0)
    aside = ASIDE if rate and not answers and room - 2 * ASIDE - 2 >= LEAST_BAR else 0
    room -= 2 * aside + 2 if aside else 0
    reach = max((abs(one - usual) for one in rated if usual is not None), default=0.0)
    return _Grid(
        label=label,
        bar=min(BAR, room) if room >= LEAST_BAR else 0,
        tested=tested,
        aside=aside,
        rate=rate,
        title=MOSTLY if answers else about.target,
        write=write,
        usual=usual,
        reach=reach,
        spiked=column.spiked,
    )


def _usual(bars: Sequence[Bin]) -> float | None:
    """What all rows of the bars answer together."""
    told = [(one.rate, one.share) for one in bars if one.rate is not None and not one.answer]
    weight = sum(size for _, size in told)
    return sum(rate * size for rate, size in told) / weight if weight > 0 else None


def _writer(column: ColumnProfile, about: About) -> Callable[[float], str]:
    """Rates as shares, or as numbers with as many decimals as tell them apart."""
    if not about.means:
        return lambda rate: f"{rate * 100:.0f}%"
    most = max((abs(one.rate) for one in column.distribution if one.rate is not None), default=0.0)
    places = 0 if most >= 1_000 else 1 if most >= 100 else 2 if most >= 1 else 4
    return lambda rate: f"{rate:,.{places}f}"


def _percent(value: float | None) -> str:
    return NONE if value is None else share(value) if value > 0 else "0%"


def _bar(one: Bin, most: float, width: int) -> Content:
    """`━━━│━`: the share of train, and on it where the test's ends."""
    if width <= 0 or most <= 0:
        return line()
    halves = round(one.share / most * (width - 1) * 2)
    full, half = divmod(halves, 2)
    cells = "━" * full + "╸" * half
    if one.test_share is None:
        return line((cells, "$fg"))
    at = min(width - 1, round(one.test_share / most * (width - 1)))
    cells = cells.ljust(width)
    return line((cells[:at], "$fg"), ("│", "$strong"), (cells[at + 1 :], "$fg"))


def _aside(away: float, reach: float, width: int) -> Content:
    """`──━━│─────`: to which side of the usual rate, and how far."""
    cells = min(width, round(abs(away) / reach * width)) if reach > 0 else 0
    parts: list[Part] = [("─" * (width - cells if away < 0 else width), "$line")]
    parts += [("━" * cells, "$run")] if away < 0 else []
    parts.append(("│", "$dim"))
    parts += [("━" * cells, "$run")] if away >= 0 else []
    parts.append(("─" * (width - cells if away >= 0 else width), "$line"))
    return line(*parts)


# --- facts ----------------------------------------------------------------------------------------


def _facts(column: ColumnProfile, about: About, width: int) -> list[Content]:
    told = [
        ("empty", _empty(column, about)),
        ("values", _values(column)),
        ("written", _examples(column)),
        ("parts", line(", ".join(column.items[:12]))),
        ("to target", _relation(column, about)),
        ("drift", _drift(column, about)),
        ("unseen", _unseen(column)),
        ("used as", _used(about)),
    ]
    if about.first_rows:
        told.append(("measured", line(("on the first rows; the whole tables follow", "$wait"))))
    room = min(LABELS, max(8, width // 4))
    return [
        row for label, text in told if text.cell_length for row in _fact(label, text, (width, room))
    ]


def _fact(label: str, text: Content, sizes: tuple[int, int]) -> list[Content]:
    return labelled(label, text, sizes[0], sizes[1])


def _empty(column: ColumnProfile, about: About) -> Content:
    parts: list[Part] = [_percent(column.missing), (" of train", "$dim")]
    if column.missing_test is not None:
        parts += [(", ", "$dim"), _percent(column.missing_test), (" of test", "$dim")]
    if column.missing <= 0 and not column.missing_test:
        parts = ["none"]
    if column.rate_empty is not None and about.target:
        write = _writer(column, about)
        before, after = (
            (f"; {about.target} ", " there") if about.means else ("; ", f" {about.target} there")
        )
        parts += [(before, "$dim"), write(column.rate_empty), (after, "$dim")]
    if column.missing_words:
        words = listed([f"“{word}”" for word in column.missing_words])
        parts.append((f"; {words} means empty, too", "$dim"))
    return line(*parts)


def _values(column: ColumnProfile) -> Content:
    parts: list[Part] = [(f"{column.distinct:,} different", "$fg")]
    low, high, mean = column.minimum, column.maximum, column.mean
    if low is not None and high is not None and mean is not None:
        parts.append((f", {_figure(low)} to {_figure(high)}, mean {_figure(mean)}", "$dim"))
    if column.units:
        parts.append((f", in {listed(list(column.units))}", "$dim"))
    return line(*parts)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _examples(column: ColumnProfile) -> Content:
    parts: list[Part] = []
    for example in column.examples:
        parts += [("   ", "$dim")] if parts else []
        parts.append(example)
    return line(*parts)


def _relation(column: ColumnProfile, about: About) -> Content:
    if column.to_target is None or about.asked:
        return line()
    told = f"{column.to_target:.2f}"
    nats = f", {column.information:.3f} nats told" if column.information else ""
    return line(told, (f" of 1{nats}", "$dim"))


def _drift(column: ColumnProfile, about: About) -> Content:
    if column.drift is None:
        return line()
    beyond = column.drift - 0.5
    if about.drift_chance is not None and beyond < 3 * about.drift_chance:
        return line(("none", "$good"), ("  train and test differ by no more than chance", "$dim"))
    if beyond < _TELLING:
        return line(
            "little", (f"  tells test from train at {column.drift:.2f}; 0.5 is chance", "$dim")
        )
    told = f"  tells test from train at {column.drift:.2f}; 0.5 is chance, 1 always"
    return line(("strong" if beyond > 0.25 else "some", "$wait"), (told, "$dim"))


def _unseen(column: ColumnProfile) -> Content:
    if not column.unseen:
        return line()
    return line(share(column.unseen), (" of the test's filled cells are new to train", "$dim"))


def _used(about: About) -> Content:
    if about.asked or not about.planned:
        return line()
    if not about.steps:
        return line(("no step names it", "$dim"))
    programs = (
        about.candidates[0]
        if len(about.candidates) == 1
        else count(len(about.candidates), "program")
    )
    return line(", ".join(about.steps), (f"  in {programs}", "$dim"))
