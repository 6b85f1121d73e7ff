"""The letter of a round: the fault, the agent's reason, what was tried and measured, your answer.

Always in this order; beside the code where there is room for a column of its own, else above it.
Pure functions of a `Review` and how its answer stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from agents.journal.choices import Answer
from agents.journal.state import Moment
from agents.models import Fault
from iml_tui.drawing.draw import Part, fit, labelled, line, mark, wrapped
from iml_tui.looking_back.review import Draft, Review, said_of
from iml_tui.words.figures import listed, score_parts
from iml_tui.words.present import fault_place

ASIDE = 42
"""Cells of a letter that stands beside the code."""
LABEL = 9
"""Cells of a label where the letter stands above the code."""
MOST_WORDS = 3
"""Lines that words may take above the code."""
MOST_BESIDE = 6
"""Lines that a program's own words may take beside it."""
KEYS = (
    ("y", "keep", "this change"),
    ("u", "undo", "this change"),
    ("Y", "keep all", "of round {}"),
    ("U", "undo all", "of round {}"),
    ("r", "undo and say why", "it tries again"),
)
WHOLE_KEYS = (
    ("y", "keep", "round {}"),
    ("u", "undo", "round {}"),
    ("r", "undo and say why", "it tries again"),
)
RUNGS = {"solution.py fits, predicts and runs": "solution.py"}
"""Shorter names of rungs, for a line of them."""
IMPLIED = frozenset(
    {"parses, names and imports resolve", "changed rows and shuffled labels", "fold 1"}
)
"""Rungs that need not be named where later ones are."""
PLACE = "place"
"""Key of a line that leads to the fault's place."""


@dataclass(frozen=True)
class Standing:
    """How the answer to a proposal stands."""

    numbers: tuple[int, ...] = ()
    """Of its changes."""
    draft: Draft | None = None
    given: Answer | None = None
    problem: str = ""
    """Why an answer could not be given."""

    def said(self, review: Review) -> str:
        """One sentence."""
        return self.problem or said_of(review, self.draft or {}, self.numbers, self.given)

    @property
    def role(self) -> str:
        """The colour of that sentence."""
        if self.problem:
            return "$wait"
        return "$own" if self.draft or self.given is not None else "$dim"


@dataclass(frozen=True)
class Note:
    """A line of a letter; with a key it can be clicked."""

    content: Content
    key: str = ""


def is_silent(review: Review) -> bool:
    """Whether there is nothing to be told of a round."""
    told = review.gate or review.mended or review.wish or review.reason or review.moment.fault
    return told is None or not told


def fault_shown(review: Review) -> Fault | None:
    """The fault that the letter begins with: the one that is mended, else the round's own."""
    return review.mended or review.moment.fault


def _words(fault: Fault) -> str:
    lines = fault.message.strip().splitlines()
    return lines[-1] if lines else ""


def _cut(rows: list[Content], width: int, most: int = MOST_WORDS) -> list[Content]:
    """At most so many lines; an ellipsis where there were more."""
    if len(rows) <= most:
        return rows
    return [*rows[: most - 1], fit(line(rows[most - 1], " …"), width)]


# --- above ----------------------------------------------------------------------------------------


def above(review: Review, standing: Standing, width: int, *, small: bool) -> list[Note]:
    """Labels at the left, words at the right; one line alone where the pane is small."""
    if is_silent(review):
        return []
    if small:
        return _short(review, width)
    notes: list[Note] = []
    fault = fault_shown(review)
    if fault is not None:
        place = line((fault.kind, "$fail"), "  ", (fault_place(fault), "$dim underline"))
        notes += [Note(row, PLACE) for row in _labelled("fault", place, width)]
        notes += _notes("", line((_words(fault), "$fg")), width)
    if review.wish:
        notes += _notes("you", line((review.wish, "$own")), width)
    if review.reason:
        notes += _notes("reason", line((review.reason, "$fg")), width)
    if tried := _tried(review):
        notes += _notes("tried", tried, width)
    if review.measured:
        notes += _notes("measured", line((review.measured, "$fg")), width)
    own = review.moment.fault
    if own is not None and own is not fault:
        failed = line((own.kind, "$fail"), f"  {_words(own)}")
        notes += _notes("then", failed, width)
    if said := _answer_line(review, standing):
        notes += _notes("answer", said, width)
    return [*notes, Note(line())]


def _notes(label: str, words: Content, width: int) -> list[Note]:
    return [Note(row) for row in _labelled(label, words, width)]


def _labelled(label: str, words: Content, width: int) -> list[Content]:
    return _cut([line(" ", row) for row in labelled(label, words, width - 1, LABEL)], width)


def _short(review: Review, width: int) -> list[Note]:
    fault = fault_shown(review)
    if fault is None:
        return [Note(fit(line(" ", (review.reason or review.wish, "$fg")), width))]
    mended = (" mended", "$good") if fault is review.mended and not review.moment.fault else ""
    return [Note(fit(line(" ", (fault.kind, "$fail"), mended), width), PLACE)]


def _tried(review: Review) -> Content:
    """`sample, blind folds pass   0.8002 to 0.8031 ±0.0021`."""
    words = _passed(review)
    ended = "pass" if " and " in words else "passes"
    parts: list[Part] = [(f"{words} {ended}", "$good")] if words else []
    if review.moment.score is not None:
        parts += ["   " if parts else "", *_score(review)]
    return line(*parts)


