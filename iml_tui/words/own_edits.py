"""What a person is told at once of their own edits; the log tells of everything else. Pure."""

from agents.journal.events import Event, Noticed, ProposalAccepted
from agents.journal.state import State
from iml_tui.looking_back.sources import commit_of
from iml_tui.words.figures import score_text

EDIT = "your edit"


def round_of_edit(state: State, track: str, known: int) -> str | None:
    """Key of the newest round of a person's edit, once there is code of it.

    Args:
        state: The run.
        track: That was edited.
        known: How many moments there were before.
    """
    fresh = (one for one in reversed(state.moments[known:]) if one.track == track)
    edits = (one for one in fresh if one.what.startswith(EDIT) and commit_of(one))
    return next((one.key for one in edits), None)


def told_at_once(event: Event, state: State) -> str:
    """What became of an edit, in one sentence; empty where a fact is about something else."""
    if isinstance(event, Noticed) and event.serious:
        return event.text
    if isinstance(event, ProposalAccepted):
        moment = state.moment(f"{event.track}/{event.round}")
        if moment is not None and moment.what.startswith(EDIT):
            scored = f", {score_text(moment.score)}" if moment.score is not None else ""
            return f"Your edit of {event.track} passes and is its program from now on{scored}."
    return ""
