"""Curves of a run: the best so far over time, and the score of every track round by round.

Pure functions of a scene; the pane at the side, the modes of Tracks and the end card draw them.
"""

from textual.content import Content

from agents.journal.state import Moment, State
from iml_tui.drawing.curve import Series, plot
from iml_tui.drawing.draw import line, wrapped
from iml_tui.looking_back.rounds import UNDONE, left_behind
from iml_tui.scene import Scene
from iml_tui.words.learning import Learning

GREYS = ("$fg", "$dim")
"""The best is coloured; what comes next is told apart by its name and two shades."""
MOST = 5
"""Lines in one picture: more cannot be told apart."""
BESIDE = 110
"""Cells from which on two pictures stand beside each other."""
LEAST, HIGHEST, WIDEST = 7, 24, 140
"""Lines of a picture at least and at most, and its cells at most: a larger one says no more."""


def best_so_far(scene: Scene) -> list[Series]:
    """The best over time, and the baseline to compare it with."""
    kept = [one for one in _on_all_folds(scene.state) if one[2].mark == "kept"]
    if not kept or scene.state.task is None:
        return []
    best: list[tuple[float, float]] = []
    for at, value, _ in kept:
        best.append((at, _better(scene.state, value, best)))
    series = [Series("best", tuple(best), "$good")]
    base = next(((at, value) for at, value, moment in kept if moment.track == "baseline"), None)
    if base is not None and best[-1][1] != base[1]:
        series.append(Series("baseline", (base,), "$dim"))
    return series


def best_curve(scene: Scene, width: int, height: int) -> list[Content]:
    """The best so far over time; nothing before two scores."""
    series = best_so_far(scene)
    if not series or len(series[0].points) < 2:
        return []
    return plot(series, max(scene.active, series[0].points[-1][0]), width, height)


def by_round(scene: Scene) -> list[Series]:
    """The best so far of every track by the number of its programs, the leading track first."""
    points: dict[str, list[tuple[float, float]]] = {}
    for _, value, moment in _on_all_folds(scene.state):
        own = points.setdefault(moment.track, [])
        own.append((float(len(own) + 1), _better(scene.state, value, own)))
    leader = scene.best.name if scene.best is not None else ""
    sign = -1 if _higher(scene.state) else 1
    order = sorted(points, key=lambda name: (name != leader, sign * points[name][-1][1]))
    series = []
    for place, name in enumerate(order[:MOST]):
        style = "$good" if name == leader else GREYS[min(1, max(0, place - 1))]
        series.append(Series(name, tuple(points[name]), style))
    return series


def rounds_curve(scene: Scene, width: int, height: int) -> list[Content]:
    """The score of every track by the number of its programs."""
    series = by_round(scene)
    last = max((len(one.points) for one in series), default=0)
    if last < 2:
        return []
    return plot(series, float(last), width, height, ("program 1", str(last)))


def learning_curve(told: Learning, width: int, height: int) -> list[Content]:
    """How well a program learned by its own account, step by step."""
    series = [
        Series(side, points, style)
        for (side, points), style in zip(told.sides[:2], GREYS, strict=False)
    ]
    first, last = (points[end][0] for end, (_, points) in ((0, told.sides[0]), (-1, told.sides[0])))
    return plot(series, last, width, height, (f"{told.unit} {first:,.0f}", f"{last:,.0f}"))


def page(scene: Scene, width: int, height: int, learning: Learning | None = None) -> list[Content]:
    """Curves, two side by side where there is room; a sentence where there is nothing to draw.

    Args:
        scene: The run.
        width: Cells.
        height: Lines.
        learning: What a program said of its own learning; it takes the place of the best so far.
    """
    wide = width >= BESIDE
    each = (width - 3) // 2 if wide else width
    room = height if wide else max(LEAST, (height - 1) // 2)
    found = _drawn(scene, learning, each, room)
    if len(found) == 1:
        found = _drawn(scene, learning, min(width, WIDEST), min(height, HIGHEST)) or found
    if not found:
        return wrapped(_too_few(scene.state), width, "$dim")
    if not wide or len(found) == 1:
        return [row for one in found for row in (*one, line())][:-1]
    return beside(found[0], found[1], each)


def _drawn(scene: Scene, learning: Learning | None, width: int, height: int) -> list[list[Content]]:
    """The pictures that there is something to draw in, each under its title."""
    metric = scene.state.task.metric.title if scene.state.task else "score"
    room = height - 1
    rounds = _titled("Blind score", "best so far, by program", rounds_curve(scene, width, room))
    over = _titled("Best so far", f"blind {metric} over time", best_curve(scene, width, room))
    if learning is not None:
        drawn = learning_curve(learning, width, room)
        about = f"{learning.whose}, {learning.measure} as its program says"
        over = _titled("Learning", about, drawn) or over
    return [one for one in (rounds, over) if one]


def beside(left: list[Content], far: list[Content], each: int) -> list[Content]:
    """Two blocks of lines next to each other."""
    rows = max(len(left), len(far))
    blank = line()
    lefts = [*left, *[blank] * (rows - len(left))]
    fars = [*far, *[blank] * (rows - len(far))]
    return [
        line(one.pad_right(max(0, each - one.cell_length)), "   ", other)
        for one, other in zip(lefts, fars, strict=True)
    ]


def _titled(title: str, detail: str, curve: list[Content]) -> list[Content]:
    return [line((title, "$strong bold"), (f"  {detail}", "$dim")), *curve] if curve else []


def _too_few(state: State) -> str:
    scored = sum(1 for _ in _on_all_folds(state))
    so_far = {0: "none has one yet", 1: "one has one so far"}.get(scored, "none was kept yet")
    return f"A curve needs two programs with a score on every fold; {so_far}."


def _higher(state: State) -> bool:
    return state.task is None or state.task.metric.direction == "higher"


def _better(state: State, value: float, before: list[tuple[float, float]]) -> float:
    """The better of a value and the last one before it."""
    if not before:
        return value
    return max(value, before[-1][1]) if _higher(state) else min(value, before[-1][1])


def _on_all_folds(state: State) -> list[tuple[float, float, Moment]]:
    """When a round had its score on every fold, that score, and the round, in order of time."""
    folds = state.blueprint.split.folds if state.blueprint is not None else 1
    out = left_behind(state)
    found = [
        (state.chronicle.scored_at.get(moment.key, moment.started), moment.score.value, moment)
        for moment in state.moments
        if moment.score is not None
        and len(moment.score.folds) >= folds
        and moment.key not in out
        and not moment.reason.startswith(UNDONE)
    ]
    return sorted(found, key=lambda one: one[0])
