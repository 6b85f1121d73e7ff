"""What a run says of itself in words: facts as headlines; the sentence and the report besides.

Pure functions of a projection (`agents.journal.state.State`) that both the screen and the headless
printer use, so that the two never tell different stories. No terminal, no colour, no clock.
"""

import re

from agents.journal import events as facts
from agents.journal.events import Event, Phase
from agents.journal.state import State
from agents.models import Fault, MetricChoice, ReportCard, Task
from iml_tui.words.ending import report as report
from iml_tui.words.figures import count, difference_text, listed, members_text
from iml_tui.words.figures import duration as duration
from iml_tui.words.figures import score_text as score_text
from iml_tui.words.sentence import sentence as sentence
from iml_tui.words.sentence import time_limit
from iml_tui.words.spending import role_name, so_far

PHASES: dict[Phase, str] = {
    "look": "Data looked at",
    "plan": "Blueprint",
    "build": "Build and repair",
    "decide": "Decide and report",
}
_TOLD_VIEWS = {"sample", "full"}
"""The others are variants of these."""
_YOURS = (
    facts.UserEdited,
    facts.OwnRoundOpened,
    facts.DecisionTaken,
    facts.InstructionGiven,
    facts.ProposalUndone,
    facts.WentBack,
)
"""What a person did, or what follows from it alone."""
_IMPLIED = {
    "parses, names and imports resolve",
    "changed rows and shuffled labels",
    "fold 1",
    "blind folds",
}
"""Checks that need no line of their own: the score that follows says that they passed."""
_RUNGS = {
    "bubblewrap": "Programs run in bubblewrap: no network, and no files but their own.",
    "landlock": "Programs run under Landlock: no files but their own.",
    "limits": "Programs run with limits alone: nothing here can lock files or network away.",
}


def subject(event: Event) -> str:
    """Who the fact is about: a track, `data`, `you` or `engine`."""
    match event:
        case facts.EnsembleWeighed():
            return "ensemble"
        case facts.TaskStated() | facts.ColumnsSeen() | facts.DataProfiled() | facts.ViewBuilt():
            return "data"
        case facts.UserEdited() | facts.DecisionTaken() | facts.InstructionGiven():
            return "you"
        case facts.ProgramEnded(step=step):
            first = step.split("/")[0]
            return "engine" if first in PHASES else first
        case _:
            return str(getattr(event, "track", None) or "engine")


def tone(event: Event) -> str:
    """The role of colour in which the fact is told: `good`, `wait`, `fail`, `own`, `fg`, `dim`."""
    if isinstance(event, _YOURS):
        return "own"
    match event:
        case (
            facts.FaultFound()
            | facts.EngineStopped(reason="failed")
            | facts.TrackEnded(state="failed")
        ):
            return "fail"
        case facts.RunFinished(card=card) if card.outcome == "none":
            return "fail"
        case facts.Noticed(serious=True):
            return "wait"
        case facts.CandidateScored() | facts.EnsembleWeighed() | facts.SubmissionWritten():
            return "good"
        case facts.RunFinished():
            return "good"
        case facts.GateOpened():
            return "wait"
        case facts.PhaseStarted() | facts.ViewBuilt() | facts.RungPassed():
            return "dim"
        case (
            facts.ProgramStarted()
            | facts.ProgramEnded()
            | facts.ModelAsked()
            | facts.ModelAnswered()
            | facts.ModelDropped()
        ):
            return "dim"
        case _:
            return "fg"


def headline(event: Event, state: State) -> str | None:
    """One line that tells the fact, or None where nobody needs it.

    Args:
        event: The fact.
        state: The run, this fact included.
    """
    about = _of_engine(event) or _of_run(event, state) or _of_data(event, state)
    told = about or _of_round(event) or _of_program(event, state) or _of_verdict(event, state)
    return " ".join(told.split()) if told else None


def details(event: Event) -> tuple[str, ...]:
    """Lines that a log tells below the headline: what was decided, and what may fool people."""
    match event:
        case facts.TaskStated(task=task):
            told = task.notes
        case facts.DataProfiled(profile=profile):
            told = tuple(finding.title for finding in profile.findings)
        case _:
            told = ()
    return tuple(" ".join(f"- {line}".split()) for line in told)


def _of_engine(event: Event) -> str | None:
    match event:
        case facts.EngineStarted():
            return f"iml-tui {event.version} at work on {count(event.cores, 'core')}"
        case facts.EngineStopped(reason="finished"):
            return None
        case facts.EngineStopped(reason="stopped"):
            return "stopped as asked; the next start goes on from here"
        case facts.EngineStopped():
            return f"broke off: {event.message or 'no reason was given'}"
        case facts.SandboxProbed():
            return " ".join((_RUNGS.get(event.rung, f"Sandbox: {event.rung}."), *event.reasons))
        case _:
            return None


