"""The end of a run in words: for the last card on the screen and for the headless report."""

from pathlib import Path

from agents.journal.standing import faults_of
from agents.journal.state import State
from agents.models import ReportCard, Score
from iml_tui.words.figures import count, duration, members_text, number, score_text, with_error
from iml_tui.words.sentence import sentence
from iml_tui.words.spending import models_text


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
        return "no other candidate did every fold"
    value, error = with_error(abs(card.ahead.difference), card.ahead.error)
    side = "ahead of" if card.ahead.difference >= 0 else "behind"
    return f"{value}{error} {side} {card.ahead.second}, row by row"


def expect_text(card: ReportCard) -> str:
    """What to expect on new rows, once luck in choosing is taken off, or what chose."""
    tried = f"{count(card.tried, 'candidate')} tried" if card.tried else ""
    if card.chosen_by is not None:
        rows = count(card.chosen_by.rows, "other row")
        return f"chosen by {score_text(card.chosen_by)} on {rows}: {tried}"
    if card.expect is None:
        return tried
    return f"expect {number(card.expect)} on new rows: {tried}"


def winner_text(card: ReportCard) -> str:
    """The winner and what it is made of."""
    name = card.winner or "nobody"
    return f"{name} of {members_text(card.members)}" if len(card.members) > 1 else name


def faults_text(state: State) -> str:
    """`7 found, 6 mended`."""
    found, (_, mended) = state.card.faults if state.card else 0, faults_of(state.moments)
    if not found:
        return "none"
    failed = sum(track.mark == "failed" for track in state.tracks.values())
    told = [f"{found} found"]
    told += [f"{mended} mended"] if mended else []
    told += [f"{count(failed, 'track')} given up"] if failed else []
    return ", ".join(told)


def report(state: State, workspace: Path | None = None, current: Path | None = None) -> list[str]:
    """The closing report as plain lines: label, two spaces, text."""
    card = state.card
    if card is None:
        return [f"{state.name or 'run'}: {sentence(state)}"]
    title = f"{state.name}: {ending_title(card)}, after {duration(card.active_seconds)}."
    rows = [*_score_rows(card), ("faults", faults_text(state))]
    rows += [("models", spent)] if (spent := models_text(state)) else []
    rows += _places(card, workspace, current)
    rows += [("next", step) for step in next_steps(card)]
    return [title, *(f"  {label:<11} {text}" for label, text in rows)]


def _score_rows(card: ReportCard) -> list[tuple[str, str]]:
    if card.score is None:
        return []
    title = card.metric.title
    luck = expect_text(card)
    told = [name for name in ("expect", "chosen by") if luck.startswith(name)]
    return [
        ("score", f"{score_text(card.score)} {title} {how_scored(card.score)}"),
        ("ahead", ahead_text(card)),
        *((name, luck.removeprefix(f"{name} ")) for name in told),
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
    again = "iml-tui DIR --new --time-limit 1h starts another run, a longer one"
    if card.outcome == "none" and not card.faults:
        return ["nothing failed, but no program was done in time", again]
    if card.outcome == "none":
        return ["read the faults in the log; mend the data, or say --target and --metric", again]
    first = "hand in submission.csv" if card.outcome == "submission" else "predict new rows"
    edit = "edit a program, with e in Code or any editor: your edit is scored too"
    return [f"{first}; report.md says why it won", *([edit] if card.solution else []), again]
