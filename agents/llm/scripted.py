"""A model that answers from a script: for tests, and for a demonstration without any server.

A script is a list of answers, each for one role or for whoever asks next. It may be kept as a file
of JSON lines (`{"role": "task_analyzer", "text": "…"}`), which `script/FILE` names like any other
model; what a real model answered can be kept in the same form and played again.
"""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import ValidationError

from agents.conversation import Ended, Prompt, Reply, Usage, estimated_tokens, ignored
from agents.errors import InputError, ModelError, UnknownModelError
from agents.models import Frozen


class Answer(Frozen):
    """One answer of a script."""

    text: str
    role: str | None = None
    """Who gets it; None: whoever asks next."""
    ended: Ended = "stop"


class ScriptedModel:
    """Answers in the order of a script, and keeps what it was asked."""

    def __init__(
        self,
        answers: Iterable[Answer | ModelError | str],
        *,
        name: str = "script",
        context_tokens: int | None = None,
    ) -> None:
        """Learns the script.

        Args:
            answers: In order; an error is raised when its turn has come.
            name: The full name.
            context_tokens: The context length that it claims.
        """
        self._answers = deque(
            Answer(text=answer) if isinstance(answer, str) else answer for answer in answers
        )
        self._name = name
        self._context_tokens = context_tokens
        self.asked: list[Prompt] = []
        """Every prompt so far."""

    @property
    def name(self) -> str:
        """The full name."""
        return self._name

    @property
    def left(self) -> int:
        """How many answers nobody asked for yet."""
        return len(self._answers)

    async def context_tokens(self) -> int | None:
        """See `Model`."""
        return self._context_tokens

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Gives the next answer that is meant for the role that asks.

        Raises:
            UnknownModelError: the script has no answer left for this role.
            ModelError: the script says so.
        """
        self.asked.append(prompt)
        answer = self._next(prompt.role)
        if isinstance(answer, ModelError):
            raise answer
        heard(answer.text)
        usage = Usage(
            prompt_tokens=prompt.estimated_tokens,
            completion_tokens=estimated_tokens(answer.text),
            counted=False,
            cost=0.0,
        )
        return Reply(text=answer.text, model=self._name, ended=answer.ended, usage=usage)

    def _next(self, role: str) -> Answer | ModelError:
        for answer in self._answers:
            if isinstance(answer, ModelError) or answer.role in {None, role}:
                self._answers.remove(answer)
                return answer
        raise UnknownModelError(f"{self._name} has no answer left for {role}: add one.")


def read_script(file: Path) -> tuple[Answer, ...]:
    """The answers that a file of JSON lines holds.

    Raises:
        InputError: there is no such file, or a line of it is no answer.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: name a file of JSON lines.") from error
    answers = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                answers.append(Answer.model_validate_json(line))
            except ValidationError as error:
                raise InputError(
                    f'Line {number} of {file} is no answer: write {{"text": "…"}}.'
                ) from error
    return tuple(answers)
