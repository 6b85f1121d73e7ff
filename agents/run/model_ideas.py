"""Changes of a valid solution that a language model proposes, one block at a time (3.4.3).

On each track the best program that a model wrote is where it starts; what is shown to be better is
where it goes on. A small ablation says which block matters most; after two changes of it that
brought nothing the next one has its turn. A change that fails is repaired before it is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.adviser import Adviser
from agents.errors import ModelError
from agents.journal.events import ModelAnswered
from agents.models import TrackName
from agents.roles.improver import Change, Standing, propose_change
from agents.run.ablation import Worth, ablate
from agents.run.asking import at, give_up
from agents.run.building import Building
from agents.run.draft import Draft
from agents.run.improving import Idea
from agents.run.mending import Mending, Workshop
from agents.run.one_file import as_written, sources_of
from agents.run.proving import usual_fit_s
from agents.run.selection import Build, Scored, ranked, round_of
from agents.run.world import World

TURNS_A_BLOCK = 2
"""Changes of one block that may bring nothing before another one has its turn."""
REPAIRS_A_CHANGE = 2
"""Of the Debugging Agent, on a change that fails."""
MOST_OTHERS = 5
MOST_TRIED = 8
"""Earlier changes that a prompt tells of."""


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
            while self._parent is not None and self._may_ask():
                worths = await ablate(self.world, self.build, self._parent)
                change = await self._change(self._parent, worths)
                if idea := self._idea(self._parent, change.files, change.expected):
                    return [idea]
        except ModelError as error:
            give_up(self.world, error)
        return []

    def came_to(self, idea: Idea, *, improved: bool) -> None:
        """Remembers what became of a change, and goes on from it where it was better."""
        self._failed = idea if idea.trial.fault is not None else None
        moment = idea.trial.moment
        outcome = "it is better, and kept" if improved else moment.reason
        self._tried.append(f"{moment.what.partition(': ')[2]} Outcome: {outcome}.")
        self._fruitless += not improved
        if improved and idea.trial.filled is not None:
            self._parent, self._fruitless = idea.trial.filled, 0

    def _may_ask(self) -> bool:
        """Whether another change is wanted; what was asked before the engine died is read again."""
        path = f"{self._path(self._asked + 1)}/"
        answered = any(
            isinstance(fact.event, ModelAnswered) and fact.event.step.startswith(path)
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

    async def _change(self, parent: Scored, worths: Sequence[Worth]) -> Change:
        """Asks for a change of the block whose turn it is."""
        self._asked += 1
        self._mending = None
        plan, sources = self.build.sources[parent.program]
        turn = self._fruitless // TURNS_A_BLOCK % len(worths)
        standing = Standing(
            plan=plan,
            files=as_written(sources),
            score=f"{parent.score.value:.4f} ±{parent.score.error:.4f}",
            block=worths[turn].block,
            blocks=worths,
            seconds=usual_fit_s(self.world, parent),
            others=self._others,
            tried=self._tried[-MOST_TRIED:],
        )
        path = self._path(self._asked)
        return await propose_change(
            at(self.adviser, self.world, self.shop.panel, path, "coder"), standing
        )

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
        idea = self._idea(failed.parent, mended.files, mended.cause)
        return idea and idea._replace(again=True)

    def _idea(self, parent: Scored, files: Mapping[str, str], said: str) -> Idea | None:
        """A trial of a change; None where that program was tried before."""
        sources = sources_of(files)
        name = f"{parent.candidate.partition('-')[0]}-{self._asked}"
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
            model=self.shop.panel.names["coder"],
            base=before.proposal if before is not None else None,
            fit_s=usual_fit_s(self.world, parent),
            tentative=True,
        )
        trial = self.building.new_trial(draft)
        if self.building.may_begin(trial, first=True):
            trial.begin()
        return Idea(trial, parent)
