"""Where a run's time and tokens went: by role and by track, as plain tables with bars."""

from collections.abc import Sequence

from textual.content import Content

from agents.journal.state import State
from agents.journal.talks import Spent
from iml_tui.draw import fit, line, right, strength
from iml_tui.figures import count, duration
from iml_tui.scene import Scene
from iml_tui.spending import role_name

NAME, NUMBER, BAR = 24, 11, 24
"""Cells of a name, of a number, and at most of a bar."""
WIDE = 84
"""From this width on tokens are split into what was sent, what of that was cached, and answers."""
_PHASES = {"look": "looking at the data", "plan": "planning", "decide": "deciding"}


def page(scene: Scene, width: int) -> list[Content]:
    """Both tables, each with what it means."""
    return [*_models(scene.state, width), line(), *_programs(scene, width)]


def _models(state: State, width: int) -> list[Content]:
    lines = [line(("Language models", "$strong bold"), ("  by role", "$dim"))]
    if not state.spent.calls:
        return [*lines, line(("None was asked: recipes alone cost no tokens.", "$dim"))]
    wide = width >= WIDE
    titles = ("calls", "sent", "cached", "answered") if wide else ("calls", "tokens")
    head = fit(line(("role", "$dim")), NAME)
    rest = ("seconds", "money", "")
    lines.append(line(head, *(right(line((one, "$dim")), NUMBER) for one in (*titles, *rest))))
    top = max(spent.tokens for spent in state.spent_by_role.values())
    roles = sorted(state.spent_by_role.items(), key=lambda one: -one[1].tokens)
    for role, spent in roles:
        seconds = state.chronicle.asked_seconds.get(role, 0.0)
        lines.append(_model_row(role_name(role), spent, seconds, width, top))
    total = sum(state.chronicle.asked_seconds.values())
    if len(roles) > 1:
        lines.append(_model_row("in all", state.spent, total, width, 0))
    return lines


def _model_row(name: str, spent: Spent, seconds: float, width: int, top: int) -> Content:
    sent = (spent.prompt_tokens, spent.cached_tokens, spent.completion_tokens)
    tokens = sent if width >= WIDE else (spent.tokens,)
    numbers = [f"{spent.calls:,}", *(f"{one:,}" for one in tokens), duration(seconds), spent.money]
    cells = [right(line(one), NUMBER) for one in numbers]
    room = min(BAR, width - NAME - NUMBER * len(cells) - 2)
    bar = strength(spent.tokens / top, room) if top and room > 3 else line()
    return line(fit(line(name), NAME), *cells, "  ", bar)


def _programs(scene: Scene, width: int) -> list[Content]:
    state = scene.state
    spent: dict[str, float] = {}
    rounds: dict[str, set[str]] = {}
    for about, seconds in state.chronicle.seconds.items():
        track = about.partition("/")[0]
        spent[track] = spent.get(track, 0.0) + seconds
        rounds.setdefault(track, set()).add(about)
    lines = [line(("Programs", "$strong bold"), ("  seconds of their own clocks", "$dim"))]
    if not spent:
        return [*lines, line(("None has ended yet.", "$dim"))]
    top = max(spent.values())
    for track, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        told = _PHASES.get(track, count(len(rounds[track]), "round"))
        cells = (right(line(duration(seconds)), NUMBER), right(line((told, "$dim")), 21))
        room = min(BAR, width - NAME - NUMBER - 23)
        bar = strength(seconds / top, room) if room > 3 else line()
        lines.append(line(fit(line(track), NAME), *cells, "  ", bar))
    return [*lines, *_idle(scene)]


def _idle(scene: Scene) -> Sequence[Content]:
    """Seconds in which a core was free although work was ready."""
    card = scene.state.card
    idle = {} if card is None else {cause: one for cause, one in card.idle.items() if one >= 1}
    if not idle:
        return ()
    told = ", ".join(f"{cause} {duration(seconds)}" for cause, seconds in idle.items())
    return (line(), line(("A core was free while work was ready: ", "$dim"), (told, "$fg")))
