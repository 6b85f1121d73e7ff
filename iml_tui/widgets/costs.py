"""Where a run's time and tokens went: by role and by track, as plain tables with bars."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content

from agents.journal.state import State
from agents.journal.talks import Spent
from iml_tui.drawing.draw import fit, line, right, strength, wrapped
from iml_tui.scene import Scene
from iml_tui.words.figures import NONE, duration
from iml_tui.words.spending import role_name

NAME, NUMBER, BAR, LEAST_BAR = 22, 10, 24, 6
"""Cells of a name, of a number, of a bar at most, and of one that still says something."""
WIDE = 84
"""From this width on tokens are split into what was sent, what of that was cached, and answers."""
_PHASES = {"look": "looking at the data", "plan": "planning", "decide": "deciding"}


class _Column(NamedTuple):
    """A number of a role."""

    title: str
    of: Callable[[Spent, float], str]
    """What stands there, from what was spent and the seconds that it took."""
    leaves: int = 0
    """The highest leaves first where it gets narrow; 0 stays."""


_CALLS = _Column("calls", lambda spent, _: f"{spent.calls:,}", 2)
_TOKENS = (_Column("tokens", lambda spent, _: f"{spent.tokens:,}"),)
_SPLIT = (
    _Column("sent", lambda spent, _: f"{spent.prompt_tokens:,}"),
    _Column("cached", lambda spent, _: f"{spent.cached_tokens:,}", 4),
    _Column("answered", lambda spent, _: f"{spent.completion_tokens:,}"),
)
_TIME = _Column("time", lambda _, seconds: duration(seconds), 1)
_MONEY = _Column("money", lambda spent, _: spent.money, 3)


def page(scene: Scene, width: int) -> list[Content]:
    """Both tables, each with what it means."""
    columns = _columns(scene.state, width)
    bars = NAME + NUMBER * (len(columns) if scene.state.spent.calls else 2)
    return [*_models(scene.state, width, columns), line(), *_programs(scene, width, bars)]


def _columns(state: State, width: int) -> list[_Column]:
    """What is known and has room; money only where a model has a price."""
    priced = (_MONEY,) if state.spent.unpriced < state.spent.calls else ()
    columns = [_CALLS, *(_SPLIT if width >= WIDE else _TOKENS), _TIME, *priced]
    while NAME + NUMBER * len(columns) > width and any(one.leaves for one in columns):
        columns.remove(max(columns, key=lambda one: one.leaves))
    return columns


def _models(state: State, width: int, columns: Sequence[_Column]) -> list[Content]:
    lines = [line(("Language models", "$strong bold"), ("  by role", "$dim"))]
    if not state.spent.calls:
        return [*lines, line(("None was asked: recipes alone cost no tokens.", "$dim"))]
    lines.append(_head("role", [one.title for one in columns], "tokens", width))
    top = max(spent.tokens for spent in state.spent_by_role.values())
    roles = sorted(state.spent_by_role.items(), key=lambda one: -one[1].tokens)
    for role, spent in roles:
        seconds = state.chronicle.asked_seconds.get(role, 0.0)
        share = spent.tokens / top if top else 0.0
        numbers = [one.of(spent, seconds) for one in columns]
        lines.append(_row(role_name(role), numbers, share, width))
    if len(roles) > 1:
        total = sum(state.chronicle.asked_seconds.values())
        lines.append(_row("in all", [one.of(state.spent, total) for one in columns], 0.0, width))
    return lines


def _programs(scene: Scene, width: int, bars: int) -> list[Content]:
    """What ran; its bars stand under those of the roles, which begin at the cell `bars`."""
    spent: dict[str, float] = {}
    rounds: dict[str, set[str]] = {}
    for about, seconds in scene.state.chronicle.seconds.items():
        track = about.partition("/")[0]
        spent[track] = spent.get(track, 0.0) + seconds
        rounds.setdefault(track, set()).add(about)
    lines = [line(("Programs", "$strong bold"), ("  time by their own clocks", "$dim"))]
    if not spent:
        return [*lines, line(("None has ended yet.", "$dim"))]
    more = max(0, (bars - NAME) // NUMBER - 2)
    titles = ["rounds", "time"] if bars >= NAME + 2 * NUMBER else ["time"]
    lines.append(_head("track", [*titles, *[""] * more], "time", width))
    top = max(spent.values())
    for track, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        told = NONE if track in _PHASES else f"{len(rounds[track]):,}"
        numbers = [told, duration(seconds)][-len(titles) :]
        share = seconds / top if top else 0.0
        name = _PHASES.get(track, track)
        lines.append(_row(name, [*numbers, *[""] * more], share, width))
    return [*lines, *_idle(scene, width)]


def _head(name: str, titles: Sequence[str], of: str, width: int) -> Content:
    """Titles of the columns; that of the bars where these have room."""
    cells = [right(line((one, "$dim")), NUMBER) for one in titles]
    told = of if _bar(len(cells), width) else ""
    return line(fit(line((name, "$dim")), NAME), *cells, (f"  {told}", "$dim"))


def _row(name: str, numbers: Sequence[str], share: float, width: int) -> Content:
    """A name, its numbers, and a bar as long as its share of the most."""
    cells = [right(line(one), NUMBER) for one in numbers]
    return line(fit(line(name), NAME), *cells, "  ", strength(share, _bar(len(cells), width)))


def _bar(numbers: int, width: int) -> int:
    """Cells of a bar beside so many numbers; 0 where it would say nothing."""
    room = min(BAR, width - NAME - NUMBER * numbers - 2)
    return room if room >= LEAST_BAR else 0


def _idle(scene: Scene, width: int) -> Sequence[Content]:
    """Seconds in which a core was free although work was ready."""
    card = scene.state.card
    idle = {} if card is None else {cause: one for cause, one in card.idle.items() if one >= 1}
    if not idle:
        return ()
    told = ", ".join(f"{cause} {duration(seconds)}" for cause, seconds in idle.items())
    return (line(), *wrapped(f"A core was free while work was ready: {told}.", width, "$dim"))
