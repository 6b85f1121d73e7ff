"""What a run has achieved, and which of it wins: paired comparison, ranking, acceptance.

Candidates are compared row by row on shared folds; of two that are about equal the simpler one
wins. What is handed in of it is up to `agents.run.choosing.submission`.
"""

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import (
    Blueprint,
    CandidatePlan,
    Comparison,
    Decision,
    Frozen,
    Pool,
    Profile,
    Score,
    SubmissionCheck,
    Task,
)
from agents.recipes.plans.pretrained import Encoder
from agents.roles.evaluation_agent import TIE, is_better
from agents.run.candidates.verification import VAULT, Asked, FittedFold, Sources, ViewFact
from agents.run.world import World
from agents.workspace.message import CommitMessage

HOPELESS = 2.0
"""Standard errors behind the best on fold 1, beyond which the other folds are not worth it."""
NOT_AHEAD = ("not better than", "not clearly better than")
"""How a reason begins why a program stays: the other is not ahead, or not by enough."""


class Scored(Frozen):
    """A program with scores on blind rows."""

    track: str
    round: int
    candidate: str
    program: str
    score: Score
    decision: Decision
    folds: tuple[FittedFold, ...]
    """Blind folds, and `full` where one fit on all rows answers the real test."""
    seconds: float = 0.0
    """What its fits took on one core."""
    trusted: bool = True
    """Whether it is a recipe of ours."""
    check: SubmissionCheck | None
    """Of the submission it would write; None when there is no test table."""
    answers: str = ""
    """Name of the file that holds that submission."""
    pool: Pool | None = None
    """Of an ensemble: how its members' scores become one, by their programs."""

    @property
    def is_learnt(self) -> bool:
        """Whether anything was fitted for it: the last resort is but a constant."""
        return bool(self.folds) or self.pool is not None

    @property
    def parts(self) -> dict[str, float]:
        """Of an ensemble: its members' programs and their shares."""
        return self.pool.weights if self.pool else {}

    @property
    def key(self) -> str:
        """Name under which its scores and its submission are kept."""
        return f"{self.program}-{len(self.score.folds)}"


class Rejudged(NamedTuple):
    """The last change of the metric that a person asked for."""

    gate: str
    at: datetime
    """When everything was last to be decided anew."""

    @property
    def path(self) -> str:
        """Where its steps are recorded: what was undone meanwhile is done again."""
        return f"decisions/{self.gate}/{int(self.at.timestamp())}"


