"""Asking language models, as durable steps: a reply is recorded before anything acts on it.

A question that was answered once is never asked again, however often the engine dies (at most one
repeated a kill). What a model writes is streamed into a log like a program's output; what a call
took is journaled and counted against the limits of the run, also after the engine was restarted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from pydantic import JsonValue

from agents.conversation import Part, Prompt, Reply, ignored
from agents.errors import NotUnderstoodError, TerminalModelError
from agents.journal import events
from agents.run.panel import Panel, wait_path
from agents.run.world import World


@dataclass
class RecordedModel:
    """A model all of whose replies are durable steps below one path; one question at a time."""

    world: World
    panel: Panel
    path: str
    part: Part
    asked: int = 0

    @property
    def name(self) -> str:
        """The full name."""
        return self.panel.model(self.part).name

    async def context_tokens(self) -> int | None:
        """Tokens that a prompt and its answer may have together; recorded, as prompts depend on it.

        Raises:
            ModelError: The server had to be asked and did not say.
        """

        async def do() -> JsonValue:
            return await self.panel.model(self.part).context_tokens()

        found = await self.world.steps.step(
            f"models/{self.part}/context", {"model": self.name}, do, label=f"Asking {self.name}"
        )
        return found if isinstance(found, int) else None

    async def ask(self, prompt: Prompt, *, heard: Callable[[str], None] = ignored) -> Reply:
        """Answers from the record, or asks.

        Raises:
            TerminalModelError: No answer, now or ever in this run.
        """
        self.asked += 1
        step = f"{self.path}/ask-{self.asked}"
        label = f"{self.name} answers as {prompt.role.replace('_', ' ')}"

        async def do() -> JsonValue:
            reply = await self._heard(step, prompt, heard)
            return reply.model_dump(mode="json")

        inputs: JsonValue = {"model": self.name, "prompt": prompt.model_dump(mode="json")}
        reply = Reply.model_validate(await self.world.steps.step(step, inputs, do, label=label))
        self.world.tell(
            events.ModelAnswered(
                step=step,
                role=prompt.role,
                part=self.part,
                model=reply.model,
                prompt_tokens=reply.usage.prompt_tokens,
                cached_tokens=reply.usage.cached_tokens,
                completion_tokens=reply.usage.completion_tokens,
                seconds=reply.usage.seconds,
                cost=reply.usage.cost,
                ended=reply.ended,
            )
        )
        return reply

    async def _heard(self, step: str, prompt: Prompt, heard: Callable[[str], None]) -> Reply:
        if self.panel.silent:
            raise TerminalModelError(self.panel.silent)
        log = self.world.paths.log(step)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.world.facts.append(
            events.ModelAsked(
                step=step,
                role=prompt.role,
                part=self.part,
                model=self.name,
                log=self.world.paths.relative(log),
            )
        )
        with log.open("w", encoding="utf-8") as written:

            def listen(piece: str) -> None:
                _write(written, piece)
                heard(piece)

            try:
                return await self.panel.model(self.part).ask(prompt, heard=listen)
            finally:
                self.world.facts.journal.progress(wait_path(self.name), None)


def give_up(world: World, panel: Panel, error: Exception) -> None:
    """Says once that the model is of no use here, and goes on without it where that is final."""
    if isinstance(error, NotUnderstoodError) or not isinstance(error, TerminalModelError):
        world.notice(f"{error} The recipes go on in its place.")
        return
    if not panel.silent:
        panel.silent = str(error)
        world.notice(f"{error} The run goes on with the recipes.", serious=True)


def _write(log: IO[str], piece: str) -> None:
    log.write(piece)
    log.flush()
