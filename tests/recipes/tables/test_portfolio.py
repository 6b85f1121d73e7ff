from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import JsonValue

from agents.competition.reading.tables import write_cells
from agents.models import CandidatePlan, MetricWeights
from agents.recipes.blocks.calibration import learn_link, linked
from agents.recipes.blocks.encoding import cross_fitted, mean_goals, means_of
from agents.recipes.blocks.texts import parts_of_texts, telling, unexplained
from agents.recipes.plans.variations import variations
from agents.recipes.writing.inline import inline, load_source
from agents.recipes.writing.literals import constants_of
from agents.recipes.writing.source import compose, parse
from agents.roles.guideline_agent import guide
from agents.roles.modeling_coder import write_model
from agents.roles.preprocessing_coder import write_preprocessing
from tests.builders import Kind
from tests.recipes.support import Planned, plan_folder, planned, run_python

KINDS: tuple[Kind, ...] = ("binary", "regression", "multilabel", "multiclass")


@pytest.fixture(scope="module", params=KINDS)
def competition(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Planned:
    return planned(tmp_path_factory.mktemp(request.param) / "competition", request.param)


def of_track(competition: Planned) -> tuple[CandidatePlan, ...]:
    return competition.blueprint.of_track("traditional")


def test_every_candidate_says_what_a_fit_costs(competition: Planned) -> None:
    for plan in competition.blueprint.candidates:
        assert 0.2 < plan.seconds < 60


@cache
def constants(recipe: str) -> dict[str, JsonValue]:
    """The constants of a recipe's two parts, blocks included."""
    found: dict[str, JsonValue] = {}
    for part in ("preprocess", "model"):
        place = f"agents.recipes.{recipe.replace('/', '.')}.{part}"
        found |= constants_of(compose(inline(parse(load_source(place)))))
    return found


def test_every_variation_changes_something_that_its_recipe_reads(competition: Planned) -> None:
    for plan in of_track(competition):
        usual = constants(plan.recipe) | plan.literals
        for one in variations(plan, competition.profile):
            assert {*one.literals} <= {*constants(plan.recipe)}, one.name
            assert any(usual[name] != value for name, value in one.literals.items()), one.name


def test_variations_of_one_plan_differ_and_end_with_another_seed(competition: Planned) -> None:
    for plan in of_track(competition):
        found = variations(plan, competition.profile)
        assert 1 <= len(found) <= 8
        assert len({one.name for one in found}) == len(found)
        reseeded = [place for place, one in enumerate(found) if one.name == "reseeded"]
        assert reseeded in ([], [len(found) - 1])


def leaves_of(classes: int, rows: int) -> pd.DataFrame:
    """Numbers around a place of their own for every class."""
    chance = np.random.default_rng(1)
    kind = np.arange(classes * rows) % classes
    places = chance.normal(size=(classes, 12))
    values = (places[kind] + 0.2 * chance.normal(size=(len(kind), 12))).round(4)
    frame = pd.DataFrame(values, columns=[f"length {place}" for place in range(12)]).astype("str")
    frame.insert(0, "key", [f"k{place}" for place in range(len(kind))])
    return frame.assign(sort=[f"sort {one:02d}" for one in kind])


def test_many_classes_of_few_rows_are_not_boosted(tmp_path: Path) -> None:
    rows = leaves_of(classes=32, rows=8)
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows.drop(columns="sort").head(64), tmp_path / "test.csv")
    names = [plan.name for plan in of_track(plan_folder(tmp_path, target="sort"))]
    assert names[0] == "discriminant"
    assert "neighbours" in names
    assert not [name for name in names if "boost" in name or "gradient" in name]


def test_a_target_with_a_long_tail_is_also_learned_on_another_scale(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    size = chance.normal(size=400)
    rows = pd.DataFrame(
        {
            "size": size.round(3).astype("str"),
            "visits": chance.poisson(np.exp(2 * size)).astype("str"),
        }
    )
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows[["size"]].head(80), tmp_path / "test.csv")
    plans = {plan.name: plan for plan in of_track(plan_folder(tmp_path, target="visits"))}
    settings = plans["gradient_poisson"].literals["SETTINGS"]
    assert isinstance(settings, dict)
    assert settings["objective"] == "poisson"
    assert not constants_of(write_model(plans["gradient_poisson"])).get("LOG_TARGET")


def test_the_days_between_two_dates_are_counted(tmp_path: Path) -> None:
    opened = pd.Series(pd.date_range("2019-01-01", periods=120))
    closed = opened + pd.to_timedelta(np.arange(120) % 9, unit="D")
    rows = pd.DataFrame(
        {
            "opened": opened.dt.strftime("%Y%m%d"),
            "closed": closed.dt.strftime("%d-%m-%Y"),
            "cost": (np.arange(120) % 9 * 3).astype("str"),
        }
    )
    (tmp_path / "made").mkdir()
    write_cells(rows, tmp_path / "made" / "train.csv")
    preprocess, _ = plan_folder(tmp_path / "made", target="cost").sources("boosting")
    code = (
        f"exec({preprocess!r})\n"
        "made = Preprocessor().fit(Path('made'), seed=0, time_limit_s=9.0)\n"
        "features = next(one for one in made.values() if hasattr(one, 'columns'))\n"
        "print(sorted({float(days) for days in features['opened to closed']}))"
    )
    done = run_python(code, tmp_path)
    assert done.stdout.strip() == str([float(days) for days in range(9)]), done.stderr


