"""How a fault of a model's program is answered (DESIGN 5): rules first, then the Debugging Agent.

A rule costs neither tokens nor a round. A fault that comes back is answered by more each time: by
the Debugging Agent, then with what the installed libraries really offer, then with what the web
says where that is allowed, then by the whole function anew; after that the plan is given up, and
the recipes stand. What became of a repair is remembered for the next plan and for the next run.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from pydantic import JsonValue

from agents.adviser import Adviser
from agents.journal import events
from agents.knowledge.signatures import Line, signatures_for
from agents.models import CandidatePlan, Fault, Task
from agents.repairs.escalation import Attempt, Means, Rung, next_rung, same
from agents.repairs.lookup import installed
from agents.repairs.memory import FILE, Memory, signature
from agents.repairs.quick_fixes import Fix, quick_fix
from agents.roles.debugging_agent import Case, repair
from agents.roles.error_analyzer import analyze_with
from agents.run.by_models.asking import at
from agents.run.by_models.panel import Panel
from agents.run.candidates.one_file import located
from agents.run.fetching.reaching_out import search_web
from agents.run.switches import may_reach_out
from agents.run.world import World

EDIT = "edit"
"""The rule under which the memory keeps what a model changed."""
MOST_REMEMBERED = 3


@dataclass(frozen=True)
class Mended:
    """A program after a repair."""

    files: Mapping[str, str]
    cause: str
    """One sentence on what was wrong, or what was changed."""


@dataclass(frozen=True)
class Tried(Attempt):
    """A repair of this plan."""

    what: str
    rule: str = EDIT


@dataclass(frozen=True)
class Workshop:
    """What all repairs of a run share."""

    world: World
    panel: Panel
    memory: Memory


def open_workshop(world: World, panel: Panel) -> Workshop:
    """A workshop that remembers; a repeatable run knows nothing of other workspaces."""
    files = [world.paths.state / FILE]
    if not world.repeatable:
        files.append(Path(platformdirs.user_cache_dir("iml-tui")) / FILE)
    return Workshop(world, panel, Memory(files))


class Mending:
    """The repairs of one plan, one after the other."""

    def __init__(self, shop: Workshop, task: Task, adviser: Adviser, plan: CandidatePlan) -> None:
        """Nothing was tried yet."""
        self.made = ""
        """What the plan's preprocessing made of `sample`, where that is known."""
        self._shop, self._task, self._adviser, self._plan = shop, task, adviser, plan
        self._world = shop.world
        self._history: list[Tried] = []
        self._open: Tried | None = None
        """The last repair, until it is known what became of it."""

    @property
    def rounds(self) -> int:
        """Repairs that the Debugging Agent made."""
        return sum(one.rung != "quick" for one in self._history)

    async def next(self, number: int, fault: Fault, files: Mapping[str, str]) -> Mended | None:
        """The next repair of a fault; None where nothing is left to try.

        Args:
            number: The round that failed.
            fault: With what.
            files: The program as its author knows it.

        Raises:
            ModelError: The Debugging Agent had to be asked and gave no repair.
        """
        path = f"{self._plan.track}/round-{number}/debug"
        fault = located(fault, files)
        await self.came_to(number, fault)
        rounds = self._world.settings.debug_rounds
        fix = await self._by_rule(path, fault, files) if rounds else None
        means = Means(rounds=rounds, quick=fix is not None, web=may_reach_out(self._world.settings))
        rung = next_rung(self._history, fault, means)
        if rung == "recipe":
            return None
        if rung == "quick" and fix is not None:
            what = self._told_apart(fix.what)
            self._note(Tried(fault, "quick", what, fix.rule))
            return Mended(fix.files, what)
        return await self._by_model(path, number, rung, fault, files)

    async def as_told(
        self, number: int, fault: Fault, files: Mapping[str, str], words: str
    ) -> Mended:
        """A change of a program that runs, as the person wants it.

        Raises:
            ModelError: The Debugging Agent made no change.
        """
        path = f"{self._plan.track}/round-{number}/debug"
        fault = located(fault, files)
        case = Case(plan=self._plan, fault=fault, files=files, words=words)
        mended = await repair(self._asked(path), case)
        cause = self._told_apart(mended.cause)
        self._history.append(Tried(fault, "debug", cause))
        return Mended(mended.files, cause)

    async def came_to(self, number: int, fault: Fault | None) -> None:
        """Remembers what became of the last repair.

        Args:
            number: The round that it was tried in.
            fault: What was found then; None where nothing was.
        """
        last, self._open = self._open, None
        if last is None:
            return
        healed = fault is None or _elsewhere(fault, last.fault)

        async def remember() -> JsonValue:
            self._shop.memory.note(last.fault, last.rule, last.what, healed=healed)
            return healed

        inputs: JsonValue = {"signature": signature(last.fault), "what": last.what}
        path = f"{self._plan.track}/round-{number}/remembered"
        await self._world.steps.step(path, inputs, remember, label="Remembering the repair")

    # --- by rule ----------------------------------------------------------------------------------

    async def _by_rule(self, path: str, fault: Fault, files: Mapping[str, str]) -> Fix | None:
        """The first rule that fits; recorded, since it rests on what is installed."""
        tried = [one.rule for one in self._history if same(one.fault) == same(fault)]

        async def look() -> JsonValue:
            fix = await asyncio.to_thread(
                quick_fix,
                fault,
                files,
                self._plan.contract,
                installed(self._world.runtime.python),
                first=self._shop.memory.rule_for(fault),
                without=tried,
            )
            return (
                None
                if fix is None
                else {"rule": fix.rule, "files": dict(fix.files), "what": fix.what}
            )

        inputs: JsonValue = {
            "fault": fault.model_dump(mode="json"),
            "files": dict(files),
            "tried": [*tried],
        }
        found = await self._world.steps.step(
            f"{path}/rule", inputs, look, label="Looking for a known repair"
        )
        if not isinstance(found, dict):
            return None
        changed = found["files"]
        assert isinstance(changed, dict)
        texts = {name: str(text) for name, text in changed.items()}
        return Fix(rule=str(found["rule"]), files=texts, what=str(found["what"]))

    def _note(self, tried: Tried) -> None:
        self._history.append(tried)
        self._open = tried

    # --- by a model -------------------------------------------------------------------------------

    async def _by_model(
        self, path: str, number: int, rung: Rung, fault: Fault, files: Mapping[str, str]
    ) -> Mended:
        known = await self._classified(path, number, fault, files)
        case = Case(
            plan=self._plan,
            fault=known,
            files=files,
            tried=[one.what for one in self._history if same(one.fault) == same(fault)],
            healed=await self._remembered(path, fault),
            signatures=await self._signatures(path, known, files, spoken=rung != "debug"),
            web=await search_web(self._world, self._task, path, known) if rung == "web" else "",
            anew=rung == "anew",
            made=self.made,
        )
        mended = await repair(self._asked(path), case)
        cause = self._told_apart(mended.cause)
        self._note(Tried(fault, rung, cause))
        return Mended(mended.files, cause)

    def _told_apart(self, cause: str) -> str:
        """A sentence that no earlier repair of the plan had: a round is known by its words."""
        times = sum(one.what.startswith(cause) for one in self._history)
        return f"{cause} (try {times + 1})" if times else cause

    async def _classified(
        self, path: str, number: int, fault: Fault, files: Mapping[str, str]
    ) -> Fault:
        """A fault that no rule knows, as a model reads it; told, since the first class was none."""
        if fault.kind != "unknown":
            return fault
        known = await analyze_with(self._asked(f"{path}/class"), fault, files)
        self._world.tell(
            events.FaultFound(
                track=self._plan.track, round=number, candidate=self._plan.name, fault=known
            )
        )
        return known

    def _asked(self, path: str) -> Adviser:
        return at(self._adviser, self._world, self._shop.panel, path, "debugger")

    async def _remembered(self, path: str, fault: Fault) -> tuple[str, ...]:
        """What healed such a fault before; recorded, since it goes into a prompt."""

        async def look() -> JsonValue:
            return [*self._shop.memory.healed(fault)[:MOST_REMEMBERED]]

        inputs: JsonValue = {"signature": signature(fault)}
        found = await self._world.steps.step(
            f"{path}/memory", inputs, look, label="Looking for a known repair"
        )
        assert isinstance(found, list)
        return tuple(map(str, found))

    async def _signatures(
        self, path: str, fault: Fault, files: Mapping[str, str], *, spoken: bool
    ) -> str:
        """What the installed libraries really offer of what failed; recorded.

        That is what the failing line calls, and, where a fault came back, all that it speaks of.
        """
        ran = fault.excerpt and fault.kind != "resource"
        at = Line(fault.file, fault.line) if ran and fault.file and fault.line else None
        if at is None and not spoken:
            return ""
        words = f"{fault.message}\n{fault.excerpt}" if spoken else ""

        async def look() -> JsonValue:
            python = self._world.runtime.python
            return await asyncio.to_thread(signatures_for, words, dict(files), python, at)

        inputs: JsonValue = {"message": fault.message, "files": dict(files)}
        found = await self._world.steps.step(
            f"{path}/signatures", inputs, look, label="Looking up the libraries"
        )
        return str(found)


def _elsewhere(now: Fault, before: Fault) -> bool:
    """Whether a fault is another one, at another place: what was mended there holds so far."""
    place = (now.component, now.function)
    return same(now) != same(before) and place != (before.component, before.function)
