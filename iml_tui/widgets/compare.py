"""Two moments beside each other, as lines: scores row by row, plan, files, and the code.

Pure functions of the state, of two lines of the history, and of what git had to say.
"""

from collections.abc import Iterator

from textual.content import Content

from agents.journal.chronicle import Paired
from agents.journal.state import Moment, State
from agents.models import CandidatePlan, Score
from iml_tui.drawing.draw import Part, fit, labelled, line
from iml_tui.looking_back.comparison import Compared
from iml_tui.looking_back.rounds import Entry
from iml_tui.scene import Scene
from iml_tui.widgets.listing import LazyRow
from iml_tui.widgets.pages import Look, Told, drawn, unified_page
from iml_tui.widgets.pane import Row
from iml_tui.words.figures import count, decimals, duration, number, score_parts, with_error

LABEL = 11
STEPS = 6
"""Steps of a plan that are named on either side."""


def rows(scene: Scene, old: Entry, new: Entry, found: Compared | None, look: Look) -> Iterator[Row]:
    """The comparison below the table."""
    width = look.width
    title = line(
        ("Compare  ", "$strong bold"), ("A ", "$run bold"), old.name, ("  with  ", "$dim"),
        ("B ", "$run bold"), new.name,
    )  # fmt: skip
    yield Row(fit(title, width))
    for content in _summary(scene.state, old, new, width):
        yield Row(content)
    if found is None:
        yield Row(line(("files", "$dim"), "      reading …"))
        return
    if found.problem:
        yield from (Row(one) for one in labelled("files", _told(found.problem), width, LABEL))
        return
    yield from (Row(one) for one in labelled("files", _files(found), width, LABEL))
    yield Row(line())
    page = unified_page(found.changes.all, found.colours, look, Told())
    for place, one in enumerate(page.lines):
        token = (place, found.moments, look)
        text = one.plain if isinstance(one, Content) else getattr(one, "text", "")
        yield LazyRow(None, token, lambda one=one: drawn(one, look, 0), text)  # type: ignore[misc]


def _told(problem: str) -> Content:
    return line((problem, "$wait"))


def _summary(state: State, old: Entry, new: Entry, width: int) -> list[Content]:
    before, after = (state.moment(one.key) for one in (old, new))
    metric = state.task.metric.title if state.task else "score"
    lines = labelled(metric[: LABEL - 1], _scores(state, before, after), width, LABEL)
    if (spent := _times(state, old, new)) is not None:
        lines += labelled("time", spent, width, LABEL)
    if (planned := _plans(state, before, after)) is not None:
        lines += labelled("plan", planned, width, LABEL)
    if new.reason or old.reason:
        for name, entry in (("A", old), ("B", new)):
            if entry.reason:
                told = line((f"{name} ", "$run bold"), (entry.reason, "$fg"))
                lines += labelled("decision", told, width, LABEL)
    return lines


# --- scores -----------------------------------------------------------------------------------


def _scores(state: State, before: Moment | None, after: Moment | None) -> Content:
    first = before.score if before is not None else None
    second = after.score if after is not None else None
    parts: list[Part] = [*_score(first), ("  to  ", "$dim"), *_score(second)]
    if before is None or after is None or first is None or second is None:
        return line(*parts)
    paired = state.chronicle.between(after.program, before.program)
    if paired is not None:
        return line(*parts, "   ", _row_by_row(paired))
    if len(first.folds) != len(second.folds):
        return line(
            *parts, ("   not on the same folds: these two say nothing of each other", "$dim")
        )
    apart = number(abs(second.value - first.value), decimals(abs(first.value)))
    return line(*parts, (f"   {apart} apart; the run never compared them row by row", "$dim"))


def _score(score: Score | None) -> list[Part]:
    if score is None:
        return [("no score", "$dim")]
    value, error = score_parts(score)
    return [value, (error, "$dim")]


def _row_by_row(paired: Paired) -> Content:
    value, error = with_error(paired.difference, paired.error)
    sign = "" if value.startswith("-") else "+"
    clear = abs(paired.difference) > paired.error
    better = paired.difference > 0
    role = ("$good" if better else "$fail") if clear else "$fg"
    word = ("better" if better else "worse") if clear else "the same"
    on = f" on {count(paired.folds, 'shared fold')}" if paired.folds else ""
    return line(
        ("row by row ", "$dim"),
        (f"{sign}{value}{error}", f"bold {role}"),
        (f" {on}: {word}", "$dim"),
    )


def _times(state: State, old: Entry, new: Entry) -> Content | None:
    seconds = state.chronicle.seconds
    first, second = seconds.get(old.key), seconds.get(new.key)
    if first is None or second is None:
        return None
    return line(duration(first), ("  to  ", "$dim"), duration(second), ("  of programs", "$dim"))


# --- plans ------------------------------------------------------------------------------------


def _plan(state: State, moment: Moment | None) -> CandidatePlan | None:
    if state.blueprint is None or moment is None:
        return None
    plans = {plan.name: plan for plan in state.blueprint.candidates}
    return plans.get(moment.candidate)


def _plans(state: State, before: Moment | None, after: Moment | None) -> Content | None:
    """Which steps come and which go; None where both follow one plan, or one follows none."""
    old, new = _plan(state, before), _plan(state, after)
    if old is None or new is None:
        return None
    if old.name == new.name:
        return line((f"the same: {old.name}", "$dim"))
    ours, theirs = [step.id for step in old.steps], [step.id for step in new.steps]
    come = [one for one in theirs if one not in ours]
    go = [one for one in ours if one not in theirs]
    parts: list[Part] = [old.name, ("  to  ", "$dim"), new.name]
    for sign, role, names in (("+", "$good", come), ("-", "$fail", go)):
        if names:
            more = len(names) - STEPS
            told = ", ".join(names[:STEPS]) + (f" and {more} more" if more > 0 else "")
            parts += [f"   {sign} ", (told, role)]
    return line(*parts)


# --- files ------------------------------------------------------------------------------------


def _files(found: Compared) -> Content:
    parts: list[Part] = []
    for path, (added, removed) in sorted(found.changes.counted.items()):
        parts += ["   "] if parts else []
        parts += [f"{path} ", (f"+{added}", "$good"), " ", (f"-{removed}", "$fail")]
    for path in found.same:
        parts += ["   "] if parts else []
        parts += [f"{path} ", ("unchanged", "$dim")]
    come, go = found.objects
    if come or go:
        parts += ["   contract"]
        parts += [(f" +{', '.join(come)}", "$good")] if come else []
        parts += [(f" -{', '.join(go)}", "$fail")] if go else []
    return line(*(parts or [("neither has any", "$dim")]))
