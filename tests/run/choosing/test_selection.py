"""Of two programs the better one wins, and of two about equal ones the simpler."""

import pytest

from agents.models import (
    Blueprint,
    CandidatePlan,
    Comparison,
    Contract,
    Decision,
    MetricChoice,
    Profile,
    Score,
    SplitPlan,
    Target,
    Task,
)
from agents.run.choosing.selection import Build, Scored, better, not_ahead

METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default")
SPLIT = SplitPlan(splitter="random", folds=5, seed=7)


def plan(name: str) -> CandidatePlan:
    return CandidatePlan(
        track="traditional",
        name=name,
        recipe=name,
        literals={},
        steps=(),
        contract=Contract(objects=()),
        reason="",
    )


@pytest.fixture
def build() -> Build:
    target = Target(name="y", kind="number")
    blueprint = Blueprint(
        version=1,
        summary="",
        candidates=(plan("baseline"), plan("boosting")),
        split=SPLIT,
        metric=METRIC,
    )
    return Build(
        task=Task(
            name="t",
            problem="regression",
            targets=(target,),
            id_column=None,
            metric=METRIC,
            tables=(),
        ),
        profile=Profile(rows_train=10, rows_test=None, columns=(), split=SPLIT),
        blueprint=blueprint,
        views={},
    )


def scored(name: str, number: int = 1) -> Scored:
    return Scored(
        track="traditional",
        round=number,
        candidate=name,
        program=f"program of {name}",
        score=Score(value=0.5, error=0.1, rows=10, folds=(1, 2)),
        decision=Decision(name="argmax"),
        folds=(),
        check=None,
    )


@pytest.mark.parametrize(
    ("difference", "wins"),
    [(0.05, True), (0.02, False), (-0.02, False), (-0.05, False)],
)
def test_the_more_complex_program_wins_only_when_it_is_clearly_ahead(
    build: Build, difference: float, wins: bool
) -> None:
    found = Comparison(first="boosting", second="baseline", difference=difference, error=0.1)
    assert better(build, found, scored("boosting"), scored("baseline")) is wins


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (0.02, "not clearly better than baseline: row by row +0.0200 ±0.1000"),
        (-0.02, "not better than baseline: row by row -0.0200 ±0.1000"),
    ],
)
def test_who_is_ahead_by_too_little_is_not_said_to_be_behind(difference: float, words: str) -> None:
    found = Comparison(first="boosting", second="baseline", difference=difference, error=0.1)
    assert not_ahead(found, "baseline") == words


def test_the_order_of_asking_does_not_matter(build: Build) -> None:
    one, other = scored("boosting"), scored("baseline")
    for difference in (0.05, 0.02, 0.0, -0.02, -0.05):
        forth = Comparison(first="a", second="b", difference=difference, error=0.1)
        back = Comparison(first="b", second="a", difference=-difference, error=0.1)
        assert better(build, forth, one, other) is not better(build, back, other, one)


def test_what_was_undone_takes_no_further_part(build: Build) -> None:
    for name in ("boosting", "baseline"):
        build.scored[f"program of {name}"] = scored(name)
    assert [one.candidate for one in build.competing] == ["baseline", "boosting"]
    build.undone = frozenset({"program of baseline"})
    assert [one.candidate for one in build.competing] == ["boosting"]


def test_scores_of_some_folds_and_of_all_are_kept_apart() -> None:
    whole = scored("boosting")
    part = whole.model_copy(update={"score": whole.score.model_copy(update={"folds": (1,)})})
    assert whole.key != part.key


def test_only_an_accepted_program_has_a_solution(build: Build) -> None:
    done, cut_off = scored("baseline"), scored("boosting")
    build.scored = {one.program: one for one in (done, cut_off)}
    build.current = {"traditional": done.program}

    assert build.has_solution(done)
    assert not build.has_solution(cut_off)
