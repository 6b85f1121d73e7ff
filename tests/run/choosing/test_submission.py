"""What lies in `submission.csv` is replaced by better answers only, compared fairly."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.judging.scores import BlindScores, store_blind
from agents.execution.worker import Worker
from agents.journal.events import CandidateScored, SubmissionWritten
from agents.models import Decision, MetricChoice, Score, SubmissionCheck, Target
from agents.run.candidates.verification import FittedFold, ViewFact
from agents.run.choosing.selection import Build, Scored
from agents.run.choosing.submission import hand_in, offer
from agents.run.world import GIB, World
from tests.iml_tui.runs import SPLIT, TASK
from tests.run.decisions.desk import desk

ROWS = 30
"""Of a fold."""
METRIC = MetricChoice(name="mae", direction="lower", title="MAE", source="default")
AMOUNTS = TASK.model_copy(
    update={
        "problem": "regression",
        "targets": (Target(name="amount", kind="number"),),
        "metric": METRIC,
    }
)
ALL = tuple(range(1, SPLIT.folds + 1))


@dataclass
class Table:
    """A run whose blind rows are there, and whose programs are nothing but their scores."""

    world: World
    build: Build
    folder: Path

    def scored(self, name: str, *off: float, fitted: bool = True) -> Scored:
        """A program that is off by about so much on the folds from the first on."""
        folds = ALL[: len(off)]
        noise = np.random.default_rng(7).normal(size=ROWS)
        own = np.random.default_rng(len(name)).normal(size=ROWS)
        frames = {
            fold: told.assign(amount=told["amount"] + by * (noise + own / 3))
            for fold, by in zip(folds, off, strict=True)
            for told in [self._answers(fold)]
        }
        scored = Scored(
            track="traditional",
            round=1,
            candidate=name,
            program=name,
            score=Score(value=sum(off) / len(off), error=0.1, rows=ROWS * len(off), folds=folds),
            decision=Decision(name="identity"),
            check=None,
            folds=(FittedFold(view="", preprocessor="", model="", blind=None, test=None),) * fitted,
            answers=f"{name}-{len(off)}.csv",
        )
        store_blind(BlindScores.pooled(frames), self.world.paths.scores, scored.key)
        self.world.paths.submissions.mkdir(exist_ok=True)
        (self.world.paths.submissions / scored.answers).write_text(scored.key)
        about = {"track": "traditional", "round": 1, "candidate": name, "program": name}
        self.world.tell(CandidateScored.model_validate({**about, "score": scored.score}))
        digest = hashlib.sha256(scored.key.encode()).hexdigest()
        check = SubmissionCheck(valid=True, rows=ROWS, digest=digest)
        return scored.model_copy(update={"check": check})

    def _answers(self, fold: int) -> pd.DataFrame:
        path = self.folder / f"blind-{fold}.parquet"
        if not path.exists():
            truth = pd.DataFrame({"row_id": range(ROWS), "amount": np.arange(ROWS) * 1.0})
            truth.astype({"row_id": "str"}).to_parquet(path)
        return pd.read_parquet(path)

    @property
    def lies_there(self) -> str:
        """Whose answers are handed in, and how many folds they have done."""
        return (self.world.workspace / "submission.csv").read_text()


@asynccontextmanager
async def table(folder: Path) -> AsyncIterator[Table]:
    async with desk(folder) as at, Worker(4 * GIB) as worker:
        at.world.worker = worker
        blind = {
            f"blind-{fold}": ViewFact(
                name=f"blind-{fold}",
                fit=folder,
                predict=folder,
                run=folder,
                fit_digest="",
                predict_digest="",
                answers=folder / f"blind-{fold}.parquet",
            )
            for fold in ALL
        }
        yield Table(at.world, replace(at.build, task=AMOUNTS, views=blind), folder)


async def test_fold_1_alone_takes_no_place_of_what_did_every_fold(tmp_path: Path) -> None:
    async with table(tmp_path) as run:
        world, build = run.world, run.build
        lucky = run.scored("lucky", 0.1)

        await offer(world, build, run.scored("constant", *[9.0] * 5, fitted=False))
        await offer(world, build, run.scored("baseline", 2.0))
        assert run.lies_there == "baseline-1"  # a constant is no program
        await offer(world, build, run.scored("baseline", *[2.0] * 5))
        assert run.lies_there == "baseline-5"
        await offer(world, build, lucky)
        assert run.lies_there == "baseline-5"
        await offer(world, build, run.scored("lucky", 0.1, *[3.0] * 4))
        assert run.lies_there == "baseline-5"
        await offer(world, build, run.scored("better", 0.1, *[1.0] * 4))
        assert run.lies_there == "better-5"


async def test_between_two_that_did_fold_1_alone_the_clearly_better_one_is_handed_in(
    tmp_path: Path,
) -> None:
    async with table(tmp_path) as run:
        await offer(run.world, run.build, run.scored("first", 2.0))
        await offer(run.world, run.build, run.scored("alike", 2.0))
        assert run.lies_there == "first-1"
        await offer(run.world, run.build, run.scored("better", 1.0))
        assert run.lies_there == "better-1"


async def test_what_time_cut_off_is_handed_in_where_it_was_far_ahead_and_nobody_undid_it(
    tmp_path: Path,
) -> None:
    async with table(tmp_path) as run:
        world, build = run.world, run.build
        winner = run.scored("baseline", *[2.0] * 5)
        await offer(world, build, winner)
        build.cut_off = [run.scored("alike", 2.1)]
        await hand_in(world, build, winner)
        assert run.lies_there == "baseline-5"

    (tmp_path / "late").mkdir()
    async with table(tmp_path / "late") as run:
        world, build = run.world, run.build
        winner = run.scored("baseline", *[2.0] * 5)
        build.cut_off = [run.scored("near", 1.0), run.scored("far", 0.3)]
        await hand_in(world, build, winner)
        assert run.lies_there == "far-1"
        build.cut_off = []  # a restart does not meet it again, and reads what was decided
        await hand_in(world, build, winner)
        assert run.lies_there == "far-1"
        build.undone = frozenset({"far"})
        await hand_in(world, build, winner)
        assert run.lies_there == "baseline-5"


async def test_an_engine_that_goes_on_hands_nothing_in_again_that_came_before(
    tmp_path: Path,
) -> None:
    async with table(tmp_path) as run:
        await offer(run.world, run.build, run.scored("baseline", *[9.0] * 5))
        await offer(run.world, run.build, run.scored("better", *[6.0] * 5))
        assert run.lies_there == "better-5"
        run.scored("lucky", 4.0)

    async with table(tmp_path) as run:  # what is recorded comes in another order now
        for again in (run.scored("lucky", 4.0), run.scored("baseline", *[9.0] * 5)):
            await offer(run.world, run.build, again)
            assert run.lies_there == "better-5"
        await offer(run.world, run.build, run.scored("best", *[1.0] * 5))
        assert run.lies_there == "best-5"
        (run.world.workspace / "submission.csv").unlink()
        await hand_in(run.world, run.build, run.scored("best", *[1.0] * 5))
        assert run.lies_there == "best-5"
        told = [one.event for one in run.world.facts.of_run()]
        written = [one.candidate for one in told if isinstance(one, SubmissionWritten)]
        assert written == ["baseline", "better", "best", "best"]
