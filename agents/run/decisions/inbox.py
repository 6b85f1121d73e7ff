"""What the person decides while the engine works, taken up within half a second.

Rows of viewers and changed files are journaled first, then carried out: what steers the run at
once, an answer to a proposal beside the run, going back and another metric when everything is
built. An answer that was journaled before a crash is carried out after it.
"""

import asyncio
from collections.abc import Coroutine

from agents.adviser import Adviser
from agents.errors import InputError, WorkerError
from agents.journal.choices import (
    Answer,
    Back,
    Change,
    Finish,
    LeaveOut,
    Pause,
    Redecide,
    Replan,
    Resume,
    Stop,
    StopTrack,
    Tell,
)
from agents.journal.events import DecisionTaken, GateOpened, ProposalRejected
from agents.journal.state import Gate
from agents.journal.store import DecisionRow
from agents.run.blueprinting import say_left_out
from agents.run.candidates.verification import Sources
from agents.run.choosing.redeciding import redecide, restated
from agents.run.choosing.selection import Build
from agents.run.decisions import instructions, questions
from agents.run.decisions.edits import save_edits, tell_forgotten_edits
from agents.run.decisions.going_back import go_back
from agents.run.decisions.instructions import Heeded
from agents.run.decisions.own_rounds import OwnRounds
from agents.run.decisions.proposals import Proposals, part_of
from agents.run.decisions.questions import restate
from agents.run.decisions.shown import numbered
from agents.run.decisions.steering import steer
from agents.run.decisions.taking import Asked, Outcome, take, untaken
from agents.run.fetching import packages
from agents.run.world import World

POLL_S = 0.4
EDIT_POLLS = 5
"""Files are compared every this many polls."""
CUT_OFF = "cut off while it was written"
EARLIER = Outcome("It was asked of an earlier run: ask again.", refused=True)


class StopRequestedError(Exception):
    """The person asked the run to stop; leaves `engine.run`, never the engine."""


class RestatedError(Exception):
    """The person stated another task: the next run begins; leaves `engine.run`, as above."""