@dataclass
class Build:
    """What all candidates of a run share: the data as views, and what has been achieved."""

    task: Task
    profile: Profile
    blueprint: Blueprint
    views: dict[str, ViewFact]
    """Those that are built by now."""
    first_ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when fold 1 can be scored: large tables take minutes to be cut for every fold."""
    blind_ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when all views are built."""
    encoders: tuple[Encoder, ...] = ()
    """Pretrained encoders whose weights programs may read."""
    encoders_known: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when these are known: downloads may take a while."""
    scored: dict[str, Scored] = field(default_factory=dict)
    """Complete candidates by program."""
    sources: dict[str, tuple[CandidatePlan, Sources]] = field(default_factory=dict)
    """What every proposed program was made of."""
    models: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The language models that wrote every proposed program."""
    current: dict[str, str] = field(default_factory=dict)
    """The accepted program of each track."""
    undone: frozenset[str] = frozenset()
    """Programs that the person went back behind: they take no further part."""
    blended: Scored | None = None
    """The accepted ensemble of what competes now."""
    leader: Scored | None = None
    """The best candidate that has done every fold."""
    written: Scored | None = None
    """What lies in `submission.csv`."""
    cut_off: list[Scored] = field(default_factory=list)
    """Programs that had done only some folds when the time was over, as far as they came."""
    rejudged: Rejudged | None = None
    """Set once everything was decided anew by another metric."""
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def turn(self, name: str) -> asyncio.Lock:
        """The lock under which a track (or the submission) is changed."""
        return self.turns.setdefault(name, asyncio.Lock())

    @property
    def blind(self) -> tuple[ViewFact, ...]:
        """The blind views, in fold order."""
        folds = range(1, self.blueprint.split.folds + 1)
        return tuple(self.views[f"blind-{fold}"] for fold in folds)

    @property
    def first_blind(self) -> ViewFact:
        """The blind view that every candidate meets first."""
        return self.views["blind-1"]

    @property
    def vault(self) -> ViewFact | None:
        """The rows that nothing is chosen by, where the data has enough for that."""
        return self.views.get(VAULT)

    @property
    def asked(self) -> Asked:
        """What a fit on a blind view answers too, unless fits of their own do."""
        return Asked() if self.blueprint.split.refit else Asked(self.full, self.vault)

    @property
    def after_fold_1(self) -> tuple[ViewFact, ...]:
        """What a survivor still has to be fitted on."""
        if self.vault is None or self.asked.vault is not None:
            return self.blind[1:]
        return (*self.blind[1:], self.vault)

    @property
    def answers(self) -> dict[str, JsonValue]:
        """Where the labels of each fold's blind rows lie, by the fold's number.

        All of them, built or not, side by side: what is asked of the worker must not depend on how
        far the views are.
        """
        first = self.first_blind.answers
        assert first is not None  # its rows are labelled ones
        folds = range(1, self.blueprint.split.folds + 1)
        return {str(fold): str(first.with_name(f"blind-{fold}{first.suffix}")) for fold in folds}

    @property
    def full(self) -> ViewFact | None:
        """The real thing, where there is a test table."""
        return self.views["full"] if self.task.table("test") else None

    @property
    def competing(self) -> tuple[Scored, ...]:
        """Complete candidates that were not undone, simplest first."""
        found = [one for one in self.scored.values() if one.program not in self.undone]
        return tuple(sorted(found, key=lambda one: (self.order_of(one.candidate), one.round)))

    def is_complete(self, scored: Scored) -> bool:
        """Whether it has done every fold."""
        return len(scored.score.folds) == self.blueprint.split.folds

    def has_solution(self, scored: Scored) -> bool:
        """Whether its `solution.py` lies in the workspace: a blend's, or its track's accepted."""
        return bool(scored.parts) or self.current.get(scored.track) == scored.program

    def order_of(self, candidate: str) -> int:
        """Place in the blueprint, where simpler programs come first; variations follow it."""
        names = [plan.name for plan in self.blueprint.candidates]
        places = (
            place for place, name in enumerate(names) if re.fullmatch(rf"{name}(\W.*)?", candidate)
        )
        return next(places, len(names))


def scoring(world: World, build: Build) -> JsonValue:
    """What the worker needs to score a candidate (`agents.competition.work.Scoring`)."""
    return {
        "task": build.task.model_dump(mode="json"),
        "answers": build.answers,
        "full": build.full.model_dump(mode="json") if build.full else None,
        "state": str(world.paths.state),
        "guarded": world.sandbox.hides_paths,
    }


def track_files(
    plan: CandidatePlan, sources: Sources, solution: str | None
) -> dict[str, bytes | None]:
    """The files of a track by path in the workspace; without `solution.py` where there is none."""
    folder = f"tracks/{plan.track}"
    files: dict[str, bytes | None] = {
        f"{folder}/contract.json": plan.contract.model_dump_json(indent=2).encode() + b"\n",
        f"{folder}/preprocess.py": sources.preprocess.encode(),
        f"{folder}/model.py": sources.model.encode(),
    }
    if solution is not None:
        files[f"{folder}/solution.py"] = solution.encode()
    return files


async def accept(
    world: World,
    step: str,
    files: dict[str, bytes | None],
    message: CommitMessage,
    inputs: JsonValue = None,
) -> str:
    """Commits files to the main line and writes them out; a durable step.

    What is in the files guards it, unless `inputs` do.
    """
    guard: JsonValue = inputs or {
        name: None if content is None else content.decode() for name, content in files.items()
    }
    return await world.commit(
        step, guard, lambda: world.repository.accept(files, message), label="Writing to git"
    )


