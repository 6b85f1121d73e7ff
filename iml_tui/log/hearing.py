"""What the log takes from the facts of a run: small plain values, made wherever facts are read.

A long past is heard by another process (`iml_tui.past`), so nothing here holds a fact or a state.
"""

from typing import NamedTuple

from agents.journal import events as facts
from agents.journal.events import Recorded
from agents.journal.state import State
from iml_tui.drawing.draw import printable
from iml_tui.log.source import Sentence
from iml_tui.log.text import LINE_CHARACTERS
from iml_tui.words.present import headline, subject, tone

ENGINE, MODELS = "engine", "models"


class Opened(NamedTuple):
    """A file that a program or model begins to write."""

    at: float
    """Wall clock, seconds since the epoch."""
    log: str
    """Its path below the workspace's `.iml`."""
    who: str
    groups: tuple[str, ...]
    step: str
    anew: bool = False
    """Whether what stood in it before is gone."""


class Hearing(NamedTuple):
    """What one fact means for the log."""

    active: float
    """Seconds of the run at which it was recorded."""
    sentence: Sentence | None = None
    opened: Opened | None = None
    ended: str | None = None
    """A step whose file is whole now."""
    all_ended: bool = False
    """Whether every file is whole now."""

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but how far the facts are known."""
        return not (self.sentence or self.opened or self.ended or self.all_ended)


def hearing(fact: Recorded, after: State) -> Hearing:
    """What the log takes from a fact.

    Args:
        fact: It.
        after: The state that includes it.
    """
    known = Hearing(fact.active, _sentence(fact, after))
    match fact.event:
        case facts.ProgramStarted() as event:
            opened = Opened(fact.at, event.log, event.track, (event.track,), event.step)
            return known._replace(opened=opened)
        case facts.ModelAsked() as event:
            track = event.step.split("/")[0]
            groups = (MODELS, track) if track in after.tracks else (MODELS,)
            opened = Opened(fact.at, event.log, event.part, groups, event.step, anew=True)
            return known._replace(opened=opened)
        case (
            facts.ProgramEnded(step=step)
            | facts.ModelAnswered(step=step)
            | facts.ModelDropped(step=step)
            | facts.StepAbandoned(path=step)
        ):
            return known._replace(ended=step)
        case facts.EngineStarted() | facts.EngineStopped():
            return known._replace(all_ended=True)
        case _:
            return known


def _sentence(fact: Recorded, after: State) -> Sentence | None:
    text = headline(fact.event, after)
    if text is None:
        return None
    who = group = subject(fact.event)
    if isinstance(fact.event, facts.ModelAsked | facts.ModelAnswered | facts.ModelDropped):
        who, group = fact.event.part, MODELS
    elif who not in after.tracks:
        group = ENGINE
    return Sentence(printable(who), group, tone(fact.event), printable(text)[:LINE_CHARACTERS])
