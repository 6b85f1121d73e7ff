"""The ladder as data: what is run, what may be read, and what is not run twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.execution.protocol import Stage
from agents.run.candidates.verification import (
    CHECKED_VIEWS,
    REPEATABLE_GRACE,
    SHUFFLED,
    Asked,
    Sources,
    StagePlan,
    ViewFact,
    plan_fold,
    plan_sample,
    plan_solution,
    plan_variants,
)
from agents.run.paths import Paths

SOURCES = Sources(preprocess="p = 1\n", model="m = 1\n")


def view(root: Path, name: str) -> ViewFact:
    folder = root / "views" / name
    return ViewFact(
        name=name,
        fit=folder / "fit",
        predict=folder / "predict",
        run=folder / "run",
        fit_digest=f"fit of {name}",
        predict_digest=f"predict of {name}",
        answers=root / "answers" / f"{name}.parquet",
    )


def new_plan(root: Path, sources: Sources = SOURCES, attempt: str = "1") -> StagePlan:
    return StagePlan(
        sources=sources,
        paths=Paths(root),
        out=root / "attempts" / attempt / "out",
        runtime="runtime",
        seed=7,
        time_limit_s=10,
    )


def keep(plan: StagePlan) -> None:
    """As if every stage had succeeded."""
    for moves in plan.kept.values():
        for _, target in moves:
            target.mkdir(parents=True)


def kinds(plan: StagePlan) -> list[str]:
    return [stage.kind for stage in plan.stages]


def test_a_fold_fits_on_training_tables_and_answers_blind_and_real_rows(tmp_path: Path) -> None:
    plan = new_plan(tmp_path)
    plan_fold(plan, view(tmp_path, "blind-1"), Asked(view(tmp_path, "full")))
    assert kinds(plan) == [
        "preprocess-fit",
        "preprocess-transform",
        "model-fit",
        "model-predict",
        "preprocess-transform",
        "model-predict",
    ]


def test_no_stage_reads_labels_it_may_not_see(tmp_path: Path) -> None:
    plan = new_plan(tmp_path)
    blind, full = view(tmp_path, "blind-1"), view(tmp_path, "full")
    plan_fold(plan, blind, Asked(full))
    for stage in plan.stages:
        assert not any("answers" in path.parts for path in stage.reads)
        assert full.fit not in stage.reads
        assert (blind.fit in stage.reads) == (stage.kind == "preprocess-fit")
        if stage.kind.startswith("model"):
            assert not any("views" in path.parts for path in stage.reads)


def test_stages_wait_for_those_whose_results_they_read(tmp_path: Path) -> None:
    plan = new_plan(tmp_path)
    plan_fold(plan, view(tmp_path, "blind-1"), Asked())
    by_kind = {stage.kind: stage for stage in plan.stages}
    assert by_kind["preprocess-fit"].after == ()
    assert by_kind["model-fit"].after == (by_kind["preprocess-fit"].name,)
    assert set(by_kind["model-predict"].after) >= {
        by_kind["preprocess-transform"].name,
        by_kind["model-fit"].name,
    }


def test_a_modelling_change_does_not_preprocess_again(tmp_path: Path) -> None:
    first = new_plan(tmp_path)
    plan_fold(first, view(tmp_path, "blind-1"), Asked(view(tmp_path, "full")))
    keep(first)
    second = new_plan(tmp_path, Sources(SOURCES.preprocess, "m = 2\n"), "2")
    plan_fold(second, view(tmp_path, "blind-1"), Asked(view(tmp_path, "full")))
    assert kinds(second) == ["model-fit", "model-predict", "model-predict"]


def test_a_preprocessing_change_does_everything_again(tmp_path: Path) -> None:
    first = new_plan(tmp_path)
    plan_fold(first, view(tmp_path, "blind-1"), Asked())
    keep(first)
    second = new_plan(tmp_path, Sources("p = 2\n", SOURCES.model), "2")
    plan_fold(second, view(tmp_path, "blind-1"), Asked())
    assert len(second.stages) == 4


@pytest.mark.parametrize("change", ["runtime", "seed", "view"])
def test_other_libraries_seeds_or_data_make_other_results(tmp_path: Path, change: str) -> None:
    first = new_plan(tmp_path)
    plan_fold(first, view(tmp_path, "blind-1"), Asked())
    keep(first)
    second = new_plan(tmp_path, attempt="2")
    data = view(tmp_path, "blind-1")
    if change == "runtime":
        second.runtime = "another"
    elif change == "seed":
        second.seed = 8
    else:
        data = data.model_copy(update={"fit_digest": "other rows"})
    plan_fold(second, data, Asked())
    assert len(second.stages) == 4


def test_the_sample_rung_asks_every_metamorphic_question(tmp_path: Path) -> None:
    plan = new_plan(tmp_path)
    places = plan_variants(plan, lambda name: view(tmp_path, name))
    read = {path for stage in plan.stages for path in stage.reads}
    assert {view(tmp_path, name).predict for name in CHECKED_VIEWS} <= read
    assert view(tmp_path, SHUFFLED).fit in read
    assert set(places.variants) == set(CHECKED_VIEWS)
    assert len({stage.name for stage in plan.stages}) == len(plan.stages)


def test_what_was_fitted_on_sample_is_not_fitted_again_for_its_variants(tmp_path: Path) -> None:
    first = new_plan(tmp_path)
    plan_sample(first, view(tmp_path, "sample"))
    keep(first)
    second = new_plan(tmp_path, attempt="2")
    plan_variants(second, lambda name: view(tmp_path, name))
    assert kinds(second).count("model-fit") == 1
    assert view(tmp_path, "sample").fit not in {p for stage in second.stages for p in stage.reads}


def test_results_settle_at_their_content_key(tmp_path: Path) -> None:
    plan = new_plan(tmp_path)
    fold = plan_fold(plan, view(tmp_path, "blind-1"), Asked())
    assert fold.blind is not None
    settled = plan.settled(Path(fold.blind))
    assert settled.is_relative_to(tmp_path / "results")
    assert plan.settled(settled) == settled


def test_solution_fits_without_test_tables_and_predicts_without_training_tables(
    tmp_path: Path,
) -> None:
    sample = view(tmp_path, "sample")
    stages: dict[str, Stage] = {
        stage.name: stage for stage in plan_solution(sample, tmp_path / "out", 8)
    }
    assert stages["solution/fit"].reads == (sample.fit,)
    assert sample.fit not in stages["solution/predict"].reads
    assert stages["solution/run"].reads == (sample.run,)
    assert stages["solution/predict"].after == ("solution/fit",)


def test_a_repeatable_run_waits_longer_for_the_same_stages(tmp_path: Path) -> None:
    plain, patient = new_plan(tmp_path), replace(new_plan(tmp_path), grace=REPEATABLE_GRACE)
    for plan in (plain, patient):
        plan_fold(plan, view(tmp_path, "blind-1"), Asked())
    pairs = zip(plain.stages, patient.stages, strict=True)
    limits = [(one.time_limit_s, other.time_limit_s) for one, other in pairs]
    assert limits
    assert all(usual < longer for usual, longer in limits)
    assert [one.arguments for one in plain.stages] == [one.arguments for one in patient.stages]


def test_programs_that_differ_anywhere_are_different() -> None:
    assert Sources("ab", "c").program != Sources("a", "bc").program