def test_no_row_sees_its_own_target_in_the_mean_of_its_word() -> None:
    words = pd.Series([f"word {place}" for place in range(60)], name="word")
    goals = pd.DataFrame({"goal": np.arange(60.0)})
    means = cross_fitted(words, goals, seed=0)["word, mean of goal"]
    assert abs(np.corrcoef(means, goals["goal"])[0, 1]) < 0.6
    assert means.between(20, 40).all()


def test_a_word_that_was_never_seen_gets_the_overall_mean() -> None:
    words = pd.Series(["a", "a", "b"], name="word")
    known = mean_goals(words, pd.DataFrame({"one": [1.0, 2.0, 6.0], "two": [0.0, 0.0, 1.0]}))
    found = means_of(pd.Series(["c"], name="word"), known)
    assert found.iloc[0].tolist() == pytest.approx([3.0, 1 / 3])


def test_a_text_that_repeats_what_a_column_says_is_not_telling() -> None:
    chance = np.random.default_rng(0)
    known, new = chance.normal(size=(2, 900))
    goals = pd.DataFrame({"goal": known + new})
    part = np.arange(900) % 5
    left = unexplained(pd.DataFrame({"known": known}), goals, part)
    assert not telling(known[:, np.newaxis], left)
    assert telling(new[:, np.newaxis], left)


def test_equal_texts_are_scored_by_models_that_saw_none_of_them() -> None:
    texts = pd.Series(["one", "two", "three", "one", "two"] * 10)
    part = pd.Series(parts_of_texts(texts, seed=0))
    assert (part.groupby(texts).nunique() == 1).all()


def test_a_link_makes_sure_values_of_timid_ones() -> None:
    codes = np.arange(300) % 3
    values = np.where(np.arange(3) == codes[:, np.newaxis], 0.01, 0.0)
    link, loss = learn_link(values, codes)
    assert loss < 0.01
    assert (linked(values, link).argmax(axis=1) == codes).all()


def sundry(rows: int) -> pd.DataFrame:
    """Cells that hold several things; the note, the tags and the object say what the label is."""
    chance = np.random.default_rng(3)
    label = chance.integers(0, 2, rows)
    size = chance.normal(size=rows).round(3)
    pale, dark = ["sand", "snow", "chalk"], ["coal", "night", "pitch"]
    notes = [
        " ".join(["it looks like", *chance.choice(dark if one else pale, 2), "to me today"])
        for one in label
    ]
    tags = [";".join(chance.permutation(["cut", "dyed", "worn"])[: 1 + k % 3]) for k in range(rows)]
    return pd.DataFrame(
        {
            "key": [f"k{place}" for place in range(rows)],
            "tags": tags,
            "spec": [f'{{"size": {one}, "sort": "s{k % 4}"}}' for k, one in enumerate(size)],
            "kept": [f"{one} years" for one in chance.integers(1, 30, rows)],
            "note": notes,
            "dark": np.where(label == 1, "yes", "no"),
        }
    )


def test_the_baseline_knows_words(tmp_path: Path) -> None:
    rows = sundry(300)[["key", "note", "dark"]]
    write_cells(rows.head(240), tmp_path / "train.csv")
    write_cells(rows.drop(columns="dark").tail(60), tmp_path / "test.csv")
    preprocess, model = plan_folder(tmp_path, target="dark").sources("baseline")
    place = dict[str, Any]()
    exec(preprocess, place)
    exec(model, place)
    made = place["Preprocessor"]()
    fitted = place["Model"]()
    fitted.fit(made.fit(tmp_path, seed=0, time_limit_s=9.0), seed=0, time_limit_s=9.0)
    said = fitted.predict(made.transform(tmp_path)).iloc[:, -1].to_numpy(dtype=float)
    assert ((said > 0.5) == (rows["dark"].tail(60) == "yes")).mean() > 0.95


def test_lists_objects_units_and_texts_become_columns(tmp_path: Path) -> None:
    rows = sundry(300)
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows.drop(columns="dark").tail(40), tmp_path / "test.csv")
    place = dict[str, Any]()
    plan = plan_folder(tmp_path, target="dark").plan("gradient")
    exec(write_preprocessing(plan), place)
    preprocessor = place["Preprocessor"]()
    train = preprocessor.fit(tmp_path, seed=0, time_limit_s=5.0)["X_train"]
    test = preprocessor.transform(tmp_path)["X_test"]
    assert {"tags, holds worn", "tags, items", "spec, size", "kept", "note, words"} <= {*train}
    scores = train["note, score of yes"]
    dark = (rows["dark"] == "yes").to_numpy()
    assert scores[dark].min() > scores[~dark].max()
    assert train.dtypes.astype("str").to_dict() == test.dtypes.astype("str").to_dict()


