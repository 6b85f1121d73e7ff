"""The models of a run: one for planning, one for code, one for repairs; often the same.

Opened once a run, before anything is written: a name that means nothing or a key that is missing is
the person's to mend. What was spent before a restart counts on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from agents.conversation import Model, Part, Usage, Waiting
from agents.errors import InputError, TerminalModelError
from agents.journal.events import ModelAnswered, Progress, Recorded
from agents.llm.budget import Budget, Limits
from agents.llm.opening import Manner, open_model
from agents.settings import Settings


@dataclass
class Panel:
    """Who is asked, what it may cost, and whether anybody is asked any more."""

    models: dict[Part, Model]
    budget: Budget
    silent: str = ""
    """Why no model is asked any more in this run; empty while they are."""

    def model(self, part: Part) -> Model:
        """Who answers questions of this part."""
        return self.models[part]


Show = Callable[[str, Progress], None]
"""Writes a progress row under a path."""


def wait_path(name: str) -> str:
    """The progress row that shows a wait for a model."""
    return f"models/{name}"


def open_panel(
    settings: Settings, environment: Mapping[str, str], show: Show | None = None
) -> Panel | None:
    """Opens the models that a run is told to use; None where it is told none.

    Args:
        settings: Which models, and what may be spent.
        environment: Holds keys and addresses.
        show: Shows each second of a wait for a server; None where nobody looks.

    Raises:
        InputError: A name means nothing, or a key is missing.
    """
    parts: tuple[Part, ...] = get_args(Part)
    named = {part: getattr(settings, part) or settings.model for part in parts}
    names = {part: name for part, name in named.items() if name}
    if not names:
        return None
    if missing := [part for part in parts if part not in names]:
        raise InputError(
            f"No model is named for {' and '.join(missing)}: add --model, which stands for all."
        )
    limits = Limits(max_tokens=settings.max_tokens, max_cost=settings.max_cost)
    panel = Panel({}, Budget(limits))
    opened: dict[str, Model] = {}
    for part, name in names.items():
        if name not in opened:
            opened[name] = _opened(name, panel, settings, (environment, show))
        panel.models[part] = opened[name]
    return panel


def _opened(
    name: str, panel: Panel, settings: Settings, outside: tuple[Mapping[str, str], Show | None]
) -> Model:
    environment, show = outside

    def announce(waiting: Waiting) -> None:
        again = f"Again in {waiting.seconds_left:.0f} s"
        text = f"{waiting.reason} {again} ({waiting.attempt} of {waiting.attempts})."
        if show is not None:
            show(wait_path(name), Progress(label=f"Waiting for {name}", done=-1.0, text=text))

    try:
        return open_model(
            name,
            environment=environment,
            manner=Manner(seed=settings.seed),
            budget=panel.budget,
            announce=announce,
        )
    except TerminalModelError as error:
        raise InputError(str(error)) from error


def remember(panel: Panel, facts: Iterable[Recorded]) -> None:
    """Counts what this run spent before the engine was started again."""
    for fact in facts:
        if isinstance(fact.event, ModelAnswered):
            answered = fact.event
            usage = Usage(
                prompt_tokens=answered.prompt_tokens,
                cached_tokens=answered.cached_tokens,
                completion_tokens=answered.completion_tokens,
                seconds=answered.seconds,
                cost=answered.cost,
            )
            panel.budget.note(answered.role, usage)
