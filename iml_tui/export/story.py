"""A finished run as whoever exports it needs it: facts of the journal, the winner's program.

Read once; everything that is exported is a pure function of a `Story`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents import api
from agents.api import Connection, Place
from agents.errors import WorkspaceError
from agents.journal.events import CandidateScored, Recorded, Retrieved
from agents.journal.folding import fold
from agents.journal.standing import standing
from agents.journal.state import Moment, State
from agents.models import BlueprintStep, CandidatePlan, ReportCard, Task
from iml_tui.exporting import file_name
from iml_tui.words.ending import how_scored
from iml_tui.words.figures import count, duration, number
from iml_tui.words.present import task_line


@dataclass(frozen=True)
class Story:
    """One finished run."""

    place: Place
    state: State
    task: Task
    card: ReportCard
    solution: str
    """The winner's program; empty where nothing won, or the run was over before it was whole."""
    retrieved: tuple[Retrieved, ...] = ()
    """What was fetched from beyond the machine."""
    added: Mapping[str, str] = field(default_factory=dict)
    """Modules that were installed for the run's programs, each with the pin of what brings it."""
    fit_limits: Mapping[str, float] = field(default_factory=dict)
    """What each fit of a candidate might take in the run, in seconds, where that was bounded."""

    @property
    def name(self) -> str:
        """Of the competition."""
        return self.state.name or self.task.name

    @property
    def file_name(self) -> str:
        """The name as files can carry it everywhere."""
        return file_name(self.name)

    @property
    def settings_seed(self) -> str:
        """The seed that everything random was drawn from."""
        return str(self.state.settings.get("seed", "unknown"))

    @property
    def learning_s(self) -> float | None:
        """The time limit with which every fit of the winner may take what it might in the run.

        A program deals its limit out evenly to its fits, so the longest counts for all of them.
        None where nothing bounded them, or an older engine did not tell.
        """
        names = [one.candidate for one in self.card.members] or [self.card.winner or ""]
        limits = [self.fit_limits[name] for name in names if name in self.fit_limits]
        if len(limits) < len(names) or self.state.blueprint is None:
            return None
        split = self.state.blueprint.split
        return math.ceil(max(limits) * (1 if split.refit else split.folds) * len(names))

    @property
    def members(self) -> tuple[CandidatePlan, ...]:
        """The plans that the winner is made of, the largest share first."""
        shares = sorted(self.card.members, key=lambda one: -one.weight)
        names = [one.candidate for one in shares] or [self.card.winner or ""]
        plans = self.state.blueprint.candidates if self.state.blueprint else ()
        known = {plan.name: plan for plan in plans}
        return tuple(known[name] for name in names if name in known)

    @property
    def scored(self) -> list[Moment]:
        """Rounds that have a score, the best first; those that lack folds after the others."""
        higher = self.card.metric.direction == "higher"
        found = standing(self.state.moments, higher=higher)
        return [*found.whole, *found.partly]


def read_story(place: Place) -> Story:
    """The last run of a workspace.

    Raises:
        WorkspaceError: it is not over.
    """
    connection = Connection(place)
    try:
        facts = connection.new()
    finally:
        connection.close()
    state = fold(facts)
    if state.card is None or state.task is None:
        raise WorkspaceError(
            f"The run in {place.workspace} is not over: iml-tui finish takes the best there is, "
            "then it can be exported."
        )
    path = state.card.solution
    text = api.read_file(place, api.resolve_revision(place, "main"), path) if path else ""
    of_run = [one for one in facts if one.run == state.run]
    retrieved = tuple(one.event for one in of_run if isinstance(one.event, Retrieved))
    added, limits = api.added_packages(place), _fit_limits(of_run)
    return Story(place, state, state.task, state.card, text, retrieved, added, limits)


def _fit_limits(facts: Iterable[Recorded]) -> dict[str, float]:
    scored = (one.event for one in facts if isinstance(one.event, CandidateScored))
    return {one.candidate: one.fit_limit_s for one in scored if one.fit_limit_s is not None}