def _of_run(event: Event, state: State) -> str | None:
    match event:
        case facts.RunStarted():
            limit = f", at most {duration(time_limit(state))}" if time_limit(state) else ""
            return f"run {state.run or 1} on {event.name}{limit}"
        case facts.Noticed():
            return event.text
        case facts.PhaseStarted():
            return _phase_line(event.phase)
        case facts.DecisionTaken():
            return event.outcome
        case facts.GateOpened() | facts.SettingsChanged() | facts.InstructionGiven():
            return _asked_line(event, state)
        case facts.UserEdited():
            return f"your edits were saved: {listed(event.paths)}"
        case facts.RunFinished():
            return _finished_line(event.card)
        case _:
            return None


def _asked_line(
    event: facts.GateOpened | facts.SettingsChanged | facts.InstructionGiven,
    state: State,
) -> str | None:
    """What a person is asked, or what follows from what they asked for."""
    match event:
        case facts.GateOpened():
            if (state.settings.get("mode") or "auto") == "auto":  # nobody is asked
                return event.says(f"is shown. {event.measured}") if event.measured else None
            options = " or ".join(event.options)
            return f"{event.question} {event.measured} {options}"
        case facts.InstructionGiven():
            return f"the agents are told: {event.directive}"
        case facts.SettingsChanged():
            return None


def _phase_line(phase: Phase) -> str:
    lines: dict[Phase, str] = {
        "look": "looking at the data",
        "plan": "planning the tracks",
        "build": "writing and checking programs",
        "decide": "deciding which answers to keep",
    }
    return lines[phase]


def _finished_line(card: ReportCard) -> str:
    ended = f"done in {duration(card.active_seconds)}"
    return f"{ended}: no valid answer" if card.outcome == "none" else ended


def _of_data(event: Event, state: State) -> str | None:
    match event:
        case facts.TaskStated(task=task):
            return task_line(task)
        case facts.ColumnsSeen(columns=columns):
            return f"{count(len(columns), 'column')} in the first rows"
        case facts.DataProfiled(profile=profile):
            fooling = len(profile.findings)
            warned = f"; {count(fooling, 'thing')} to look out for" if fooling else ""
            return f"{rows_line(profile.rows_train, profile.rows_test)}; " + (
                f"{count(len(profile.columns), 'column')}{warned}"
            )
        case facts.ViewBuilt() if event.name in _TOLD_VIEWS:
            return f"view {event.name}: {rows_line(event.rows_fit, event.rows_predict)}"
        case facts.BlueprintWritten(blueprint=blueprint):
            names = listed([plan.name for plan in blueprint.candidates])
            return f"blueprint {blueprint.version}: {names}; {split_words(state)}"
        case _:
            return None


def task_line(task: Task) -> str:
    """`predicting Transported, binary; judged by accuracy (from the description)`."""
    targets = listed([target.name for target in task.targets][:4])
    more = len(task.targets) - 4
    if more > 0:
        targets = f"{targets} and {more} more"
    return f"predicting {targets}, {task.problem}; judged by {metric_words(task.metric)}"


def metric_words(metric: MetricChoice) -> str:
    """The metric and where it comes from."""
    origin = {
        "option": "as you asked",
        "description": "read from the description",
        "default": "the default for such a target",
    }
    return f"{metric.title}, {origin[metric.source]}"


def rows_line(learn: int, answer: int | None) -> str:
    """`6,954 rows to learn from, 1,739 to answer`."""
    known = f"{count(learn, 'row')} to learn from"
    return known if answer is None else f"{known}, {answer:,} to answer"


def split_words(state: State) -> str:
    """`5 folds, groups kept together`."""
    split = (
        state.blueprint.split if state.blueprint else state.profile.split if state.profile else None
    )
    if split is None:
        return "folds not chosen yet"
    amounts = state.task is not None and state.task.targets[0].kind == "number"
    how = {
        "random": "rows drawn at random",
        "stratified": f"the same {'spread of answers' if amounts else 'classes'} in each",
        "grouped": "groups kept together",
        "time": "each before what it asks",
        "entity_tail": "the last rows of each asked",
        "periodic": "the days before each block asked",
    }
    vault = " and a vault" if split.vault else ""
    return f"{count(split.folds, 'fold')}{vault}, {how[split.splitter]}"


def _of_round(event: Event) -> str | None:
    match event:
        case facts.RoundStarted():
            return f"round {event.round}: {event.what}"
        case facts.ProposalMade():
            return f"{event.candidate} written, proposal {event.commit[:7]}"
        case facts.RungPassed() if event.rung not in _IMPLIED:
            return f"{event.candidate}: {event.rung} passed"
        case facts.FaultFound():
            return f"{event.candidate}: {fault_text(event.fault)}"
        case _:
            return None