def test_rows_are_weighed_and_the_last_ones_held_out_where_metric_and_split_ask(
    tmp_path: Path,
) -> None:
    chance = np.random.default_rng(0)
    day = pd.date_range("2021-01-01", periods=400).strftime("%Y-%m-%d")
    size = chance.normal(size=400).round(3)
    busy = np.where(chance.random(400) < 0.2, "yes", "no")
    rows = pd.DataFrame({"day": day, "size": size, "busy": busy, "sold": 9 + size}).astype("str")
    write_cells(rows.head(330), tmp_path / "train.csv")
    write_cells(rows.tail(70).drop(columns="sold"), tmp_path / "test.csv")
    competition = plan_folder(tmp_path, target="sold")
    weights = MetricWeights(column="busy", values={"yes": 5.0})
    metric = competition.task.metric.model_copy(update={"weights": weights})
    task = competition.task.model_copy(update={"metric": metric})
    blueprint = guide(task, competition.profile)
    plan = next(plan for plan in blueprint.candidates if plan.name == "boosting")
    place = dict[str, Any]()
    exec(write_preprocessing(plan), place)
    train = place["Preprocessor"]().fit(tmp_path, seed=0, time_limit_s=5.0)
    assert {*train} == {one.name for one in plan.contract.objects if one.side == "train"}
    heavy = (rows["busy"].head(330) == "yes").to_numpy()
    assert train["weight_train"][heavy].min() == pytest.approx(5 * train["weight_train"].min())
    assert train["time_train"].is_monotonic_increasing
    assert plan.literals["HOLDOUT"] == "last"


def test_a_text_without_a_word_that_occurs_twice_is_left_out(tmp_path: Path) -> None:
    rows = sundry(150)
    rows["note"] = [" ".join(f"w{place}x{k}" for k in range(6)) for place in range(150)]
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows.drop(columns="dark").tail(40), tmp_path / "test.csv")
    place = dict[str, Any]()
    exec(write_preprocessing(plan_folder(tmp_path, target="dark").plan("linear")), place)
    preprocessor = place["Preprocessor"]()
    train = preprocessor.fit(tmp_path, seed=0, time_limit_s=5.0)["X_train"]
    assert not [name for name in train if "score of" in name]
    assert [*preprocessor.transform(tmp_path)["X_test"]] == [*train]


def test_levels_are_learned_as_ranks_where_the_metric_counts_how_far_off(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    size = chance.normal(size=240).round(3)
    level = pd.cut(pd.Series(size), [-9, -1, 0, 1, 9], labels=["1", "2", "3", "4"])
    rows = pd.DataFrame({"size": size, "level": level}).astype("str")
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows[["size"]].head(40), tmp_path / "test.csv")
    words = "# Levels\n\n## Evaluation\nQuadratic weighted kappa between levels.\n"
    (tmp_path / "description.md").write_text(words, encoding="utf-8")
    competition = plan_folder(tmp_path, target="level")
    assert competition.task.problem == "ordinal"
    for name in ("baseline", "boosting", "gradient", "forest", "kernel"):
        prepare, learn = dict[str, Any](), dict[str, Any]()
        for source, place in zip(competition.sources(name), (prepare, learn), strict=True):
            exec(source, place)
        preprocessor, model = prepare["Preprocessor"](), learn["Model"]()
        model.fit(preprocessor.fit(tmp_path, seed=0, time_limit_s=30.0), seed=0, time_limit_s=30.0)
        scores = model.predict(preprocessor.transform(tmp_path))
        assert [*scores] == ["row_id", "level"]
        ranks = rows["level"].head(40).astype(float) - 1
        assert (scores["level"] - ranks).abs().mean() < 0.4


def test_a_column_that_is_empty_in_one_fold_stops_no_recipe(tmp_path: Path) -> None:
    rows = sundry(200)
    write_cells(rows, tmp_path / "train.csv")
    write_cells(rows.drop(columns="dark").tail(40), tmp_path / "test.csv")
    competition = plan_folder(tmp_path, target="dark")
    number = next(one.name for one in competition.profile.columns if one.semantic == "number")
    write_cells(rows.assign(**{number: ""}), tmp_path / "train.csv")
    for plan in competition.blueprint.candidates:
        prepare, learn = dict[str, Any](), dict[str, Any]()
        for source, place in zip(competition.sources(plan.name), (prepare, learn), strict=True):
            exec(source, place)
        preprocessor, model = prepare["Preprocessor"](), learn["Model"]()
        model.fit(preprocessor.fit(tmp_path, seed=0, time_limit_s=30.0), seed=0, time_limit_s=30.0)
        scores = model.predict(preprocessor.transform(tmp_path))
        assert len(scores) == 40
        assert scores.notna().all(axis=None)
