"""What a run says of itself in words: the one sentence, headlines of facts, the closing report.

Pure functions of a projection (`agents.journal.state.State`) that both the screen and the headless
printer use, so that the two never tell different stories. No terminal, no colour, no clock.
"""

from collections.abc import Iterable
from pathlib import Path

from agents.journal import events as facts
from agents.journal.events import Event, Phase
from agents.journal.state import Moment, State, TrackState
from agents.models import Fault, Member, MetricChoice, ReportCard, Score, Task
from iml_tui.figures import (
    count,
    difference_text,
    listed,
    number,
    with_error,
)
from iml_tui.figures import duration as duration
from iml_tui.figures import score_text as score_text

PHASES: dict[Phase, str] = {
    "look": "Data looked at",
    "plan": "Blueprint",
    "build": "Build and repair",
    "decide": "Decide and report",
}
_WRITING, _CHECKING, _TRAINING, _BLENDING = "Writing", "Checking", "Training", "Blending"
_NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_RUNGS = {
    "bubblewrap": "Programs run in bubblewrap: no network, and no files but their own.",
    "landlock": "Programs run under Landlock: no files but their own.",
    "limits": "Programs run with limits alone: nothing here can lock files or network away.",
}


# --- the run as a whole -----------------------------------------------------------------------


def time_limit(state: State) -> float:
    """Active seconds that the run may take; 0 while unknown."""
    limit = state.settings.get("time_limit")
    return float(limit) if isinstance(limit, int | float) else 0.0


def is_over(state: State) -> bool:
    """Whether the run has ended and left its card."""
    return state.card is not None


def standing(state: State, *, alive: bool) -> str:
    """The state of the run in one word or two."""
    if state.card is not None:
        return "failed" if state.card.outcome == "none" else "done"
    if state.mark in {"stopped", "failed"}:
        return state.mark
    if state.mark == "running" and not alive:
        return "engine gone"
    return "running" if state.mark == "running" else "starting"


def current_moments(state: State) -> list[Moment]:
    """Rounds that are being worked on."""
    return [moment for moment in state.moments if moment.mark == "running"]


def working_tracks(state: State) -> list[TrackState]:
    """Tracks at work, in the order in which they were planned."""
    return [track for track in state.tracks.values() if track.mark == "running"]


def sentence(
    state: State, width: int = 200, *, alive: bool = True, active: float | None = None
) -> str:
    """What is happening, why, and until when, in one sentence that fits into `width` cells.

    Args:
        state: The run.
        width: Cells there are; the shorter wording is taken where the longer one does not fit.
        alive: Whether an engine is at work.
        active: Active seconds of the run, where known better than from its last fact.
    """
    now = state.active if active is None else active
    for wording in _wordings(state, alive=alive, now=now):
        if len(wording) <= width:
            return wording
    return wording


def _wordings(state: State, *, alive: bool, now: float) -> tuple[str, ...]:
    """The same said longer and shorter."""
    match standing(state, alive=alive):
        case "done":
            return (f"Done after {duration(now)}. Nothing waits for you.", "Done.")
        case "failed":
            return _failed(state, now)
        case "stopped":
            return (
                f"Stopped after {duration(now)}; opening it again goes on from here.",
                "Stopped; opening it goes on.",
            )
        case "engine gone":
            return (
                f"The engine is gone since {duration(now)}; a restart goes on from there, "
                "nothing is lost.",
                "The engine is gone; nothing is lost.",
            )
        case "starting":
            return (
                "Starting the engine; it looks at the data first, then runs a baseline.",
                "Starting the engine.",
            )
        case _:
            return _at_work(state)


def _failed(state: State, now: float) -> tuple[str, ...]:
    if state.card is not None:
        return (
            f"Ended after {duration(now)} without a valid answer; the log names the faults.",
            "Ended without a valid answer.",
        )
    return (
        f"Broke off after {duration(now)}; a restart goes on from there, the log says why.",
        "Broke off; the log says why.",
    )


def _at_work(state: State) -> tuple[str, ...]:
    phase = next((step.phase for step in state.phases if step.ended is None), "look")
    match phase:
        case "build":
            return _building(state)
        case "plan":
            return (
                "Planning the tracks from what the data showed; their programs are written next.",
                "Planning the tracks.",
            )
        case "decide":
            return (
                "Deciding row by row which answers to keep; the report follows and ends the run.",
                "Deciding; then the run ends.",
            )
        case _:
            return _looking(state)


def _looking(state: State) -> tuple[str, ...]:
    if state.task is None:
        return (
            "Reading the folder to find what is asked; the columns follow in a moment.",
            "Reading the folder.",
        )
    targets = listed([target.name for target in state.task.targets][:3])
    return (
        f"Measuring the columns to see what predicts {targets} and what would fool a model; "
        "a baseline follows.",
        "Measuring the columns before a baseline is trained.",
        "Measuring the columns.",
    )