def refuse_without_program(story: Story) -> None:
    """Says no where what is to be exported is the program.

    Raises:
        WorkspaceError: there is none; says why.
    """
    if not story.solution:
        raise WorkspaceError(_why_none(story.card, story.place))


def verdict_of(moment: Moment, card: ReportCard) -> str:
    """What became of a round, in a few words."""
    if moment.candidate == card.winner and moment.mark == "kept":
        return "won"
    handed_in = {card.chosen_by, card.score} - {None}
    if moment.candidate == card.winner and moment.score in handed_in:  # it was over too early
        return f"won all the same: {moment.reason}"
    marks = {"kept": "kept", "yours": "your edit", "back": "gone back to", "running": "unfinished"}
    return moment.reason or marks.get(moment.mark, moment.mark)


def score_lines(story: Story) -> list[str]:
    """How good the winner is and how that is known, a sentence each."""
    card = story.card
    if card.score is None:
        words = "Nothing was handed in" if card.winner is None else "It could not be scored"
        return [f"{words}; the run took {duration(card.active_seconds)}."]
    folds = f", in {count(len(card.score.folds), 'fold')}" if card.score.folds else ""
    lines = [f"Measured {how_scored(card.score)}{folds}."]
    if card.ahead is not None:
        side = "ahead of" if card.ahead.difference >= 0 else "behind"
        shown = f"{number(abs(card.ahead.difference))} ±{number(card.ahead.error)}"
        lines.append(f"Row by row it is {shown} {side} {card.ahead.second}.")
    if card.expect is not None:
        lines.append(
            f"Expect {number(card.expect)} on new rows, since {card.tried} programs were compared."
        )
    lines.append(f"The run took {duration(card.active_seconds)}.")
    return lines


def time_limit(story: Story) -> str:
    """The option that gives a program the time that it had in the run; empty where it had all."""
    return "" if story.learning_s is None else f" --time-limit {story.learning_s}"


def repeats_line(story: Story) -> str:
    """Whether learning anew gives what was handed in."""
    if story.state.settings.get("deterministic"):
        return "Learning anew gives the answers that were handed in."
    if story.learning_s is not None:
        return (
            "Learning anew is given as much time as the run gave, and so gives the answers that "
            "were handed in, or nearly."
        )
    return (
        "What was handed in was learnt within the time of the run; learning anew takes all the "
        "time it needs, so that its answers may differ a little."
    )


def asked_line(task: Task) -> str:
    """What was asked, as a sentence."""
    said = task_line(task)
    return f"{said[:1].upper()}{said[1:]}."


def plan_parts(story: Story) -> list[tuple[str, str, Sequence[BlueprintStep]]]:
    """The winner's plan: what all members share first, then each with the rest; name and reason."""
    plans = story.members
    if len(plans) < 2:
        return [(plan.name, plan.reason, plan.steps) for plan in plans]
    shared = [step for step in plans[0].steps if all(step in plan.steps for plan in plans)]
    parts: list[tuple[str, str, Sequence[BlueprintStep]]] = []
    if shared:
        parts.append(("In every member", "These steps are the same in all of them.", shared))
    for plan in plans:
        own = [step for step in plan.steps if step not in shared]
        parts.append((plan.name, plan.reason, own))
    return parts


def needed_files(task: Task) -> tuple[str, ...]:
    """What a folder must hold to be the competition's, relative to it."""
    tables = [table.path for table in task.tables if table.role in {"train", "test", "side"}]
    folders = [folder.path for folder in task.media]
    tops = (Path(path).parts[0] for path in [*tables, *folders] if Path(path).parts)
    return tuple(dict.fromkeys(tops))


def _why_none(card: ReportCard, place: Place) -> str:
    """Why a run that is over has no program to export, and what to do."""
    again = "start another with --new and a longer --time-limit"
    if card.outcome == "none":
        return f"No program of the run in {place.workspace} won, so none is exported: {again}."
    return (
        f"The answers of {card.winner} are handed in, but the run in {place.workspace} was over "
        f"before its solution.py had passed, so there is no program to export: {again}."
    )
