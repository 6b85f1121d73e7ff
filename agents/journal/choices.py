"""What a person may decide: the shapes of decision rows, one type a kind.

A viewer inserts one row (`agents.journal.store`): a gate, a choice of this module as json, and who
chose. The first row of a gate counts. The engine takes rows up in the order in which they came and
journals what became of each (`DecisionTaken`); screens and command lines write nothing else.

An `Answer` is inserted under the name of the gate that it answers; every other choice opens a gate
of its own, `gate_for`.
"""

import uuid
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, TypeAdapter

from agents.models import Frozen, TrackName

POLICY: Final = "policy"
"""Who decided where nobody did; what a policy decided a person may still decide otherwise."""

Mode = Literal["review", "ask", "auto"]
"""`review`: verified proposals go on at once and wait to be kept or undone; `ask`: each waits for
its answer first; `auto`: policy answers at once."""


class Stop(Frozen):
    """End the engine in good order; the next start goes on."""

    do: Literal["stop"] = "stop"


class Back(Frozen):
    """Set a track back to an earlier moment, by a new commit."""

    do: Literal["back"] = "back"
    track: TrackName
    to: str
    """A commit id."""


class Redecide(Frozen):
    """Judge everything by another metric; nothing is trained."""

    do: Literal["redecide"] = "redecide"
    metric: str
    """A name, or the user's own function as `/whole/path/file.py:function`."""


class Answer(Frozen):
    """Answer an open gate with one of its options."""

    do: Literal["answer"] = "answer"
    option: str
    hunks: tuple[int, ...] = ()
    """Of a proposal: the changes to keep, by number from 1, where `option` is `keep` and not all
    are meant."""
    why: str = ""
    """The person's words; to an undone proposal they go to the Debugging Agent."""


class Tell(Frozen):
    """Ask the run for something in words; checked for sense, then it joins what comes next."""

    do: Literal["tell"] = "tell"
    words: str


class Pause(Frozen):
    """Begin nothing more; the clock stands still once nothing runs any more."""

    do: Literal["pause"] = "pause"


class Resume(Frozen):
    """Go on after a pause."""

    do: Literal["resume"] = "resume"


class Finish(Frozen):
    """Take the best there is now: building ends, deciding begins."""

    do: Literal["finish"] = "finish"


class StopTrack(Frozen):
    """Begin nothing more on a track; what it has achieved stays."""

    do: Literal["stop-track"] = "stop-track"
    track: TrackName


class LeaveOut(Frozen):
    """Try recipes of these families no more, and answer without what they have scored."""

    do: Literal["leave-out"] = "leave-out"
    families: tuple[str, ...]
    """Names of `agents.recipes.families`."""


class Change(Frozen):
    """Change settings of the run while it goes on."""

    do: Literal["set"] = "set"
    settings: dict[str, JsonValue]
    """New values by name; `CHANGEABLE` says which."""


class Replan(Frozen):
    """Write the code of a candidate again, from its plan as the person edited it."""

    do: Literal["replan"] = "replan"
    candidate: str
    """Name of the plan."""
    text: str
    """As `agents.plan_text` writes and reads it."""


CHANGEABLE: Final = (
    "mode",
    "time_limit",
    "model",
    "planner",
    "coder",
    "debugger",
    "max_tokens",
    "max_cost",
    "debug_rounds",
)
"""Settings that a run which goes on can take up; the others hold until it ends."""

Choice = Annotated[
    Stop
    | Back
    | Redecide
    | Answer
    | Tell
    | Pause
    | Resume
    | Finish
    | StopTrack
    | LeaveOut
    | Change
    | Replan,
    Field(discriminator="do"),
]


@cache
def _adapter() -> TypeAdapter[Choice]:
    return TypeAdapter(Choice)


def read_choice(value: JsonValue) -> Choice:
    """The choice that a decision row holds.

    Raises:
        ValidationError: It is none that this version can carry out.
    """
    return _adapter().validate_python(value)


def gate_for(choice: Choice) -> str:
    """A gate of its own for a choice that answers none."""
    return f"{choice.do}/{uuid.uuid4().hex}"


def as_row(choice: Choice) -> dict[str, JsonValue]:
    """The choice as a row holds it."""
    return choice.model_dump(mode="json")
