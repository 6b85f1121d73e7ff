"""The models of a run: one for planning, one for code, one for repairs; often the same.

Opened before anything is written: a name that means nothing or a key that is missing is the
person's to mend. Nothing is sent before the first question, so that how much context a local server
sets up can wait until it is known how much there is to say. What was spent before a restart counts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from agents.conversation import PARTS, Model, Part, Usage, Waiting, ignored
from agents.errors import InputError, TerminalModelError
from agents.journal.events import ModelCall, Progress, Recorded
from agents.llm.backoff import Patience
from agents.llm.budget import Budget, Limits
from agents.llm.deadlines import Deadlines
from agents.llm.opening import Manner, open_model
from agents.settings import Settings

LEAST_CONTEXT, MOST_CONTEXT = 16_384, 65_536
"""What a local server is told to set up: below, code does not fit; above, memory does not."""
OWN_TOKENS = 12_000
"""What a prompt says beside the dossier: the house's rules, a plan, two files, a program's output.
"""
ANSWER_TOKENS = 8_192
LONG_ATTEMPT = 4
"""From this call on a wait is worth a sentence that stays, beside its countdown."""

Show = Callable[[str, Progress | None], None]
"""Writes a progress row under a path, or removes it."""
Opener = Callable[[str, Manner], Model]
"""Opens a model by its name."""


@dataclass
class Panel:
    """Who is asked, what it may cost, and who is not asked any more."""

    names: dict[Part, str]
    """The model of each part."""
    budget: Budget
    manner: Manner
    opener: Opener
    silent: dict[str, str] = field(default_factory=dict)
    """Models that are not asked any more in this run, and why."""
    say: Callable[[str], None] = ignored
    """Tells the person a sentence."""
    _opened: dict[str, Model] = field(default_factory=dict)
    _expected: bool = False

    def model(self, part: Part) -> Model:
        """Who answers questions of this part.

        Raises:
            InputError: The name means nothing, or the key is missing.
        """
        name = self.names[part]
        if name not in self._opened:
            self._opened[name] = self.opener(name, self.manner)
        return self._opened[name]

    def become(self, other: "Panel") -> None:
        """Asks, from the next question on, whom another panel would ask, within its limits."""
        other.say = self.say
        wanted = self.manner.wanted_context
        self.names, self.budget, self.opener = other.names, other.budget, other.opener
        self.manner = other.manner.model_copy(update={"wanted_context": wanted})
        self.silent.clear()
        self._opened.clear()

    def expect(self, dossier_tokens: int) -> None:
        """Settles once how much context local servers set up, before the first question.

        Args:
            dossier_tokens: Of what all prompts of the run begin with.
        """
        if self._expected:  # another context would make the server load the model anew
            return
        self._expected = True
        self.manner = self.manner.model_copy(
            update={"wanted_context": wanted_context(dossier_tokens)}
        )
        self._opened.clear()


def wanted_context(dossier_tokens: int) -> int:
    """Tokens of the largest prompt of a run, its answer, and one correction of that."""
    told = dossier_tokens + OWN_TOKENS + ANSWER_TOKENS
    return min(MOST_CONTEXT, max(LEAST_CONTEXT, told * 8 // 7))


def wait_path(name: str) -> str:
    """The progress row that shows a wait for a model."""
    return f"models/{name}"


def open_panel(
    settings: Settings, environment: Mapping[str, str], show: Show | None = None
) -> Panel | None:
    """Opens the models that a run is told to use; None where it is told none.

    Args:
        settings: Which models, what may be spent, and how long they are waited for.
        environment: Holds keys and addresses.
        show: Shows each second of a wait for a server; None where nobody looks.

    Raises:
        InputError: A name means nothing, or a key is missing.
    """
    names = settings.models
    if not names:
        return None
    if missing := [part for part in PARTS if part not in names]:
        raise InputError(
            f"No model is named for {' and '.join(missing)}: add --model, which stands for all."
        )
    budget = Budget(Limits(max_tokens=settings.max_tokens, max_cost=settings.max_cost))
    manner = Manner(
        seed=settings.seed,
        patience=Patience.within(settings.model_wait),
        deadlines=Deadlines.within(settings.answer_time),
    )

    def opened(name: str, manner: Manner) -> Model:
        try:
            return open_model(
                name,
                environment=environment,
                manner=manner,
                budget=budget,
                announce=lambda waiting: _announce(panel, name, waiting, show),
            )
        except TerminalModelError as error:
            raise InputError(str(error)) from error

    panel = Panel(names, budget, manner, opened)
    for part in PARTS:
        panel.model(part)
    return panel


def _announce(panel: Panel, name: str, waiting: Waiting, show: Show | None) -> None:
    """Shows a second of a wait; says it for good where it becomes long, or was a long silence."""
    if waiting.begins and waiting.slow:
        panel.say(f"{waiting.reason} It is asked again, {waiting.attempts} calls in all.")
    elif waiting.begins and waiting.attempt == LONG_ATTEMPT:
        panel.say(f"{waiting.reason} It is waited for, {waiting.attempts} calls in all.")
    if show is not None:
        again = f"Again in {waiting.seconds_left:.0f} s"
        text = f"{waiting.reason} {again} ({waiting.attempt} of {waiting.attempts})."
        label, left = f"Waiting for {name}", waiting.seconds_left
        show(wait_path(name), Progress(label=label, done=-1.0, text=text, again_in=left))


def remember(panel: Panel, facts: Iterable[Recorded]) -> None:
    """Counts what this run spent before the engine was started again."""
    for fact in facts:
        if isinstance(fact.event, ModelCall):
            answered = fact.event
            usage = Usage(
                prompt_tokens=answered.prompt_tokens,
                cached_tokens=answered.cached_tokens,
                completion_tokens=answered.completion_tokens,
                seconds=answered.seconds,
                cost=answered.cost,
            )
            panel.budget.note(answered.role, usage)
