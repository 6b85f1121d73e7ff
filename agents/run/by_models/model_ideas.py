"""Changes of a valid solution that a language model proposes, one block at a time (3.4.3).

On each track the best program that a model wrote is where it starts; what is shown to be better is
where it goes on. A small ablation says which block matters most; after two changes of it that
brought nothing the next one has its turn. A change that fails is repaired before it is judged.

The model is not left idle while programs run. Once a program of its own has passed fold 1, and
while it and others do the other folds, it thinks about the first change of it; cores are not taken
from the folds for that, so no block is measured yet. While a change is tried it thinks about the
next one, as if this one brought nothing: most do. A thought about what turns out not to be the best
is dropped. Never in a repeatable run, whose prompts are the same each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal.events import ModelAnswered
from agents.models import TrackName
from agents.roles.improver import Change, Standing, propose_change
from agents.run.building import Building
from agents.run.by_models.ablation import Worth, ablate, unmeasured
from agents.run.by_models.ahead import Ahead
from agents.run.by_models.asking import at, give_up, who_wrote
from agents.run.by_models.mending import Mending, Workshop
from agents.run.candidates.draft import Draft
from agents.run.candidates.one_file import as_written, sources_of
from agents.run.candidates.proving import usual_fit_s
from agents.run.choosing.selection import Build, Scored, ranked, round_of
from agents.run.improving import Idea
from agents.run.world import World

TURNS_A_BLOCK = 2
"""Changes of one block that may bring nothing before another one has its turn."""
REPAIRS_A_CHANGE = 2
"""Of the Debugging Agent, on a change that fails."""
MOST_OTHERS = 5
MOST_TRIED = 8
"""Earlier changes that a prompt tells of."""


class Asked(NamedTuple):
    """A change that the model was asked for."""

    number: int
    """Which of them, from 1."""
    change: Change


@dataclass
class ModelIdeas:
    """Changes of the best program that a model wrote on one track."""

    shop: Workshop
    build: Build
    building: Building
    adviser: Adviser
    track: TrackName
    _parent: Scored | None = None
    _others: str = ""
    _tried: list[str] = field(default_factory=list)
    _asked: int = 0
    _fruitless: int = 0
    _failed: Idea | None = None
    """The last change, where it ended with a fault."""
    _mending: Mending | None = None
    """The repairs of the last change."""
    _ahead: Ahead["Asked"] = field(default_factory=Ahead)
    """The next change, while the last one is tried."""
    _first: Ahead[Change] = field(default_factory=Ahead)
    """The first change, while the program does its folds."""
    _about: Scored | None = None
    """What the first change is thought of for."""

    @property
    def world(self) -> World:
        """The joined parts."""
        return self.shop.world

    async def next(self) -> Sequence[Idea]:
        """The next change that makes another program of it."""
        if self._parent is None:
            self._parent = await self._start()
        try:
            if (idea := await self._mended()) is not None:
                return [idea]
            while self._parent is not None and self._is_open(self._parent):
                asked = await self._next_change(self._parent)
                self._mending = None
                if idea := self._idea(self._parent, asked.number, asked.change):
                    self._think_ahead(self._parent, asked.change)
                    return [idea]
        except ModelError as error:
            give_up(self.world, error)
        most = self.world.settings.improve_rounds
        if self._parent is not None and self._asked >= most:
            self.world.notice(
                f"As many changes of {self.track}'s program as --improve-rounds allows ({most}) "
                "were proposed."
            )
        return []

    def think_about(self, first: Scored) -> None:
        """Thinks about the first change of a program that does its other folds just now.

        Args:
            first: A program of a model's with its score on fold 1; where a better one is thought
                about, nothing happens.
        """
        path = f"{self.track}/improve/first-{first.candidate}-{first.round}"
        if self.world.repeatable or self._parent is not None or not self._may_ask(path):
            return
        higher, known = self.build.task.metric.direction == "higher", self._about
        if known is not None and (known.score.value > first.score.value) == higher:
            return
        self._about = first
        files = as_written(self.build.sources[first.program][1])
        where = f"{_scored(first)} on fold 1; the other folds are under way"
        standing = self._standing(first, unmeasured(files), 0, where)
        self._first.begin(first.program, self._propose(path, standing))

    def end(self) -> None:
        """Nothing more is wanted."""
        self._ahead.end()
        self._first.end()

    def came_to(self, idea: Idea, *, improved: bool) -> None:
        """Remembers what became of a change, and goes on from it where it was better."""
        self._failed = idea if idea.trial.fault is not None else None
        moment = idea.trial.moment
        outcome = "it is better, and kept" if improved else moment.reason
        self._tried.append(f"{moment.what.partition(': ')[2]} Outcome: {outcome}.")
        self._fruitless += not (improved or idea.again)
        if improved and idea.trial.filled is not None:
            self._parent, self._fruitless = idea.trial.filled, 0

    def _is_open(self, parent: Scored) -> bool:
        """Whether there is another change: thought of already, or to be asked for."""
        thought = self._ahead.holds(parent.program) or self._first.holds(parent.program)
        return thought or self._may_ask(self._path(self._asked + 1))

    async def _next_change(self, parent: Scored) -> "Asked":
        """What was thought of while programs ran, or what is asked for now."""
        if (first := await self._first.take(parent.program)) is not None:
            return Asked(self._next_number(), first)
        known = await self._ahead.take(parent.program)
        return known or await self._ask(parent, self._next_number())

    def _think_ahead(self, parent: Scored, tried: Change) -> None:
        if self.world.repeatable or not self._may_ask(self._path(self._asked + 1)):
            return
        self._ahead.begin(parent.program, self._ask(parent, self._next_number(), tried))

    def _next_number(self) -> int:
        self._asked += 1
        return self._asked

    def _may_ask(self, path: str) -> bool:
        """Whether another change is wanted; what was asked before the engine died is read again."""
        answered = any(
            isinstance(fact.event, ModelAnswered) and fact.event.step.startswith(f"{path}/")
            for fact in self.world.facts.of_run()
        )
        state = self.world.facts.state
        over = state.card is not None or state.finishing or self.track in state.stopped_tracks
        return self._asked < self.world.settings.improve_rounds and (answered or not over)

    def _path(self, number: int) -> str:
        return f"{self.track}/improve/change-{number}"

    async def _start(self) -> Scored | None:
        """The best program of a model on the track; recorded, since recipes go on meanwhile."""
        undone: JsonValue = [*sorted(self.build.undone)]

        async def choose() -> JsonValue:
            order = (await ranked(self.world, self.build)).order
            ours = [one for one in order if one.track == self.track and self._is_models(one)]
            others = [one for one in order if one not in ours[:1]][:MOST_OTHERS]
            said = ", ".join(f"{one.candidate} {one.score.value:.4f}" for one in others)
            return [ours[0].program if ours else None, said]

        step = f"{self.track}/improve/start"
        found = await self.world.steps.step(step, undone, choose, label="Looking for the best")
        assert isinstance(found, list)
        program, self._others = found[0], str(found[1])
        return self.build.scored.get(str(program))

    def _is_models(self, one: Scored) -> bool:
        return not self.build.sources[one.program][0].recipe

    async def _ask(self, parent: Scored, number: int, trying: Change | None = None) -> "Asked":
        """Asks for a change of the block whose turn it is after so many that brought nothing.

        Measuring blocks takes a while: a change that is tried meanwhile may have come to its end.
        """
        known = len(self._tried)
        worths = await ablate(self.world, self.build, parent)
        tried, fruitless = self._tried, self._fruitless
        if trying is not None and len(tried) == known:
            tried = [*tried, f"{trying.expected} Outcome: it is tried just now."]
            fruitless += 1
        turn = fruitless // TURNS_A_BLOCK % len(worths)
        standing = self._standing(parent, worths, turn, _scored(parent), tried)
        return Asked(number, await self._propose(self._path(number), standing))

    def _standing(
        self,
        parent: Scored,
        worths: Sequence[Worth],
        turn: int,
        score: str,
        tried: Sequence[str] = (),
    ) -> Standing:
        plan, sources = self.build.sources[parent.program]
        return Standing(
            plan=plan,
            files=as_written(sources),
            score=score,
            block=worths[turn].block,
            blocks=worths,
            measured=any(one.difference is not None or one.ruin for one in worths),
            seconds=usual_fit_s(self.world, self.build, parent),
            others=self._others,
            tried=tried[-MOST_TRIED:],
        )

    async def _propose(self, path: str, standing: Standing) -> Change:
        asked = at(self.adviser, self.world, self.shop.panel, path, "coder")
        return await propose_change(asked, standing)

    async def _mended(self) -> Idea | None:
        """The last change once more, repaired; None where it did not fail or cannot be mended."""
        failed, self._failed = self._failed, None
        fault, sources = (failed.trial.fault, failed.trial.sources) if failed else (None, None)
        if failed is None or fault is None or sources is None:
            return None
        draft = failed.trial.draft
        if self._mending is None:
            self._mending = Mending(self.shop, self.build.task, self.adviser, draft.plan)
        if self._mending.rounds == REPAIRS_A_CHANGE:
            return None
        mended = await self._mending.next(draft.round, fault, as_written(sources))
        if mended is None:
            return None
        number = int(draft.plan.name.rpartition("-")[2])
        idea = self._idea(failed.parent, number, Change(mended.files, mended.cause))
        return idea and idea._replace(again=True)

    def _idea(self, parent: Scored, change_number: int, change: Change) -> Idea | None:
        """A trial of a change; None where that program was tried before."""
        sources, said = sources_of(change.files), change.expected
        name = f"{parent.candidate.partition('-')[0]}-{change_number}"
        what = f"{name}: {said}"
        number = round_of(self.world, self.build, self.track, what)
        known = self.world.facts.state.moment(f"{self.track}/{number}")
        if sources.program in self.build.sources and known is None:
            self._tried.append(f"{said} Outcome: that program was tried before.")
            return None
        plan = self.build.sources[parent.program][0]
        before = self.world.facts.state.moment(f"{self.track}/{parent.round}")
        draft = Draft(
            plan.model_copy(update={"name": name, "reason": said}),
            number,
            what,
            sources=sources,
            author="model",
            models=who_wrote(self.world, self.track, repaired=False),
            base=before.proposal if before is not None else None,
            fit_s=usual_fit_s(self.world, self.build, parent),
            tentative=True,
        )
        trial = self.building.new_trial(draft)
        if self.building.may_begin(trial, first=True):
            trial.begin()
        return Idea(trial, parent)


def _scored(one: Scored) -> str:
    return f"{one.score.value:.4f} ±{one.score.error:.4f}"
