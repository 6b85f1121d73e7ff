"""What plain words ask for, read by rule, at no token and without a model."""

import pytest

from agents.run.decisions.plain_words import Known, meant_instead, read_by_rule

KNOWN = Known(
    metrics=("accuracy", "auc", "f1", "f1_macro", "log_loss", "rmse"),
    tracks=("traditional", "pretrained", "neural"),
    families=("catboost", "forest", "kernel", "lightgbm", "linear"),
    columns=("age", "deck", "home town", "paid_in_all", "name, title", "is_member"),
)


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        ("optimise macro F1", "f1_macro"),
        ("please go by AUC", "auc"),
        ("use log-loss instead", "log_loss"),
        ("F1 matters", "f1"),
        ("use the metric mean absolute error", "mean absolute error"),
        ("be accurate", None),
    ],
)
def test_a_metric_is_read_by_its_name_in_any_order(words: str, metric: str | None) -> None:
    assert read_by_rule(words, KNOWN).metric == metric


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("no deep nets", "traditional,pretrained"),
        ("stop the neural track", "traditional,pretrained"),
        ("more neural networks", None),
        ("spend the time on the neural track", "neural"),
        ("no transformers and neural nets", "traditional"),
    ],
)
def test_tracks_that_are_not_wanted_are_left_out(words: str, only: str | None) -> None:
    assert read_by_rule(words, KNOWN).only == only


@pytest.mark.parametrize(
    ("words", "families", "only"),
    [
        ("no forest", ("forest",), None),
        ("no random forest, no SVM", ("forest", "kernel"), None),
        (
            "without boosting, no neural networks",
            ("catboost", "lightgbm"),
            "traditional,pretrained",
        ),
        ("only boosting", ("forest", "kernel", "linear"), "traditional"),
        ("nothing but LightGBM", ("catboost", "forest", "kernel", "linear"), "traditional"),
        ("more boosting", (), None),
    ],
)
def test_kinds_of_model_are_left_out_or_go_on_alone(
    words: str, families: tuple[str, ...], only: str | None
) -> None:
    reading = read_by_rule(words, KNOWN)

    assert reading.families == families
    assert reading.only == only


def test_a_kind_that_nothing_planned_is_of_cannot_go_on_alone() -> None:
    reading = read_by_rule("only nearest neighbours", KNOWN)

    assert not reading.sensible
    assert reading.reply == (
        "No recipe of this run is one of neighbours: there are catboost, forest, kernel, lightgbm, "
        "linear."
    )


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("drop age", ("age",)),
        ("drop the column Age, at most 1.5 hours", ("age",)),
        ("do not use deck or age", ("deck", "age")),
        ("don't use `name, title`", ("name, title",)),
        ("never use is_member because it leaks", ("is_member",)),
        ("leave out Home Town and paid_in_all but keep deck", ("home town", "paid_in_all")),
        ("drop the rows where age is missing", ()),
        ("do not impute age", ()),
        ("drop outliers", ()),
        ("age matters", ()),
    ],
)
def test_columns_are_left_out_only_where_the_words_say_nothing_else(
    words: str, columns: tuple[str, ...]
) -> None:
    reading = read_by_rule(words, KNOWN)

    assert reading.sensible
    assert reading.columns == columns


@pytest.mark.parametrize(
    ("words", "reply", "instead"),
    [
        ("drop column agee", "No column is called `agee`; is `age` meant?", ("age",)),
        (
            "ignore paid_in_al",
            "No column is called `paid_in_al`; is `paid_in_all` meant?",
            ("paid_in_all",),
        ),
        ("drop columns age and zzz", "No column is called `zzz`: there are `age`, `deck`", ()),
    ],
)
def test_a_column_that_does_not_exist_gets_a_question_back(
    words: str, reply: str, instead: tuple[str, ...]
) -> None:
    reading = read_by_rule(words, KNOWN)

    assert not reading.sensible
    assert not reading.columns
    assert reading.reply.startswith(reply)
    assert reading.instead == instead


def test_the_answer_to_that_question_stands_where_the_slip_stood() -> None:
    words = meant_instead("drop columns deck and agee, no forest", KNOWN, "age")

    assert words == "drop columns deck and `age`, no forest"
    assert read_by_rule(words, KNOWN).columns == ("deck", "age")


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("take 2 hours", 7200.0),
        ("time limit 45 min", 2700.0),
        ("run longer: 90 minutes", 5400.0),
        ("at most 600 seconds", 600.0),
        ("use 5 models", None),
    ],
)
def test_a_limit_is_read_with_its_unit(words: str, seconds: float | None) -> None:
    assert read_by_rule(words, KNOWN).time_limit == seconds


def test_what_is_for_a_model_says_that_there_is_none() -> None:
    reading = read_by_rule("bin the ages by decade", KNOWN)

    assert reading.directive == "bin the ages by decade"
    assert "this run has none" in reading.reply
    assert (reading.metric, reading.only, reading.time_limit) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "unread"),
    [
        ("no deep nets and prefer few features", "prefer few features"),
        ("go by AUC, please: no target encoding", ": no target encoding"),
        ("linear models, not boosting", "linear models"),
        ("no boosting and neural nets, take 2 hours", ""),
    ],
)
def test_what_no_rule_reads_is_named_and_kept_as_a_note(words: str, unread: str) -> None:
    reading = read_by_rule(words, KNOWN)

    assert reading.directive == unread
    assert (f"Not understood without a language model: “{unread}”" in reading.reply) == bool(unread)
