"""A run as decisions meet it: real journal, real repository, real clock; no program runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents.execution.runtime import Runtime
from agents.execution.sandbox import Sandbox
from agents.execution.slots import Slots
from agents.execution.worker import Worker
from agents.journal import events
from agents.journal.choices import Choice, as_row, gate_for
from agents.journal.events import DecisionTaken, Event
from agents.journal.steps import Steps
from agents.journal.store import Journal, JournalReader
from agents.run.by_models.panel import Panel, open_panel
from agents.run.candidates.verification import Sources
from agents.run.choosing.selection import Build
from agents.run.decisions.inbox import Inbox
from agents.run.facts import Facts
from agents.run.paths import Paths
from agents.run.world import GIB, World
from agents.settings import Settings
from agents.workspace.message import CommitMessage
from agents.workspace.repository import Repository
from tests.iml_tui.runs import BLUEPRINT, PROFILE, TASK, plan, score

STATE = ".iml"
WAIT_S = 100.0


@dataclass
class Desk:
    """One engine's view of a workspace, and a viewer's."""

    world: World
    inbox: Inbox
    build: Build
    reader: JournalReader

    def decide(self, choice: Choice, gate: str = "") -> str:
        """A viewer's row."""
        gate = gate or gate_for(choice)
        assert self.reader.decide(gate, as_row(choice), "a test")
        return gate

    def told(self, kind: type[Event]) -> list[Event]:
        """Facts of a kind, in order."""
        return [fact.event for fact in self.world.facts.of_run() if isinstance(fact.event, kind)]

    async def outcome(self, gate: str) -> DecisionTaken:
        """What becomes of a row."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for fact in self.world.facts.of_run():
                    if isinstance(fact.event, DecisionTaken) and fact.event.gate == gate:
                        return fact.event
                await asyncio.sleep(0.02)

    def accepted(self, number: int, model: str, base: str | None = None) -> str:
        """A model's program of the traditional track that passed everything; its proposal."""
        world, candidate = self.world, plan("traditional", "smooth")
        sources = Sources("# prepared\n", model)
        files: dict[str, bytes | None] = {
            f"tracks/traditional/{name}": text.encode() for name, text in sources.files.items()
        }
        about = {"track": "traditional", "round": number, "candidate": "smooth"}
        what = f"smooth: idea {number}"
        started = world.tell(events.RoundStarted.model_validate({**about, "what": what}))
        message = CommitMessage(at=started.moment, subject=f"round {number}", round=number)
        repository = world.repository
        proposal = repository.propose("traditional", number, 1, files, message)
        program = {"program": sources.program}
        world.tell(events.ProposalMade.model_validate({**about, **program, "commit": proposal}))
        world.gates.open(
            events.GateOpened(
                gate=world.gates.name("traditional", number),
                topic="proposal",
                about="smooth",
                question=f"Keep {what}?",
                options=("keep", "undo"),
                default="keep",
                track="traditional",
                round=number,
                commit=proposal,
                base=base or repository.tip(),
            )
        )
        scored = {**about, **program, "score": score()}
        world.tell(events.CandidateScored.model_validate(scored))
        commit = repository.accept(files, message.model_copy(update={"verdict": "valid"}))
        kept = {**about, **program, "commit": commit, "subject": message.subject}
        world.tell(events.ProposalAccepted.model_validate(kept))
        self.build.sources[sources.program] = candidate, sources
        self.build.current["traditional"] = sources.program
        return proposal


@asynccontextmanager
async def desk(folder: Path, *, model: str = "", **settings: object) -> AsyncIterator[Desk]:
    """An engine on the workspace in `folder`, new or from before; it follows its inbox."""
    workspace = folder / "pipeline"
    repository = Repository(workspace)
    repository.scaffold("ferry", datetime.now(UTC))
    journal = Journal(workspace / STATE)
    if journal.run == 0:
        journal.start_run()
    facts = Facts(journal)
    told = Settings.model_validate(facts.state.settings or {**settings, "model": model or None})
    started = events.RunStarted(
        competition=str(folder), name="ferry", settings=told.model_dump(mode="json")
    )
    facts.tell(started)
    facts.tell(events.BlueprintWritten(blueprint=BLUEPRINT))
    world = _world(folder, repository, facts, told)
    build = Build(task=TASK, profile=PROFILE, blueprint=BLUEPRINT, views={})
    reader = JournalReader(workspace / STATE)
    inbox = Inbox(world, asyncio.Event())
    inbox.attend(build)
    following = asyncio.create_task(inbox.follow())
    try:
        yield Desk(world, inbox, build, reader)
    finally:
        following.cancel()
        world.probing.cancel()
        await asyncio.wait({following, world.probing})
        reader.close()
        journal.close()


def _world(folder: Path, repository: Repository, facts: Facts, settings: Settings) -> World:
    async def probe() -> Sandbox:
        raise AssertionError("No program runs here.")

    def reopen(changed: Settings) -> Panel | None:
        return open_panel(changed, {})

    state = repository.workspace / STATE
    return World(
        competition=folder,
        workspace=repository.workspace,
        paths=Paths(state),
        settings=settings,
        facts=facts,
        steps=Steps(facts.journal),
        worker=Worker(GIB),
        runtime=Runtime(python=Path("python"), fingerprint="", binds=()),
        probing=asyncio.create_task(probe()),
        repository=repository,
        slots=Slots((0,)),
        memory_bytes=GIB,
        panel=open_panel(settings, {}),
        reopen=reopen,
    )