def _building(state: State) -> tuple[str, ...]:
    doing = _doing(state)
    if not doing:
        return ("Choosing what to try next on blind rows.", "Choosing what to try next.")
    short = f"{_sentence_case(doing)}."
    brief = f"{_sentence_case(_counted(state))}."
    goal = _goal(state)
    return (f"{_sentence_case(doing)}{goal}{_until(state)}.", f"{short[:-1]}{goal}.", short, brief)


def _goal(state: State) -> str:
    if state.submission is None:
        modelled = state.task is not None and state.task.submission is None
        return "; a scored model follows" if modelled else "; a valid submission follows"
    best = state.best
    if best is None:
        return ""
    if any(track.name != best.name for track in working_tracks(state)):
        return f", to beat {best.name} on rows that no program saw"
    return ", to get better still on rows that no program saw"


def _until(state: State) -> str:
    limit = time_limit(state)
    if not limit or state.submission is None:
        return ""
    return f"; over by {duration(limit)} at the latest"


def _doing(state: State) -> str:
    """`training traditional, checking neural`, without a capital."""
    groups: dict[str, list[str]] = {}
    for track in working_tracks(state):
        groups.setdefault(_verb(state, track), []).append(track.name)
    return ", ".join(f"{verb.lower()} {listed(names)}" for verb, names in groups.items())


def _counted(state: State) -> str:
    tracks = working_tracks(state)
    if len(tracks) == 1:
        return f"{_verb(state, tracks[0])} {tracks[0].name}"
    return f"working on {len(tracks)} tracks"


def _verb(state: State, track: TrackState) -> str:
    rounds = [moment for moment in current_moments(state) if moment.track == track.name]
    if track.name == "ensemble":
        return _BLENDING
    if any(_on_blind_rows(moment) for moment in rounds):
        return _TRAINING
    return _CHECKING if any(moment.proposal for moment in rounds) else _WRITING


def _on_blind_rows(moment: Moment) -> bool:
    return any(rung.startswith(("sample", "solution", "blind", "fold")) for rung in moment.rungs)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- facts, one line each ---------------------------------------------------------------------


def subject(event: Event) -> str:
    """Who the fact is about: a track, `data`, `you` or `engine`."""
    match event:
        case facts.EnsembleWeighed():
            return "ensemble"
        case facts.TaskStated() | facts.ColumnsSeen() | facts.DataProfiled() | facts.ViewBuilt():
            return "data"
        case facts.UserEdited() | facts.DecisionTaken():
            return "you"
        case _:
            return str(getattr(event, "track", "engine"))


def tone(event: Event) -> str:
    """The role of colour in which the fact is told: `good`, `wait`, `fail`, `own`, `fg`, `dim`."""
    match event:
        case facts.FaultFound() | facts.EngineStopped(reason="failed"):
            return "fail"
        case facts.TrackEnded(state="failed"):
            return "fail"
        case facts.Noticed(serious=True):
            return "wait"
        case facts.CandidateScored() | facts.EnsembleWeighed() | facts.SubmissionWritten():
            return "good"
        case facts.RunFinished():
            return "good"
        case facts.UserEdited() | facts.DecisionTaken() | facts.WentBack():
            return "own"
        case facts.PhaseStarted() | facts.ViewBuilt() | facts.RungPassed():
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
    return about or _of_round(event) or _of_verdict(event, state)


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
        case facts.UserEdited():
            return f"your edits were saved: {listed(event.paths)}"
        case facts.RunFinished():
            return _finished_line(event.card)
        case _:
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
        case facts.ViewBuilt():
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
    how = {
        "random": "rows drawn at random",
        "stratified": "the same classes in each",
        "grouped": "groups kept together",
    }
    return f"{count(split.folds, 'fold')}, {how[split.splitter]}"


def _of_round(event: Event) -> str | None:
    match event:
        case facts.RoundStarted():
            return f"round {event.round}: {event.what}"
        case facts.ProposalMade():
            return f"{event.candidate} written, proposal {event.commit[:7]}"
        case facts.RungPassed():
            return f"{event.candidate}: {event.rung} passed"
        case facts.FaultFound():
            return f"{event.candidate}: {fault_text(event.fault)}"
        case facts.ProgramEnded(ok=False):
            return f"{event.step} {event.ended} after {event.seconds:.1f} s"
        case _:
            return None


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
            return f"{event.candidate} kept: {event.subject}"
        case facts.ProposalRejected():
            return f"{event.candidate} not kept: {event.reason}"
        case facts.TrackEnded(state="declined"):
            return f"not needed: {event.text}" if event.text else "not needed"
        case facts.TrackEnded(state="failed"):
            return f"failed: {event.text}" if event.text else "failed"
        case facts.EnsembleWeighed():
            against = event.against_best
            ahead = f", row by row {difference_text(against)}" if against else ""
            return f"{members_text(event.members)}: {score_text(event.score)}{ahead}"
        case facts.SubmissionWritten():
            return f"submission.csv by {event.candidate}: {check_text(event)}"
        case facts.WentBack():
            return f"{event.track} is back at {event.to[:12]}"
        case _:
            return None