def _of_program(event: Event, state: State) -> str | None:
    match event:
        case facts.Retrieved(entry=entry):
            about = ", about this very competition" if entry.concerns else ""
            return f"fetched from {entry.address}: {count(entry.size, 'byte')}{about}"
        case facts.ModelAsked():
            about = plan_asked(event.step, state)
            return f"{event.model} is asked as {role_name(event.role)}{about}"
        case facts.ModelAnswered():
            tokens = event.prompt_tokens + event.completion_tokens
            took = f"{event.seconds:.1f} s, {tokens:,} tokens"
            about = plan_asked(event.step, state)
            answered = f"{event.model} answered as {role_name(event.role)}{about}: {took}"
            return f"{answered}; {so_far(state, event.role)}"
        case facts.ModelDropped():
            tokens = event.prompt_tokens + event.completion_tokens
            asked = (
                f"{event.model}, asked as {role_name(event.role)}{plan_asked(event.step, state)},"
            )
            return f"{asked} is not waited for any longer: about {tokens:,} tokens"
        case facts.ProgramStarted():
            return event.label
        case facts.ProgramEnded():
            latest = (log.label for log in reversed(state.logs) if log.step == event.step)
            label = next(latest, event.step)
            ended = "done" if event.ok else event.ended
            return f"{label}: {ended} after {event.seconds:.1f} s"
        case _:
            return None


def plan_asked(step: str, state: State) -> str:
    """` for smooth_sums`: which plan a model is asked about; several are written side by side."""
    track, _, below = step.partition("/")
    if track not in state.tracks or "/ask-" not in below:
        return ""
    name = below.partition("/")[0]
    moment = state.moment(f"{track}/{name.removeprefix('round-')}")
    if moment is not None:
        return f" for {moment.candidate}"
    return f" for {name}" if any(plan.name == name for plan in state.plans) else f" for {track}"


def under_way(state: State, active: float) -> list[tuple[str, str]]:
    """Programs that run and models that are asked: whose they are, and what they do since when.

    Args:
        state: The run.
        active: Its active seconds by now.
    """
    return [
        (one.track or "engine", f"{_round_of(one.path)}{one.label}, {duration(active - one.since)}")
        for one in state.running.values()
        if one.track is not None or one.path.rpartition("/")[2].startswith("ask-")
    ]


def _round_of(path: str) -> str:
    """`round 3: ` where a step belongs to a round."""
    found = re.search(r"/round-(\d+)/", path)
    return f"round {found[1]}: " if found else ""


def fault_text(fault: Fault) -> str:
    """Class, place and the program's own words, in this order."""
    message = fault.message.strip().splitlines()
    words = f": {message[-1]}" if message else ""
    return f"{fault.kind} in {fault_place(fault)}{words}"


def fault_place(fault: Fault) -> str:
    """`preprocess.py:56`."""
    place = fault.file or fault.component
    return f"{place}:{fault.line}" if fault.line else place


def _of_verdict(event: Event, state: State) -> str | None:
    match event:
        case facts.CandidateScored(score=score):
            folds = count(len(score.folds), "fold")
            return f"{event.candidate} on {folds}: {score_text(score)}{_metric_name(state)}"
        case facts.ProposalAccepted():
            return f"{event.candidate} kept: {event.subject.rpartition('): ')[2]}"
        case facts.ProposalRejected():
            return f"{event.candidate} not kept: {event.reason}"
        case facts.TrackEnded(state="declined"):
            return f"not needed: {event.text}" if event.text else "not needed"
        case facts.TrackEnded(state="failed"):
            return f"failed: {event.text}" if event.text else "failed"
        case facts.TrackEnded(state="unfinished"):
            return f"not finished: {event.text}" if event.text else "not finished"
        case facts.EnsembleWeighed():
            against = event.against_best
            ahead = f", row by row {difference_text(against)}" if against else ""
            return f"{members_text(event.members)}: {score_text(event.score)}{ahead}"
        case facts.SubmissionWritten():
            return f"submission.csv by {event.candidate}: {check_text(event)}"
        case facts.ProposalUndone() | facts.WentBack():
            return _back_line(event)
        case _:
            return None


def _back_line(event: facts.ProposalUndone | facts.WentBack) -> str:
    """Where a track is after something was undone."""
    if isinstance(event, facts.WentBack):
        return f"{event.track} is back at {event.to[:12]}"
    if event.commit is None:
        return f"round {event.round} takes no further part"
    left = f"back at round {event.to.rpartition('/')[2]}" if event.to else "without a program"
    return f"round {event.round} is undone; {event.track} is {left}"


def check_text(event: facts.SubmissionWritten) -> str:
    """`valid, 1,739 rows`, or the first problem."""
    if event.check.valid:
        return f"valid, {count(event.check.rows, 'row')}"
    return f"not valid: {event.check.problems[0] if event.check.problems else 'reason unknown'}"


def _metric_name(state: State) -> str:
    return f" {state.task.metric.title}" if state.task else ""