def not_ahead(comparison: Comparison, current: str) -> str:
    """Why the current program stays, where another one did not show that it is better."""
    figures = f"row by row {comparison.difference:+.4f} ±{comparison.error:.4f}"
    return f"{NOT_AHEAD[comparison.difference > 0]} {current}: {figures}"


async def compare(world: World, build: Build, first: Scored, second: Scored) -> Comparison:
    """The paired difference of two candidates on their shared rows; positive: first is better."""
    result = await world.work(
        f"compare/{first.key[:12]}-{first.key[-1]}/{second.key[:12]}-{second.key[-1]}",
        "compare",
        {
            "task": build.task.model_dump(mode="json"),
            "answers": build.answers,
            "first": [first.candidate, first.key],
            "second": [second.candidate, second.key],
            "scores": str(world.paths.scores),
        },
        label=f"Comparing {first.candidate} with {second.candidate}",
    )
    return Comparison.model_validate(result)


async def ahead_of_constants(world: World, build: Build, one: Scored) -> Comparison:
    """What a candidate is ahead of the best constant by, on the rows that it was scored on."""
    result = await world.work(
        f"compare/{one.key[:12]}-{one.key[-1]}/constants",
        "compare_with_constants",
        {
            "task": build.task.model_dump(mode="json"),
            "answers": build.answers,
            "candidate": [one.candidate, one.key],
            "scores": str(world.paths.scores),
        },
        label=f"Comparing {one.candidate} with a constant",
    )
    return Comparison.model_validate(result)


async def hopeless(world: World, build: Build, first: Scored) -> str:
    """Why the other folds are not worth it, judged by fold 1; empty where they are."""
    leader = build.leader
    if leader is None or leader.program == first.program:
        return ""
    against = await compare(world, build, first, leader)
    if against.difference >= -HOPELESS * against.error:
        return ""
    return (
        f"far behind {leader.candidate} on fold 1: {against.difference:+.4f} ±{against.error:.4f}"
    )


class Ranking(NamedTuple):
    """Complete candidates, the best first, and what the first is ahead of each of the others."""

    order: tuple[Scored, ...]
    ahead: tuple[Comparison, ...]


async def ranked(world: World, build: Build) -> Ranking:
    """What competes, the winner first; about equal programs in order of simplicity."""
    competing = build.competing
    if len(competing) < 2:
        return Ranking(competing, ())
    names: list[JsonValue] = [
        [one.candidate, one.key, build.order_of(one.candidate)] for one in competing
    ]
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]
    result = await world.work(
        f"rank/{digest}",
        "rank",
        {
            "task": build.task.model_dump(mode="json"),
            "answers": build.answers,
            "candidates": names,
            "scores": str(world.paths.scores),
            "tie": TIE,
        },
        label="Ranking the candidates",
    )
    assert isinstance(result, dict)
    by_key = {one.key: one for one in competing}
    order, ahead = result["order"], result["ahead"]
    assert isinstance(order, list)
    assert isinstance(ahead, list)
    return Ranking(
        tuple(by_key[str(key)] for key in order),
        tuple(Comparison.model_validate(one) for one in ahead),
    )


def round_of(world: World, build: Build, track: str, what: str) -> int:
    """The round in which this was begun before, or the next free one of the track."""
    moments = [moment for moment in world.facts.state.moments if moment.track == track]
    known = [moment.round for moment in moments if moment.what == what]
    planned = len(build.blueprint.of_track(track))
    return known[0] if known else 1 + max([planned, *(moment.round for moment in moments)])


def better(build: Build, comparison: Comparison, first: Scored, second: Scored) -> bool:
    """Whether the first wins: clearly ahead, or about equal and simpler."""
    simpler = build.order_of(first.candidate) < build.order_of(second.candidate)
    return is_better(comparison, simpler=simpler)
