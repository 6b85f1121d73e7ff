"""Asking language models, as durable steps: a reply is recorded before anything acts on it.

A question that was answered once is never asked again, however often the engine dies (at most one
repeated a kill). What a model writes is streamed into a log like a program's output; what a call
took is journaled and counted against the limits of the run, also after the engine was restarted. A
model that cannot be asked any more is left alone for the rest of the run, which is said once.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.conversation import Part, Prompt, Reply, estimated_tokens, ignored, who_does_what
from agents.errors import ContextOverflowError, ModelError, TerminalModelError
from agents.journal import events
from agents.journal.arrivals import Arrivals, arrivals_file
from agents.run.by_models.panel import Panel, wait_path
from agents.run.decisions.told import instructed
from agents.run.world import World

NO_MODEL = (
    "No language model is named, so the built-in recipes do everything: `iml-tui models` lists "
    "those that can be reached, --model names one."
)


def introduce(world: World) -> None:
    """Says once who is asked in this run."""
    panel = world.panel
    if panel is None:
        world.notice(NO_MODEL)
        return

    def say(sentence: str) -> None:
        world.facts.append(events.Noticed(text=sentence))  # also where it happens once more

    panel.say = say
    world.notice(f"In this run {who_does_what(panel.names)}.")


@dataclass
class RecordedModel:
    """A model all of whose replies are durable steps below one path; one question at a time.

    What was answered stays, whichever model answers from now on: its name is no input of a step.
    """

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
            TerminalModelError: The server had to be asked and did not say.
        """

        async def do() -> JsonValue:
            with self._talking():
                return await self.panel.model(self.part).context_tokens()

        found = await self.world.steps.step(
            f"{self.path}/context", {}, do, label=f"Asking {self.name}"
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
            with self._talking():
                reply = await self._heard(step, prompt, heard)
            return reply.model_dump(mode="json")

        inputs: JsonValue = {"prompt": prompt.model_dump(mode="json")}
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
        log = self.world.paths.log(step)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.world.paths.prompt(step).write_text(prompt.in_words, encoding="utf-8")
        self.world.facts.append(
            events.ModelAsked(
                step=step,
                role=prompt.role,
                part=self.part,
                model=self.name,
                log=self.world.paths.relative(log),
            )
        )
        arrivals_file(log).unlink(missing_ok=True)
        arrivals, since = Arrivals(log), time.monotonic()
        with log.open("wb", buffering=0) as written:
            pieces: list[str] = []

            def listen(piece: str) -> None:
                arrivals.note(written.tell())
                written.write(piece.encode("utf-8", "replace"))
                pieces.append(piece)
                heard(piece)

            try:
                return await self.panel.model(self.part).ask(prompt, heard=listen)
            except asyncio.CancelledError:
                self._tell_dropped(step, prompt, "".join(pieces), time.monotonic() - since)
                raise

    def _tell_dropped(self, step: str, prompt: Prompt, said: str, seconds: float) -> None:
        """What was asked and is not waited for costs something all the same."""
        self.world.facts.append(
            events.ModelDropped(
                step=step,
                role=prompt.role,
                part=self.part,
                model=self.name,
                prompt_tokens=prompt.estimated_tokens,
                completion_tokens=estimated_tokens(said),
                seconds=seconds,
            )
        )

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Talks to the model unless that is known to be of no use; learns where it is none.

        Raises:
            TerminalModelError: The model is not asked any more.
        """
        name = self.panel.names[self.part]
        if name in self.panel.silent:
            raise TerminalModelError(self.panel.silent[name])
        try:
            yield
        except ContextOverflowError:
            raise  # that is one prompt's fault, and shorter ones may do
        except TerminalModelError as error:
            if name not in self.panel.silent:
                self.panel.silent[name] = str(error)
                self.world.notice(
                    f"{error} It is not asked again: the recipes go on in its place.", serious=True
                )
            raise
        finally:
            self.world.facts.journal.progress(wait_path(name), None)


def at(adviser: Adviser, world: World, panel: Panel, path: str, part: Part = "planner") -> Adviser:
    """The adviser whose replies are recorded below a path, and who knows what was asked for."""
    informed = instructed(adviser, world, path)
    return replace(informed, model=RecordedModel(world, panel, path, part))


def who_answered(world: World, part: Part, below: str = "") -> tuple[str, ...]:
    """The full name of the model that answered last as a part, alone; none where none did.

    The journal knows it as the server named it, also where nothing was asked since a restart.

    Args:
        world: Holds the facts.
        part: As which it was asked.
        below: The path of its questions.
    """
    told = (fact.event for fact in reversed(world.facts.of_run()))
    answers = (one for one in told if isinstance(one, events.ModelAnswered))
    found = (one.model for one in answers if one.part == part and one.step.startswith(below))
    return tuple(islice(found, 1))


def who_wrote(world: World, track: str, *, repaired: bool) -> tuple[str, ...]:
    """The full names of the models that wrote a track's last program, and repaired it."""
    below = f"{track}/"
    names = who_answered(world, "coder", below)
    if repaired:
        names += who_answered(world, "debugger", below)
    return tuple(dict.fromkeys(names))


def give_up(world: World, error: ModelError) -> None:
    """Says that one question brought nothing, where nothing was said of the model as a whole."""
    if not isinstance(error, TerminalModelError) or isinstance(error, ContextOverflowError):
        world.notice(f"{error} The recipes go on in its place.")
