"""The verification ladder as plain data: which stages a program must pass, and in what order.

Cheapest check first (DESIGN 5). Results of stages are kept under content keys, so that a stage
whose inputs did not change is not run again: a modelling repair never pays for preprocessing
twice. Nothing here runs anything.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agents.execution.protocol import Stage
from agents.models import Frozen
from agents.run.paths import Paths

CHECKED_VIEWS = ("sample-permuted", "sample-half", "sample-single", "sample-odd")
"""Variants of `sample` on which scores must not change, or the program must at least survive."""
SHUFFLED = "sample-shuffled"
VAULT = "vault"
"""The view whose rows nothing is chosen by; its scores are looked at once, for the report."""
GRACE, REPEATABLE_GRACE = 3.0, 10.0
"""A stage may take this many times the time that the program was told to keep to; more in a
repeatable run, which nothing else that this machine does may change."""
START_S = 60.0


class ViewFact(Frozen):
    """What the ladder needs to know of a built view."""

    name: str
    fit: Path
    predict: Path
    run: Path
    fit_digest: str
    predict_digest: str
    answers: Path | None


class FittedFold(Frozen):
    """What is kept of one fold of one candidate; paths are relative to `.iml`."""

    view: str
    preprocessor: str
    model: str
    blind: str | None
    test: str | None
    vault: str | None = None
    """Scores of the vault's rows, where this fit answers them."""


@dataclass(frozen=True)
class Asked:
    """What fits on blind views answer at once beside their blind rows."""

    full: ViewFact | None = None
    """The real test."""
    vault: ViewFact | None = None


@dataclass(frozen=True)
class Sources:
    """The two parts of a program, and the digests under which their results are kept."""

    preprocess: str
    model: str

    @property
    def program(self) -> str:
        """The program's identity: both parts."""
        return key(self.preprocess, self.model)

    @property
    def files(self) -> dict[str, str]:
        """The parts as files of a working directory."""
        return {"preprocess.py": self.preprocess, "model.py": self.model}


def key(*parts: str) -> str:
    """A content key: sha256 over the parts, none of which can run into the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode())
        digest.update(part.encode())
    return digest.hexdigest()[:32]


@dataclass
class StagePlan:
    """Collects the stages of one program, leaving out those whose results are kept already.

    A result is written below `out` first; `kept` says which directories are to be moved to their
    content key once their stage has succeeded.
    """

    sources: Sources
    paths: Paths
    out: Path
    runtime: str
    seed: int
    time_limit_s: float
    grace: float = GRACE
    stages: list[Stage] = field(default_factory=list)
    kept: dict[str, tuple[tuple[Path, Path], ...]] = field(default_factory=dict)

    def fit_preprocessor(self, view: ViewFact) -> tuple[Path, Path, str]:
        """Objects and saved preprocessor of the view's training tables, and their key."""
        name = key("fit", self.sources.preprocess, view.fit_digest, self.runtime, str(self.seed))
        places, where = self._places(name, ("objects", "state"))
        if where is not None:
            objects, state = where
            self._add(
                f"{view.name}/preprocess-fit",
                reads=(view.fit,),
                writes=(objects, state),
                arguments={"data": str(view.fit), "objects": str(objects), "state": str(state)},
                fits=True,
                moves=tuple(zip(where, places, strict=True)),
            )
        objects, state = where or places
        return objects, state, name

    def transform(self, view: ViewFact, state: Path, fitted: str) -> tuple[Path, str]:
        """Objects of the view's test tables, and their key."""
        name = key("transform", fitted, view.predict_digest)
        places, where = self._places(name, ("objects",))
        if where is not None:
            self._add(
                f"{view.name}/{fitted[:6]}/preprocess-transform",
                reads=(view.predict, state),
                writes=where,
                arguments={
                    "data": str(view.predict),
                    "objects": str(where[0]),
                    "state": str(state),
                },
                moves=tuple(zip(where, places, strict=True)),
            )
        return (where or places)[0], name

    def fit_model(self, view: ViewFact, objects: Path, fitted: str) -> tuple[Path, str]:
        """The saved model, and its key."""
        name = key("model", self.sources.model, fitted, str(self.seed))
        places, where = self._places(name, ("state",))
        if where is not None:
            self._add(
                f"{view.name}/model-fit",
                reads=(objects,),
                writes=where,
                arguments={"objects": str(objects), "state": str(where[0])},
                fits=True,
                moves=tuple(zip(where, places, strict=True)),
            )
        return (where or places)[0], name

    def predict(self, view: ViewFact, model: tuple[Path, str], objects: tuple[Path, str]) -> Path:
        """The file that will hold the scores for the view's test rows."""
        name = key("scores", model[1], objects[1])
        places, where = self._places(name, ("scores",))
        if where is not None:
            self._add(
                f"{view.name}/{model[1][:6]}/model-predict",
                reads=(objects[0], model[0]),
                writes=where,
                arguments={
                    "objects": str(objects[0]),
                    "state": str(model[0]),
                    "scores": str(where[0] / "scores.parquet"),
                },
                moves=tuple(zip(where, places, strict=True)),
            )
        return (where or places)[0] / "scores.parquet"

    def settled(self, path: Path) -> Path:
        """Where a result lies once its stage has succeeded and was moved to its content key."""
        for moves in self.kept.values():
            for source, target in moves:
                if path.is_relative_to(source):
                    return target / path.relative_to(source)
        return path

    def _places(
        self, name: str, parts: tuple[str, ...]
    ) -> tuple[tuple[Path, ...], tuple[Path, ...] | None]:
        """Where results of this key are kept, and where to write them first (None: kept)."""
        kept = tuple(self.paths.results / name[:2] / name / part for part in parts)
        if all(path.exists() for path in kept):
            return kept, None
        return kept, tuple(self.out / name / part for part in parts)

    def _add(
        self,
        name: str,
        *,
        reads: tuple[Path, ...],
        writes: tuple[Path, ...],
        arguments: dict[str, str],
        moves: tuple[tuple[Path, Path], ...],
        fits: bool = False,
    ) -> None:
        made = {path: stage.name for stage in self.stages for path in stage.writes}
        extra = {"seed": self.seed, "time_limit_s": self.time_limit_s} if fits else {}
        kind = name.rsplit("/", 1)[1]
        self.stages.append(
            Stage.model_validate(
                {
                    "name": name,
                    "kind": kind,
                    "reads": reads,
                    "writes": writes,
                    "arguments": {**arguments, **extra},
                    "time_limit_s": self.time_limit_s * self.grace + START_S,
                    "after": tuple(made[path] for path in reads if path in made),
                }
            )
        )
        self.kept[name] = moves


