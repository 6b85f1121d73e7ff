"""Prompts from files, cut to what a model can read, and never where it would change the task.

A role's question is a Jinja template, `<role>/question.md.j2`, below the house's rules, which are
the same in every call (`house.md.j2`); in all of them a missing fact is an error. What may be
shortened stands in a section with a rank:

    {% call section("the description", rank=3) %}{{ description }}{% endcall %}

Everything outside a section is the contract and is never cut. Where room is short, the section with
the highest rank gives way first, and the prompt says in its place what was left out. What is the
same in every call stands first, so that servers can cache it.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2

from agents.conversation import estimated_tokens
from agents.errors import ContextOverflowError
from agents.models import Frozen

PROMPTS = Path(__file__).resolve().parent
UNKNOWN_CONTEXT = 32_768
"""Tokens that a model is taken to read where nobody says."""
_LEAST_TOKENS = 60
"""A section that would become shorter than that is left out as a whole."""


class Section(NamedTuple):
    """A part of a prompt that may be shortened."""

    name: str
    rank: int
    """1 is given up last."""
    text: str


class Written(Frozen):
    """The texts of a prompt, and what had to be left out of it."""

    system: str
    user: str
    trimmed: tuple[str, ...] = ()
    """One sentence a section that was shortened."""


class PromptFiles:
    """The templates in one folder."""

    def __init__(self, folder: Path = PROMPTS) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )

    def write(self, role: str, facts: Mapping[str, object], *, room: int) -> Written:
        """Fills in the rules of the house and a role's question, and cuts the result to size.

        Args:
            role: Folder of the question.
            facts: What the templates ask for.
            room: Tokens that both texts may have together; see `room_for`.

        Raises:
            ContextOverflowError: even without any section the prompt is too long.
            jinja2.UndefinedError: a template asks for a fact that is not given.
        """
        system = self._templates.get_template("house.md.j2").render(facts).strip()
        parts = self._parts(f"{role}/question.md.j2", facts)
        user, trimmed = fitted(parts, room - estimated_tokens(system), role)
        return Written(system=system, user=user, trimmed=trimmed)

    def tokens_of(self, template: str, facts: Mapping[str, object]) -> int:
        """About how many tokens a template comes to when nothing is cut.

        Args:
            template: Its file.
            facts: What it asks for.
        """
        parts = self._parts(template, facts)
        return _tokens([part if isinstance(part, str) else part.text for part in parts])

    def _parts(self, template: str, facts: Mapping[str, object]) -> list[str | Section]:
        mark = f"\0{secrets.token_hex(8)}\0"  # data cannot forge the border of a section
        sections: list[Section] = []

        def section(name: str, rank: int, caller: Callable[[], str]) -> str:
            text = caller()
            if mark in text:
                raise ValueError(f"{template}: the section {name!r} holds another one.")
            sections.append(Section(name, rank, text))
            return mark

        contract = self._templates.get_template(template).render(facts, section=section)
        parts: list[str | Section] = []
        for text, after in zip(contract.split(mark), [*sections, None], strict=True):
            parts += [text] if after is None else [text, after]
        return parts


def room_for(context_tokens: int | None, answer_tokens: int) -> int:
    """Tokens that a prompt may have: the context less the answer and one correction of it.

    Args:
        context_tokens: What the model reads and writes together; None where nobody says.
        answer_tokens: What is kept free for the answer.
    """
    context = UNKNOWN_CONTEXT if context_tokens is None else context_tokens
    return context - answer_tokens - min(answer_tokens, context // 8)


def fitted(parts: Sequence[str | Section], room: int, role: str) -> tuple[str, tuple[str, ...]]:
    """Joins the parts of a prompt, shortening sections until they fit.

    Args:
        parts: Contract (texts) and sections, in order.
        room: Tokens that all may have together.
        role: Whose prompt it is, for the sentence.

    Returns:
        The text, and one sentence a section that was shortened.

    Raises:
        ContextOverflowError: the contract alone does not fit.
    """
    kept = [part if isinstance(part, str) else part.text for part in parts]
    trimmed: list[str] = []
    ranked = [(part.rank, place) for place, part in enumerate(parts) if isinstance(part, Section)]
    for _, place in sorted(ranked, reverse=True):
        over = _tokens(kept) - room
        if over <= 0:
            break
        section = parts[place]
        if isinstance(section, Section):
            left = estimated_tokens(section.text) - over
            kept[place], said = _shortened(section, left)
            trimmed.append(said)
    if _tokens(kept) > room:
        raise ContextOverflowError(
            f"The prompt of {role} needs about {_tokens(kept)} tokens at least and has room for "
            f"{max(room, 0)}: choose a model with a longer context."
        )
    return "".join(kept).strip(), tuple(trimmed)


def _tokens(texts: Sequence[str]) -> int:
    return sum(estimated_tokens(text) for text in texts)


def _shortened(section: Section, room: int) -> tuple[str, str]:
    """The beginning of a section, as whole lines, with a note of what is missing."""
    lines = section.text.splitlines(keepends=True)
    note = f"[{section.name}: {len(lines)} of {len(lines)} lines left out]\n"
    room -= estimated_tokens(note)
    kept: list[str] = []
    if room >= _LEAST_TOKENS:
        for line in lines:
            room -= estimated_tokens(line)
            if room < 0:
                break
            kept.append(line)
    missing = len(lines) - len(kept)
    said = f"{section.name}: {missing} of {len(lines)} lines left out"
    return f"{''.join(kept)}[{said}]\n", f"{said} of the prompt, for lack of room."