class Inbox:
    """Takes up decisions and edits, and starts what follows from them."""

    def __init__(self, world: World, stop: asyncio.Event) -> None:
        """`stop` is set by signals; rows in the journal ask for the same."""
        self._world, self._stop = world, stop
        self._build: Build | None = None
        self._adviser: Adviser | None = None
        self._tasks: dict[str, list[asyncio.Task[object]]] = {}
        self._handling: dict[str, asyncio.Task[None]] = {}
        self.proposals = Proposals(world)
        self._rounds = OwnRounds(world)
        self._counted = 0
        """How many rounds of the person's own `settle` has seen finished."""
        self._left_out = frozenset[str]()
        """The kinds of model that `settle` has left out."""

    def attend(self, build: Build, adviser: Adviser | None = None) -> None:
        """From now on tracks exist that decisions can be about.

        Args:
            build: What is achieved.
            adviser: Whose prompts know task and profile; None where the run has no model.
        """
        tell_forgotten_edits(self._world)
        self._build, self._adviser = build, adviser

    def adopt(self, unwanted: str, task: asyncio.Task[object]) -> None:
        """Remembers a trial, so that a person can end it: by its track, or its kind of model."""
        self._tasks.setdefault(unwanted, []).append(task)

    async def follow(self) -> None:
        """Polls until cancelled.

        Raises:
            StopRequestedError: the run is to stop in good order.
            RestatedError: the next run is to begin.
        """
        polls = 0
        try:
            while True:
                await self._take_up()
                if self._build is not None and polls % EDIT_POLLS == 0:
                    await save_edits(self._world)
                    self._rounds.open_edits(self._build)
                polls += 1
                await asyncio.sleep(POLL_S)
        finally:
            for task in self._handling.values():
                task.cancel()

    # --- rows -------------------------------------------------------------------------------------

    async def _take_up(self) -> None:
        self._raise_ended()
        for asked in untaken(self._world):
            await self._take(asked)
        self._raise_ended()
        self._world.pace.reckon()
        self._begin_proposals()
        self._begin_rounds()

    def _begin_proposals(self) -> None:
        """What a person wants otherwise is done beside everything else, and beside each other."""
        if self._build is None:
            return
        for answered in self.proposals.waiting(self._build):
            name, moment = f"proposals/{answered.gate.gate}", answered.moment
            self._beside(name, self.proposals.carry_out(self._build, answered))
            self.adopt(moment.track, self._handling[name])

    def _begin_rounds(self, *, final: bool = False) -> None:
        """What the person edited is tried beside everything else."""
        if self._build is None:
            return
        coder = self.proposals.coder
        for opened in self._rounds.waiting(coder, final=final):
            work = self._rounds.carry_out(self._build, opened, coder)
            self._beside(f"rounds/{opened.track}/{opened.round}", work)

    def _raise_ended(self) -> None:
        for task in [one for one in self._handling.values() if one.done()]:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if self._stop.is_set():
            raise StopRequestedError

    async def _take(self, asked: Asked) -> None:
        row, choice = asked
        match choice:
            case Stop():
                take(self._world, row, Outcome("The run stopped; the next start goes on."))
                self._stop.set()
            case Answer():
                self._answer(asked, choice)
            case Pause() | Resume() | Finish() | Change():
                await self._steer(asked)
            case _ if self._build is None:
                return  # what follows is about tracks, and none are there yet
            case Back(track=track):
                await self._end_trials(track)
            case Redecide():
                self._beside(row.gate, self._look(self._build, row))
            case Tell():
                self._beside(row.gate, self._heed(asked, choice))
            case Replan():
                self._beside(row.gate, self._replan(self._build, asked, choice))
            case _:
                await self._steer(asked)

    async def _replan(self, build: Build, asked: Asked, choice: Replan) -> None:
        with_model = self._world.panel is not None
        outcome = await self._rounds.replan(build, asked.row, choice, with_model)
        take(self._world, asked.row, outcome)

    async def _steer(self, asked: Asked) -> None:
        outcome = steer(self._world, asked.choice)
        if outcome is None:
            return
        take(self._world, asked.row, outcome)
        self._world.gates.wake()
        state = self._world.facts.state
        for unwanted in state.stopped_tracks | state.left_out:
            await self._end_trials(unwanted)
        if outcome.refused or self._build is None:
            return
        if isinstance(asked.choice, LeaveOut | StopTrack):
            self._beside(f"{asked.row.gate}/follow-up", self._leave_out(self._build))

    async def _leave_out(self, build: Build) -> None:
        await self.proposals.leave_out(build)
        await say_left_out(self._world, build)

    def _beside(self, name: str, work: Coroutine[object, object, None]) -> None:
        """Does something beside the run, once for each name."""
        if name in self._handling:
            work.close()
            return
        self._handling[name] = asyncio.create_task(work, name=f"decisions/{name}")

    async def _end_trials(self, unwanted: str) -> None:
        for task in self._tasks.pop(unwanted, []):
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    # --- answers ----------------------------------------------------------------------------------

    def _answer(self, asked: Asked, choice: Answer) -> None:
        gate = self._world.facts.state.gates.get(asked.row.gate)
        if gate is None:
            if self._is_earlier(asked.row):
                take(self._world, asked.row, EARLIER)
            return  # a gate that is not open yet keeps its early answer
        if wrong := self._wrong(gate, choice):
            take(self._world, asked.row, Outcome(wrong, refused=True))
        elif gate.opened.topic == "question":
            self._beside(asked.row.gate, self._answer_question(asked, choice, gate.opened))
        elif gate.opened.topic == "instruction":
            self._beside(asked.row.gate, self._answer_instruction(asked, choice, gate.opened))
        elif gate.opened.topic == "package":
            self._world.gates.take(asked.row, packages.said_of(choice, gate.opened))
        else:
            with_model = self._world.panel is not None
            self._world.gates.take(asked.row, _said_of(choice, gate.opened, with_model))

    def _is_earlier(self, row: DecisionRow) -> bool:
        """Whether the gate belongs to a run before this one."""
        number = row.gate.partition(".")[0]
        run = int(number) if number.isdecimal() else 1
        return run < self._world.facts.journal.run

    def _wrong(self, gate: Gate, choice: Answer) -> str:
        """What is wrong with an answer, in one sentence; empty where nothing is."""
        opened = gate.opened
        if gate.closed:
            return opened.says(f"needs no answer any more: {gate.closed}.")
        if choice.option not in opened.options:
            return opened.says(f"takes {' or '.join(opened.options)}, not {choice.option}.")
        if not choice.hunks or opened.topic != "proposal" or self._build is None:
            return ""
        moment = self._world.facts.state.moment(f"{opened.track}/{opened.round}")
        program = moment.program if moment is not None else None
        if program is None or program not in self._build.sources:
            return ""
        whole = self._build.sources[program][1]
        try:
            kept = part_of(self._world, opened, whole, choice.hunks)
        except ValueError as error:
            return str(error)
        return _empty(kept)

    async def _answer_question(self, asked: Asked, choice: Answer, gate: GateOpened) -> None:
        outcome, another = await questions.answer(self._world, asked, choice, gate)
        if another is not None:
            restate(self._world, another)  # first: an engine that dies here begins the next run
        take(self._world, asked.row, outcome)
        if another is not None:
            raise RestatedError

    async def _answer_instruction(self, asked: Asked, choice: Answer, gate: GateOpened) -> None:
        answer = instructions.answer(self._world, asked, choice.option, gate, choice.why)
        self._follow_up(asked, await answer)

    async def _heed(self, asked: Asked, tell: Tell) -> None:
        self._follow_up(asked, await instructions.heed(self._world, asked, tell, self._adviser))

    def _follow_up(self, asked: Asked, heeded: Heeded) -> None:
        if heeded.another is not None:
            restate(self._world, heeded.another)  # first, as above
        take(self._world, asked.row, heeded.outcome)
        self._world.gates.wake()
        if heeded.another is not None:
            raise RestatedError

    # --- when everything is built -----------------------------------------------------------------

    async def pending(self, build: Build) -> bool:
        """Whether something came in that `settle` has not carried out yet."""
        await save_edits(self._world)
        await self._take_up()
        self._rounds.open_edits(build, final=True)
        await self._finish_rounds()
        waiting = [
            asked
            for asked in untaken(self._world)
            if isinstance(asked.choice, Back | Redecide | Tell | Replan)
        ]
        own = self._rounds.finished != self._counted
        other = self._world.facts.state.left_out != self._left_out
        return bool(waiting) or own or other or bool(self.proposals.waiting(build))

    async def _finish_beside(self) -> None:
        """Waits for what is done beside the run."""
        while at_work := {task for task in self._handling.values() if not task.done()}:
            await asyncio.wait(at_work)
        self._raise_ended()

    async def _finish_rounds(self) -> None:
        """Carries out the person's own rounds and wishes, also those that come in meanwhile."""
        self._begin_proposals()
        await self._finish_beside()
        while self._rounds.waiting(self.proposals.coder, final=True):
            self._begin_rounds(final=True)
            await self._finish_beside()

    async def settle(self, build: Build) -> None:
        """Carries out what came in, and brings `build` to what the person decided."""
        self._build = build
        await save_edits(self._world)
        self._rounds.open_edits(build, final=True)
        self._rounds.leave_unwritten(self.proposals.coder)
        await self._finish_rounds()
        self._counted = self._rounds.finished
        self._end_orphans()
        for asked in untaken(self._world):
            if isinstance(asked.choice, Back):
                await go_back(self._world, asked.row, asked.choice)
        self._left_out = self._world.facts.state.left_out
        await self.proposals.leave_out(build)
        await self._redecide(build)

    def _end_orphans(self) -> None:
        """Rounds that were cut off while they were written end too: nothing is under way now."""
        for moment in self._world.facts.state.moments:
            if moment.ended is None:
                self._world.tell(
                    ProposalRejected(
                        track=moment.track,
                        round=moment.round,
                        candidate=moment.candidate,
                        commit=moment.proposal,
                        reason=CUT_OFF,
                    )
                )

    # --- another metric ---------------------------------------------------------------------------

    async def _look(self, build: Build, row: DecisionRow) -> None:
        """Says no at once to a metric that cannot judge this; others wait for what is built."""
        try:
            await restated(self._world, build, row)
        except InputError as error:
            take(self._world, row, Outcome(str(error), refused=True))
        except WorkerError:
            pass  # it is asked again, and answered, when everything is decided

    async def _redecide(self, build: Build) -> None:
        """Judges by the last metric of a person's that can be had, also after a restart."""
        rows = self._redecisions()
        while rows:
            row = rows.pop()
            redecided = await redecide(self._world, build, row)
            take(self._world, row, Outcome(redecided.text, redecided.refused))
            if not redecided.refused:
                break
        for row in rows:
            take(self._world, row, Outcome("A later choice of the metric took its place."))

    def _redecisions(self) -> list[DecisionRow]:
        """Changes of the metric in this run that were not refused, taken up before or not."""
        facts = self._world.facts.of_run()
        refused = {
            fact.event.gate
            for fact in facts
            if isinstance(fact.event, DecisionTaken) and fact.event.refused
        }
        rows = [
            row
            for row in self._world.facts.journal.decisions()
            if row.choice.get("do") == "redecide" and row.gate not in refused
        ]
        for late in (row for row in rows if row.at < facts[0].at):
            take(self._world, late, EARLIER)
        return [row for row in rows if row.at >= facts[0].at]


def _said_of(choice: Answer, gate: GateOpened, with_model: bool) -> str:
    """What is said of an answer to a proposal when it is taken up."""
    if choice.hunks:
        return gate.says(f"keeps {numbered(choice.hunks)} alone; verified again before it counts.")
    if choice.option == gate.default:
        return gate.says("is kept.")
    again = "another is proposed by your words"
    if not with_model:
        again = "your words are in the history, since no model is there to propose another"
    return gate.says(f"is undone{f'; {again}' if choice.why else ''}.")


def _empty(kept: Sources) -> str:
    """Why a part cannot be kept, where a file would be left empty."""
    if kept.preprocess.strip() and kept.model.strip():
        return ""
    return "Nothing of a whole file would be left: a draft is kept or undone as a whole."