def plan_sample(plan: StagePlan, sample: ViewFact) -> Path:
    """Preprocessing and modelling on `sample`; where its scores will lie."""
    objects, state, fitted = plan.fit_preprocessor(sample)
    test = plan.transform(sample, state, fitted)
    model = plan.fit_model(sample, objects, fitted)
    return plan.predict(sample, model, test)


@dataclass(frozen=True)
class VariantScores:
    """Where the scores of the metamorphic questions will lie."""

    plain: Path
    variants: dict[str, Path]
    """By the variant of `sample`."""
    shuffled: Path


def plan_variants(plan: StagePlan, view: Callable[[str], ViewFact]) -> VariantScores:
    """The metamorphic questions: other test rows, and shuffled labels to learn from.

    What was fitted on `sample` is kept already, and is not fitted again.
    """
    sample, shuffled = view("sample"), view(SHUFFLED)
    objects, state, fitted = plan.fit_preprocessor(sample)
    test = plan.transform(sample, state, fitted)
    model = plan.fit_model(sample, objects, fitted)
    plain = plan.predict(sample, model, test)
    variants = {}
    for name in CHECKED_VIEWS:
        changed = plan.transform(view(name), state, fitted)
        variants[name] = plan.predict(view(name), model, changed)
    objects, state, fitted = plan.fit_preprocessor(shuffled)
    chance = plan.fit_model(shuffled, objects, fitted)
    test = plan.transform(shuffled, state, fitted)
    return VariantScores(plain, variants, plan.predict(shuffled, chance, test))


def plan_fold(plan: StagePlan, blind: ViewFact, asked: Asked) -> FittedFold:
    """Fits on a blind view, scores its blind rows, and answers what else is asked at once."""
    objects, state, fitted = plan.fit_preprocessor(blind)
    test = plan.transform(blind, state, fitted)
    model = plan.fit_model(blind, objects, fitted)
    scores = plan.predict(blind, model, test)

    def answered(view: ViewFact | None) -> str | None:
        if view is None:
            return None
        return str(plan.predict(view, model, plan.transform(view, state, fitted)))

    return FittedFold(
        view=blind.name,
        preprocessor=str(state),
        model=str(model[0]),
        blind=str(scores),
        test=answered(asked.full),
        vault=answered(asked.vault),
    )


def plan_vault(plan: StagePlan, vault: ViewFact) -> FittedFold:
    """One fit on all rows but the vault's, which are scored as the real test is answered."""
    fold = plan_fold(plan, vault, Asked())
    return fold.model_copy(update={"blind": None, "vault": fold.blind})


def plan_refit(plan: StagePlan, full: ViewFact) -> FittedFold:
    """One fit on all rows, which answers the real test."""
    objects, state, fitted = plan.fit_preprocessor(full)
    test = plan.transform(full, state, fitted)
    model = plan.fit_model(full, objects, fitted)
    scores = plan.predict(full, model, test)
    return FittedFold(
        view=full.name,
        preprocessor=str(state),
        model=str(model[0]),
        blind=None,
        test=str(scores),
    )


def plan_solution(view: ViewFact, out: Path, time_limit_s: float) -> tuple[Stage, ...]:
    """`solution.py` itself: fit without test tables, predict without training tables, run.

    One fold is enough: the others are fitted by the same lines.
    """
    model, written = out / "model", out / "written"
    limit = ["--time-limit", str(time_limit_s), "--folds", "1"]
    commands: tuple[tuple[str, tuple[Path, ...], tuple[Path, ...], list[str]], ...] = (
        (
            "fit",
            (view.fit,),
            (model,),
            ["--data", str(view.fit), "--model", str(model), *limit],
        ),
        (
            "predict",
            (view.predict, model),
            (written,),
            [
                *("--data", str(view.predict), "--model", str(model)),
                *("--output", str(written / "predicted.csv")),
            ],
        ),
        (
            "run",
            (view.run,),
            (written,),
            ["--data", str(view.run), "--output", str(written / "run.csv"), *limit],
        ),
    )
    return tuple(
        Stage(
            name=f"solution/{command}",
            kind="script",
            reads=reads,
            writes=writes,
            arguments={"argv": ["solution.py", command, *options]},
            time_limit_s=time_limit_s * GRACE + START_S,
            after=("solution/fit",) if command == "predict" else (),
        )
        for command, reads, writes, options in commands
    )


def plan_prediction(data: Path, model: Path, out: Path, time_limit_s: float) -> Stage:
    """The kept model answers the real test (or the sample's, where there is none) once more."""
    argv = ["solution.py", "predict", "--data", str(data), "--model", str(model)]
    return Stage(
        name="solution/predict",
        kind="script",
        reads=(data, model),
        writes=(out,),
        arguments={"argv": [*argv, "--output", str(out / "predicted.csv")]},
        time_limit_s=time_limit_s * GRACE + START_S,
    )