def _passed(review: Review) -> str:
    """The rungs that were passed, without those that later ones imply."""
    rungs = [rung for rung in review.moment.rungs if rung not in IMPLIED]
    return listed([RUNGS.get(rung, rung) for rung in rungs or review.moment.rungs[-1:]])


def _score(review: Review) -> list[Part]:
    value, error = score_parts(review.moment.score)
    earlier = review.before.score if review.before is not None else None
    start: list[Part] = [(f"{score_parts(earlier)[0]} to ", "$dim")] if earlier is not None else []
    return [*start, (value, "$strong bold"), (error, "$dim")]


def _answer_line(review: Review, standing: Standing) -> Content:
    """What has become of the answer; nothing where the keys below say it all."""
    if review.gate is None:
        return line()
    untouched = not (standing.draft or standing.given or standing.problem)
    if review.is_open and untouched and not review.waits:
        return line()
    role = "$wait" if review.waits and untouched else standing.role
    return line((standing.said(review), role))


# --- beside ---------------------------------------------------------------------------------------


def beside(review: Review, standing: Standing, model: str, height: int, whole: bool) -> list[Note]:
    """A column of its own: titles, words, and the keys of the answer.

    Args:
        review: The round.
        standing: How the answer stands.
        model: Who wrote it; empty where no language model did.
        height: Lines there are; blank ones go first.
        whole: Whether it can only be kept or undone as a whole.
    """
    filled = _parts(review, standing, model, whole, short=False)
    if _height(filled) > height:
        filled = _parts(review, standing, model, whole, short=True)
    roomy = _height(filled) <= height
    notes: list[Note] = []
    for part in filled:
        notes += [Note(line())] if notes and roomy else []
        notes += part
    return notes


def _parts(
    review: Review, standing: Standing, model: str, whole: bool, *, short: bool
) -> list[list[Note]]:
    parts = (
        _fault_part(review),
        _reason_part(review, model),
        _tried_part(review, short=short),
        _answer_part(review, standing, whole),
    )
    return [part for part in parts if part]


def _height(parts: Sequence[Sequence[Note]]) -> int:
    """Lines that the parts take with a blank one between them."""
    return sum(len(part) + 1 for part in parts) - 1


def _title(text: str) -> Note:
    return Note(line((text, "bold")))


def _fault_part(review: Review) -> list[Note]:
    fault = fault_shown(review)
    if fault is None:
        return []
    words = _cut(wrapped(_words(fault), ASIDE), ASIDE, MOST_BESIDE)
    where = line((fault_place(fault), "underline"))
    if fault.function:
        where = line(where, (f"  in {fault.function}", "$dim"))
    kind = Note(line((fault.kind, "$fail")))
    return [_title("Fault"), kind, *(Note(row) for row in words), Note(fit(where, ASIDE), PLACE)]


def _reason_part(review: Review, model: str) -> list[Note]:
    rows = wrapped(review.wish, ASIDE, "$own") + wrapped(review.reason, ASIDE)
    if not rows:
        return []
    title = "You, and its answer" if review.wish else "Reason"
    name = model.rpartition("/")[2]
    by = [Note(fit(line((f"by {name}", "$dim")), ASIDE))] if name else []
    return [_title(title), *(Note(row) for row in rows), *by]


def _tried_part(review: Review, *, short: bool) -> list[Note]:
    moment = review.moment
    rungs = [_passed(review)] if short and moment.rungs else moment.rungs
    rows = [fit(line(mark("done"), " ", rung), ASIDE) for rung in rungs]
    if moment.score is not None:
        rows.append(line("  ", *_score(review)))
    rows += _cut(wrapped(review.measured, ASIDE), ASIDE, MOST_WORDS if short else MOST_BESIDE)
    rows += _ending(moment, fault_shown(review))
    return [_title("Tried"), *(Note(row) for row in rows)] if rows else []


def _ending(moment: Moment, told: Fault | None) -> list[Content]:
    """What a round ended by, where it was not kept."""
    fault = moment.fault
    if fault is not None and fault is not told:
        head = fit(line(mark("failed"), " ", (fault.kind, "$fail")), ASIDE)
        return [head, *_cut(wrapped(_words(fault), ASIDE), ASIDE, MOST_BESIDE)]
    if moment.mark == "rejected" and moment.reason:
        rows = wrapped(moment.reason, ASIDE - 2)
        return [
            line(mark("undone") if not index else " ", " ", row) for index, row in enumerate(rows)
        ]
    return []


def _answer_part(review: Review, standing: Standing, whole: bool) -> list[Note]:
    if review.gate is None:
        return []
    said = wrapped(standing.said(review), ASIDE, standing.role)
    notes = [_title("Your answer")]
    if review.is_open and standing.given is None:
        single = len(standing.numbers) < 2
        keys: Sequence[tuple[str, str, str]] = WHOLE_KEYS if whole or single else KEYS
        for key, does, what in keys:
            told = what.format(review.moment.round)
            row = line((f"{key}  ", "$strong bold"), fit(line(does), 18), (told, "$dim"))
            notes.append(Note(row, key))
        notes.append(Note(line()))
    return [*notes, *(Note(row) for row in said)]