def check_text(event: facts.SubmissionWritten) -> str:
    """`valid, 1,739 rows`, or the first problem."""
    if event.check.valid:
        return f"valid, {count(event.check.rows, 'row')}"
    return f"not valid: {event.check.problems[0] if event.check.problems else 'reason unknown'}"


def _metric_name(state: State) -> str:
    return f" {state.task.metric.title}" if state.task else ""


def members_text(members: Iterable[Member]) -> str:
    """`boosting 0.58, linear 0.42`."""
    ordered = sorted(members, key=lambda member: -member.weight)
    return ", ".join(f"{member.candidate} {member.weight:.2f}" for member in ordered)


# --- the end ----------------------------------------------------------------------------------


def shown_path(path: str, workspace: Path | None, current: Path | None = None) -> str:
    """A path of the workspace as the user would type it from where they are.

    Args:
        path: Absolute, or relative to the workspace.
        workspace: Where the pipeline lies; None leaves relative paths as they are.
        current: The directory that the user is in.
    """
    whole = workspace / path if workspace is not None else Path(path)
    if current is not None and whole.is_relative_to(current):
        return str(whole.relative_to(current))
    return str(whole)


def ending_title(card: ReportCard) -> str:
    """What lies there now, as the title of the end."""
    match card.outcome:
        case "submission":
            return "submission.csv is valid"
        case "model":
            return "a scored model, ready for new rows"
        case "none":
            return "no valid answer"


def how_scored(score: Score) -> str:
    """On which rows the score was measured."""
    rows = count(score.rows, "row")
    how = {
        "blind": f"on {rows} no program saw",
        "vault": f"on {rows} kept aside to the end",
        "self-reported": f"on {rows}, by the program's own account",
        "unguarded": f"on {rows} that this sandbox could not hide",
    }
    return how[score.how]


def ahead_text(card: ReportCard) -> str:
    """How far the winner is ahead of the next."""
    if card.ahead is None:
        return "the only candidate that ran"
    value, error = with_error(abs(card.ahead.difference), card.ahead.error)
    side = "ahead of" if card.ahead.difference >= 0 else "behind"
    return f"{value}{error} {side} {card.ahead.second}, row by row"


def expect_text(card: ReportCard) -> str:
    """What to expect on new rows, once luck in choosing is taken off."""
    tried = f"{count(card.tried, 'candidate')} tried"
    if card.expect is None:
        return tried
    return f"expect {number(card.expect)} on new rows: {tried}"


def winner_text(card: ReportCard) -> str:
    """The winner and what it is made of."""
    name = card.winner or "nobody"
    return f"{name} of {members_text(card.members)}" if len(card.members) > 1 else name


def faults_text(state: State) -> str:
    """`7 found, 6 mended`."""
    found = state.card.faults if state.card else 0
    if not found:
        return "none"
    failed = sum(track.mark == "failed" for track in state.tracks.values())
    return f"{found} found" + (f", {count(failed, 'track')} given up" if failed else "")


def report(state: State, workspace: Path | None = None, current: Path | None = None) -> list[str]:
    """The closing report as plain lines: label, two spaces, text."""
    card = state.card
    if card is None:
        return [f"{state.name or 'run'}: {sentence(state)}"]
    title = f"{state.name}: {ending_title(card)}, after {duration(card.active_seconds)}."
    rows = [*_score_rows(card), ("faults", faults_text(state)), *_places(card, workspace, current)]
    rows += [("next", step) for step in next_steps(card)]
    return [title, *(f"  {label:<11} {text}" for label, text in rows)]


def _score_rows(card: ReportCard) -> list[tuple[str, str]]:
    if card.score is None:
        return []
    title = card.metric.title
    return [
        ("score", f"{score_text(card.score)} {title} {how_scored(card.score)}"),
        ("ahead", ahead_text(card)),
        ("expect", expect_text(card).removeprefix("expect ")),
        ("winner", winner_text(card)),
    ]


def _places(
    card: ReportCard, workspace: Path | None, current: Path | None
) -> list[tuple[str, str]]:
    rows = []
    if card.submission is not None:
        rows.append(("submission", shown_path(card.submission, workspace, current)))
    if card.solution is not None:
        rows.append(("solution", shown_path(card.solution, workspace, current)))
    if card.predict_command is not None:
        rows.append(("new rows", card.predict_command))
    return rows


def next_steps(card: ReportCard) -> list[str]:
    """What a person may do now, the most useful first."""
    if card.outcome == "none":
        return ["read the faults in the log, mend the data or the options, then run it again"]
    first = "hand in submission.csv" if card.outcome == "submission" else "predict new rows"
    return [f"{first}; report.md says why it won, git log tells how"]
