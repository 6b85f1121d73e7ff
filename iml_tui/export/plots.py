"""Plots of a run as SVG that takes its colours from the page that it stands in.

matplotlib draws with stand-in colours, which then become CSS variables: one picture is right in
light, in dark and on paper. Every plot is narrow enough for a phone and carries no address.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agents.journal.state import Moment
from agents.models import Bin, ColumnProfile, Hindsight, Score
from iml_tui.words.figures import number

WIDTH = 360
"""Pixels; a phone's width less its margins."""
FG, DIM, LINE, GOOD, RUN = "#010101", "#020202", "#030303", "#040404", "#050505"
_ROLES = {FG: "fg", DIM: "dim", LINE: "line", GOOD: "good", RUN: "run"}
_PIXELS = 72.0
"""An inch; SVG of matplotlib counts points, and we say they are pixels."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 11,
    "font.family": "sans-serif",
    "axes.edgecolor": LINE,
    "axes.labelcolor": DIM,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": FG,
    "text.color": FG,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
LONGEST = 22
"""Letters of a name beside an axis."""

Draw = Callable[[Axes], None]


def picture(name: str, height: int, draw: Draw) -> str:
    """A plot as an SVG element.

    Args:
        name: Letters that make its ids unique in the page.
        height: In pixels.
        draw: Draws on axes.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH / _PIXELS, height / _PIXELS), dpi=_PIXELS)
        draw(figure.add_subplot())
        figure.tight_layout(pad=0.6)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True)
    return _embedded(written.getvalue(), name)


def _embedded(svg: str, name: str) -> str:
    """The element alone: no prolog, no metadata, no font of ours, colours and ids of the page."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    element = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", element)
    element = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element)
    element = re.sub(r' xmlns(:xlink)?="[^"]*"', "", element)
    element = element.replace("xlink:href", "href")
    element = re.sub(r"font: (?:[\w.]+ )?([\d.]+)px [^;\"]*", r"font-size: \1px", element)
    element = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', element)
    element = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", element)
    element = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', element)
    for colour, role in _ROLES.items():
        element = element.replace(colour, f"var(--{role})")
    return element.strip()


def shortened(text: str, longest: int = LONGEST) -> str:
    """A name that fits beside an axis; dollars would begin a formula."""
    kept = " ".join(text.split())
    kept = kept if len(kept) <= longest else f"{kept[: longest - 1]}…"
    return kept.replace("$", "\\$")


# --- data -----------------------------------------------------------------------------------------


def distribution(name: str, bins: Sequence[Bin]) -> str:
    """The shares of a column's values, test beside train where that is known."""

    def draw(axes: Axes) -> None:
        places = range(len(bins))
        axes.barh(places, [one.share * 100 for one in bins], color=RUN, height=0.62)
        tested = [place for place in places if bins[place].test_share is not None]
        shares = [(bins[place].test_share or 0.0) * 100 for place in tested]
        axes.scatter(shares, tested, marker="|", s=120, color=FG, zorder=3)
        axes.set_yticks(places, [shortened(one.label) for one in bins])
        axes.invert_yaxis()
        axes.set_xlabel("% of rows")

    return picture(name, 60 + 20 * len(bins), draw)


def relations(columns: Sequence[ColumnProfile]) -> str:
    """How strongly columns tell the target."""

    def draw(axes: Axes) -> None:
        places = range(len(columns))
        axes.barh(places, [one.to_target or 0.0 for one in columns], color=RUN, height=0.62)
        axes.set_yticks(places, [shortened(one.name) for one in columns])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("strength of the relation, 0 to 1")

    return picture("relations", 60 + 20 * len(columns), draw)


# --- scores ---------------------------------------------------------------------------------------


def folds(score: Score) -> str:
    """The winner on each fold."""

    def draw(axes: Axes) -> None:
        places = range(1, len(score.per_fold) + 1)
        low, high = score.value - score.error, score.value + score.error
        axes.axhspan(low, high, color=GOOD, alpha=0.15, linewidth=0)
        axes.axhline(score.value, color=GOOD, linewidth=1)
        axes.scatter(places, score.per_fold, color=FG, s=28, zorder=3)
        axes.set_xticks(places)
        axes.set_xlabel("fold")
        _plain_numbers(axes)

    return picture("folds", 200, draw)


