"""What a person may steer, and how what they type becomes a decision.

Pure: a `Control` says what can be changed, how it stands now and what kind of answer it takes;
`chosen` turns an answer into the row that is inserted. The engine has the last word on it.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from agents.journal.choices import Change, Choice, Finish, Pause, Redecide, Resume, Stop, StopTrack
from agents.journal.state import State
from agents.settings import seconds
from iml_tui.words.figures import duration
from iml_tui.words.sentence import time_limit

Kind = Literal["at once", "confirm", "type", "pick", "model"]
PARTS = ("planner", "coder", "debugger")
KEPT_TRACKS = frozenset({"baseline", "ensemble"})
"""Nobody can stop these: one makes sure of a submission, the other is made of the rest."""
MODES = (
    ("review", "what models write goes on; undo it later"),
    ("ask", "what models write waits for your answer"),
    ("auto", "nobody is asked"),
)


@dataclass(frozen=True)
class Control:
    """Something that can be steered now."""

    id: str
    title: str
    now: str = ""
    """How it stands."""
    kind: Kind = "type"
    words: str = ""
    """What the person should know before they answer."""
    choice: Choice | None = None
    """What is decided, where nothing has to be said about it."""
    search: str = ""
    """What else it may be looked for by."""


def controls(state: State) -> list[Control]:
    """Everything that can be steered as the run stands."""
    if not state.run:
        return []
    if state.card is not None:
        return [_metric(state)]
    return [_pausing(state), *_ending(state), *_limits(state), *_models(state), _metric(state)]


def control(state: State, name: str) -> Control | None:
    """The control of that name, where it can be steered now."""
    return next((one for one in controls(state) if one.id == name), None)


def _pausing(state: State) -> Control:
    if state.paused:
        return Control("pause", "Go on", "paused", "at once", choice=Resume(), search="resume")
    words = "nothing begins until you go on"
    return Control("pause", "Pause", words, "at once", choice=Pause(), search="wait halt")


def _ending(state: State) -> list[Control]:
    """Taking the best, stopping tracks, stopping all."""
    words = (
        "Nothing new is built; the best of what has been scored is decided on, and the report is "
        "written. What is running ends."
    )
    title = "Take the best there is now"
    finish = Control("finish", title, "ends building", "confirm", words, Finish(), "finish end")
    words = "The work ends here in good order; the next start goes on."
    stop = Control("stop", "Stop the run", "the next start goes on", "confirm", words, Stop())
    tracks = [_stopping(name) for name in stoppable(state)]
    return [*([] if state.finishing else [finish]), *tracks, stop]


def stoppable(state: State) -> list[str]:
    """Tracks on which more may be begun and that a person can stop."""
    return [
        name
        for name, track in state.tracks.items()
        if name not in KEPT_TRACKS | state.stopped_tracks
        and track.mark in {"not yet", "running", "valid"}
    ]


def _stopping(track: str) -> Control:
    words = f"Nothing more is begun on {track}; what it has achieved stays."
    choice = StopTrack(track=track)
    now = "what it has stays"
    return Control(f"stop-track/{track}", f"Stop {track}", now, "confirm", words, choice)


def _limits(state: State) -> list[Control]:
    settings = state.settings
    limit = time_limit(state)
    rounds = settings.get("debug_rounds")
    return [
        Control(
            "mode",
            "Change the mode",
            str(settings.get("mode") or "auto"),
            "pick",
            search="review ask auto",
        ),
        Control(
            "time_limit",
            "Change the time limit",
            duration(limit) if limit else "none",
            words="Of the whole run, as 45m, 2h or 1h30m; seconds without a letter.",
            search="raise longer",
        ),
        Control(
            "max_tokens",
            "Limit the tokens",
            _limit(settings.get("max_tokens"), "{:,.0f}"),
            words="What all models may use together in this run; nothing typed is no limit.",
        ),
        Control(
            "max_cost",
            "Limit the cost",
            _limit(settings.get("max_cost"), "${:.2f}"),
            words="US dollars for all models together in this run; nothing typed is no limit.",
            search="money dollars",
        ),
        Control(
            "debug_rounds",
            "Change the repairs of a solution",
            "" if rounds is None else f"{rounds}",
            words="How often a solution is repaired before it is given up; 0 to 100.",
            search="debug rounds",
        ),
    ]


def _limit(value: JsonValue, form: str) -> str:
    return form.format(value) if isinstance(value, int | float) else "no limit"


def _models(state: State) -> list[Control]:
    """One model for all parts, or another one for a part."""
    settings = state.settings
    every = str(settings.get("model") or "")
    found = [Control("model", "Switch the model", every or "none", "model", search="llm")]
    for part in PARTS:
        own = settings.get(part)
        now = str(own) if own else "as all others" if every else "none"
        found.append(Control(part, f"Switch the {part}'s model", now, "model", search="llm"))
    return found


def _metric(state: State) -> Control:
    now = state.task.metric.name if state.task is not None else ""
    words = (
        "A name such as macro_f1, or your own function as /path/file.py:function. Nothing is "
        "trained again: what was trained is judged, ranked and blended anew."
    )
    return Control("metric", "Judge by another metric", now, words=words, search="redecide score")


# --- answers --------------------------------------------------------------------------------------


def wrong(name: str, typed: str) -> str:
    """What is wrong with an answer, in a sentence; empty where nothing is."""
    try:
        chosen(name, typed)
    except ValueError as error:
        return str(error)
    return ""


def chosen(name: str, typed: str) -> Choice:
    """The decision that an answer means.

    Args:
        name: Of the control.
        typed: The answer.

    Raises:
        ValueError: It means nothing; says why in a sentence.
    """
    if name == "metric":
        if not typed:
            raise ValueError("Write the name of a metric.")
        return Redecide(metric=typed)
    if name == "model":  # it stands for all parts from now on
        return Change(settings={"model": typed, **dict.fromkeys(PARTS)})
    if name in PARTS:
        return Change(settings={name: typed or None})
    return Change(settings={name: _value(name, typed)})


def _value(name: str, typed: str) -> JsonValue:
    match name:
        case "time_limit":
            return seconds(typed)
        case "max_tokens":
            return int(_number(typed)) if typed else None
        case "max_cost":
            return _number(typed.removeprefix("$")) if typed else None
        case "debug_rounds":
            return int(_number(typed))
        case _:
            return typed


def _number(typed: str) -> float:
    plain = typed.replace(",", "").strip().lower()
    factor = {"k": 1_000, "m": 1_000_000}.get(plain[-1:], 1)
    try:
        value = float(plain[:-1] if factor > 1 else plain) * factor
    except ValueError:
        raise ValueError(f"{typed!r} is no number: write digits, such as 200000.") from None
    if not 0 <= value < 1e15:
        raise ValueError(f"{typed!r} is no number of these.")
    return value
