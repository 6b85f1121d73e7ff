"""A language model as the roles see it: questions from files in, values, files and edits out.

A role hands over what its prompt needs to know and gets something typed back. Which model answers,
how often it was asked again, what was cut from the prompt and what it cost is not its business.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel

from agents.conversation import Model, Part, Prompt, Reply
from agents.errors import ContextOverflowError, NotUnderstoodError
from agents.prompts import UNKNOWN_CONTEXT, PromptFiles, room_for
from agents.replies import Editing, NotUnderstood, ask_for, ask_typed, read_files

Typed = TypeVar("Typed", bound=BaseModel)
Value = TypeVar("Value")

CODE_TOKENS = 16_384
"""Kept free for an answer that is a program."""
WORDS_TOKENS = 6_144
"""Kept free for an answer that is a plan or a reading."""
SHORTENED = 2
"""How often a prompt that a model cannot read is asked at half the length."""


@dataclass(frozen=True)
class Question:
    """What a role asks."""

    role: str
    """Folder of its prompts."""
    part: Part
    facts: Mapping[str, object]
    """What its template asks for besides what all prompts know."""
    answer_tokens: int = WORDS_TOKENS


@dataclass(frozen=True)
class Adviser:
    """A model and what all of its prompts know."""

    model: Model
    shared: Mapping[str, object]
    """Facts of the dossier, the same in every prompt of a run, so that servers can cache it."""
    files: PromptFiles = field(default_factory=PromptFiles)

    def knowing(self, **facts: object) -> "Adviser":
        """An adviser whose prompts know more."""
        return replace(self, shared={**self.shared, **facts})

    async def value(self, question: Question, answer: type[Typed]) -> Typed:
        """Asks for a value of a pydantic type.

        Raises:
            NotUnderstoodError: no reply could be read as one.
            ModelError: there was no reply.
        """
        return await self._asked(question, lambda prompt: ask_typed(self.model.ask, prompt, answer))

    async def code(self, question: Question, path: str) -> str:
        """Asks for a whole file.

        Raises:
            NotUnderstoodError: no reply held the file.
            ModelError: there was no reply.
        """

        def read(reply: Reply) -> str | NotUnderstood:
            found = read_files(reply.text, {path})
            return found if isinstance(found, NotUnderstood) else found[0].text

        return await self._asked(question, lambda prompt: ask_for(self.model.ask, prompt, read))

    async def edited(
        self,
        question: Question,
        files: Mapping[str, str],
        only: Collection[str],
        doubt: Callable[[Mapping[str, str]], str] = lambda _: "",
    ) -> tuple[dict[str, str], str]:
        """Asks for edits of some files.

        Args:
            question: What is asked.
            files: Text by path.
            only: The files that may be edited.
            doubt: What speaks against edits that match, if anything does. It is said to the model
                once; what it answers then is taken, or its first answer where that cannot be used.

        Returns:
            All files with the edits applied, and what the model said before them.

        Raises:
            NotUnderstoodError: no reply held edits that match, each exactly once.
            ModelError: there was no reply.
        """
        reading = _Edits(files, only, doubt)

        async def ask(prompt: Prompt) -> tuple[dict[str, str], str] | NotUnderstood:
            reading.begin()
            found = await ask_for(self.model.ask, prompt, reading.read)
            usable = not isinstance(found, NotUnderstood) or found.refused
            return found if usable or reading.doubted is None else reading.doubted

        return await self._asked(question, ask)

    async def _asked(
        self, question: Question, ask: Callable[[Prompt], Awaitable[Value | NotUnderstood]]
    ) -> Value:
        """Asks with the whole prompt, and with shorter ones where the model cannot read it."""
        context = await self.model.context_tokens() or UNKNOWN_CONTEXT
        prompt = self._prompt(question, context)
        for again in range(1, SHORTENED + 1):
            try:
                return self._understood(question, await ask(prompt))
            except ContextOverflowError as overflow:
                try:
                    room = prompt.estimated_tokens // 2
                    prompt = self._prompt(question, context >> again, room)
                except ContextOverflowError:
                    raise overflow from None  # it cannot be said in fewer words
        return self._understood(question, await ask(prompt))

    def _prompt(self, question: Question, context: int, room: int | None = None) -> Prompt:
        answer = min(question.answer_tokens, context // 3)
        most = room_for(context, answer)
        written = self.files.write(
            question.role,
            {**self.shared, **question.facts},
            room=most if room is None else min(most, room),
        )
        return Prompt(
            role=question.role,
            part=question.part,
            system=written.system,
            user=written.user,
            answer_tokens=answer,
        )

    def _understood(self, question: Question, found: Value | NotUnderstood) -> Value:
        if not isinstance(found, NotUnderstood):
            return found
        said = found.objection.splitlines()[0]
        raise NotUnderstoodError(
            f"What {self.model.name} answered as {question.role.replace('_', ' ')} cannot be used "
            f"({said})."
        )


class _Edits:
    """The edits of several replies to one question, as far as they match."""

    def __init__(
        self, files: Mapping[str, str], only: Collection[str], doubt: Callable[..., str]
    ) -> None:
        self._files, self._doubt = files, doubt
        self._editable = {path: files[path] for path in only}
        self.begin()

    def begin(self) -> None:
        """Nothing is answered yet."""
        self.doubted: tuple[dict[str, str], str] | None = None
        """The answer that something spoke against."""
        self._editing, self._said = Editing(self._editable), list[str]()

    def read(self, reply: Reply) -> tuple[dict[str, str], str] | NotUnderstood:
        """All files after the edits so far, and what was said before them; or what is wrong."""
        changed = self._editing.read(reply.text)
        self._said.append(_words_before(reply.text))
        if isinstance(changed, NotUnderstood):
            return changed
        answer = {**self._files, **changed}, next(filter(None, self._said), "")
        objection = self._doubt(changed) if self.doubted is None else ""
        if not objection:
            return answer
        self.begin()
        self.doubted = answer
        return NotUnderstood(objection=objection)


def _words_before(text: str) -> str:
    """The prose that leads to the first edit, without the file's name."""
    prose = text.partition("<<<<<<<")[0].strip().splitlines()
    kept = [line for line in prose[:-1] if not line.startswith("```")] if prose else []
    return " ".join(" ".join(kept).split())