def scoreboard(moments: Sequence[Moment], winner: str) -> str:
    """Every scored program with its error, the best on top."""

    def draw(axes: Axes) -> None:
        for place, moment in enumerate(moments):
            assert moment.score is not None
            colour = GOOD if moment.candidate == winner else DIM
            axes.errorbar(
                moment.score.value, place, xerr=moment.score.error, fmt="o", color=colour,
                markersize=5, elinewidth=1.4,
            )  # fmt: skip
        axes.set_yticks(range(len(moments)), [shortened(_named(one)) for one in moments])
        axes.set_ylim(len(moments) - 0.5, -0.5)
        axes.locator_params(axis="x", nbins=5)

    return picture("scoreboard", 50 + 20 * len(moments), draw)


def _named(moment: Moment) -> str:
    folded = "" if moment.score is None or len(moment.score.folds) != 1 else " (1 fold)"
    return f"{moment.candidate}{folded}"


def rounds(moments: Sequence[Moment], *, higher: bool) -> str:
    """Scores in the order of time, and the best so far."""

    def draw(axes: Axes) -> None:
        ordered = sorted(moments, key=lambda one: one.ended or one.started)
        times = [(one.ended or one.started) / 60 for one in ordered]
        values = [one.score.value for one in ordered if one.score is not None]
        best: list[float] = []
        for value in values:
            pick = max if higher else min
            best.append(pick([value, *best[-1:]]))
        axes.step(times, best, where="post", color=GOOD, linewidth=1.6)
        axes.scatter(times, values, color=DIM, s=18, zorder=3)
        axes.set_xlabel("minutes of work")
        _plain_numbers(axes)

    return picture("rounds", 200, draw)


def _plain_numbers(axes: Axes) -> None:
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    axes.locator_params(axis="y", nbins=5)


# --- answers beside the truth ---------------------------------------------------------------------


def confusion(seen: Hindsight) -> str:
    """Rows by true class, what was answered of them in percent."""

    def draw(axes: Axes) -> None:
        names = [shortened(name, 10) for name in seen.classes]
        for row, counts in enumerate(seen.confusion):
            whole = sum(counts) or 1
            for column, count in enumerate(counts):
                colour = GOOD if row == column else RUN
                axes.add_patch(
                    mpl.patches.Rectangle(
                        (column - 0.5, row - 0.5),
                        1,
                        1,
                        color=colour,
                        alpha=0.75 * count / whole,
                        linewidth=0,
                    )
                )
                if count:
                    shown = f"{100 * count / whole:.0f}"
                    axes.text(column, row, shown, ha="center", va="center", color=FG)
        axes.set_xticks(range(len(names)), names, rotation=0 if len(names) < 5 else 60)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("answered, % of the true class")

    return picture("confusion", 110 + 24 * len(seen.classes), draw)


def reliability(seen: Hindsight) -> str:
    """How sure the winner was beside how often it was right."""

    def draw(axes: Axes) -> None:
        said = [one.said for one in seen.reliability]
        right = [one.seen for one in seen.reliability]
        low = min(*said, *right)
        axes.plot([low, 1], [low, 1], color=LINE, linewidth=1)
        axes.plot(said, right, color=RUN, marker="o", markersize=4, linewidth=1.4)
        axes.set_xlabel("how sure it was")
        axes.set_ylabel("how often it was right")

    return picture("reliability", 240, draw)


def answers(seen: Hindsight) -> str:
    """Answered numbers beside the true ones."""

    def draw(axes: Axes) -> None:
        known, said = zip(*seen.pairs, strict=True)
        ends = [min(known), max(known)]
        axes.plot(ends, ends, color=LINE, linewidth=1)
        axes.scatter(known, said, color=RUN, s=6, alpha=0.45, linewidths=0, rasterized=False)
        axes.set_xlabel(f"true {shortened(seen.target)}")
        axes.set_ylabel("answered")
        _short_numbers(axes)

    return picture("answers", 260, draw)


def residuals(seen: Hindsight) -> str:
    """How far answers are off."""

    def draw(axes: Axes) -> None:
        off = [said - known for known, said in seen.pairs]
        axes.hist(off, bins=30, color=RUN)
        axes.axvline(0, color=FG, linewidth=1)
        axes.set_xlabel("answered less true")
        axes.set_ylabel("rows")
        _short_numbers(axes)

    return picture("residuals", 200, draw)


def _short_numbers(axes: Axes) -> None:
    """`200k` instead of `200000`, which would push the plot together."""

    def short(value: float, _place: int) -> str:
        for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
            if abs(value) >= size:
                return f"{value / min(size, 1e3 if letter == 'k' else size):g}{letter}"
        return number(value, 0) if float(value).is_integer() else f"{value:g}"

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(mpl.ticker.FuncFormatter(short))
    axes.locator_params(nbins=5)
