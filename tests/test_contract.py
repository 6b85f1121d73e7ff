from agents.contract import differences, unpromised
from agents.execution.protocol import ObjectFacts
from agents.models import Contract, ContractObject, MetricChoice, Target, Task

TASK = Task(
    name="made",
    problem="binary",
    targets=(Target(name="seated", kind="class", classes=("no", "yes"), positive="yes"),),
    id_column="ticket",
    metric=MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default"),
    tables=(),
)

CONTRACT = Contract(
    objects=(
        ContractObject(
            name="X_train", side="train", kind="DataFrame", role="features", dtypes=("float32",)
        ),
        ContractObject(name="y_train", side="train", kind="Series", role="y", dtypes=("str",)),
        ContractObject(
            name="X_test",
            side="test",
            kind="DataFrame",
            role="features",
            dtypes=("float32",),
            same_columns_as="X_train",
        ),
        ContractObject(name="row_id", side="test", kind="Series", role="row_id", dtypes=("str",)),
    )
)


def frame(name: str, rows: int, **columns: str) -> ObjectFacts:
    return ObjectFacts(
        name=name,
        kind="DataFrame",
        rows=rows,
        columns=tuple(columns),
        dtypes=tuple(columns.values()),
        shape=(rows, len(columns)),
    )


def series(name: str, rows: int) -> ObjectFacts:
    return ObjectFacts(name=name, kind="Series", rows=rows, dtypes=("str",), shape=(rows,))


X_TRAIN = frame("X_train", 9, age="float32", fare="float32")
X_TEST = frame("X_test", 3, age="float32", fare="float32")
Y_TRAIN, ROW_ID = series("y_train", 9), series("row_id", 3)


def found(
    *,
    train: tuple[ObjectFacts, ...] = (X_TRAIN, Y_TRAIN),
    test: tuple[ObjectFacts, ...] = (X_TEST, ROW_ID),
) -> str:
    return "\n".join(differences(CONTRACT, train, test, TASK))


def test_what_was_promised_makes_no_difference() -> None:
    assert found() == ""


def test_a_missing_object_is_named_with_its_maker() -> None:
    assert "Preprocessor.fit must return 'y_train' but returned X_train." in found(train=(X_TRAIN,))


def test_an_object_of_another_kind_is_named() -> None:
    array = X_TEST.model_copy(update={"kind": "ndarray", "columns": (), "dtypes": ("float64",)})
    assert "X_test must be a DataFrame but is a ndarray." in found(test=(array, ROW_ID))


def test_a_forbidden_dtype_is_named_with_its_columns() -> None:
    words = frame("X_train", 9, age="float32", fare="str")
    assert "X_train may hold float32 but holds str, namely fare." in found(train=(words, Y_TRAIN))


def test_text_is_text_under_every_name() -> None:
    old = ROW_ID.model_copy(update={"dtypes": ("object",)})
    assert found(test=(X_TEST, old)) == ""


def test_gaps_and_infinities_are_counted_where_none_were_promised() -> None:
    holed = X_TRAIN.model_copy(update={"missing": 4, "infinite": 2})
    said = found(train=(holed, Y_TRAIN))
    assert "X_train must be complete but has 4 missing values." in said
    assert "X_train must be complete but has 2 infinite values." in said


def test_objects_of_one_side_have_the_same_rows() -> None:
    short = series("row_id", 2)
    assert "test side must have the same number of rows: X_test 3, row_id 2." in found(
        test=(X_TEST, short)
    )


def test_the_test_has_the_columns_of_training_in_their_order() -> None:
    turned = frame("X_test", 3, fare="float32", age="float32")
    other = frame("X_test", 3, age="float32", deck="float32")
    assert "X_test has the columns of X_train in another order." in found(test=(turned, ROW_ID))
    assert "X_test lacks columns of X_train: fare." in found(test=(other, ROW_ID))
    assert "X_test has columns that X_train has not: deck." in found(test=(other, ROW_ID))


def test_a_column_keeps_its_dtype_from_training_to_test() -> None:
    changed = frame("X_test", 3, age="float32", fare="float64")
    assert "fare (float64, not float32)" in found(test=(changed, ROW_ID))


def test_id_and_target_are_no_features() -> None:
    leaking = frame("X_train", 9, age="float32", fare="float32", ticket="float32", seated="float32")
    said = found(train=(leaking, Y_TRAIN))
    assert "X_train holds the target among its features: seated." in said
    assert "X_train holds the raw id 'ticket' among its features." in said


def test_an_object_that_nobody_agreed_on_is_named() -> None:
    assert "Preprocessor.transform returned answers, which the contract does not name." in found(
        test=(X_TEST, ROW_ID, series("answers", 3))
    )


def test_every_difference_is_found_at_once() -> None:
    holed = X_TRAIN.model_copy(update={"missing": 4})
    assert len(found(train=(holed,), test=(X_TEST,)).splitlines()) == 3


MODEL = """
class Model:
    def fit(self, train, *, seed, time_limit_s):
        self.mean = train["y_train"].mean() + train["weights"].sum()

    def predict(self, test):
        return test["X_test"], self.other["y_train"]
"""


def test_a_model_that_takes_what_nobody_promised_is_told_so() -> None:
    [said] = unpromised(CONTRACT, MODEL)
    assert said == (
        "Model.fit takes 'weights', which the contract does not promise on the train side; "
        "it may use X_train, y_train."
    )
