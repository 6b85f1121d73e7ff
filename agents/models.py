"""The nouns of the engine as frozen, typed values (DESIGN, part 2).

They are what journals record, what roles hand to each other, and what viewers project. None of them
does anything, and importing this module loads neither pandas nor any learning library.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agents.measured import QUANTILES as QUANTILES
from agents.measured import Bin as Bin
from agents.measured import ColumnProfile as ColumnProfile
from agents.measured import Finding as Finding
from agents.measured import Frozen as Frozen
from agents.measured import MediaProfile as MediaProfile
from agents.measured import SemanticType as SemanticType

Direction = Literal["higher", "lower"]
ProblemType = Literal["binary", "multiclass", "multilabel", "regression", "ordinal"]
AnswerKind = Literal["label", "probability", "number", "labels"]
"""`labels`: any number of labels a row."""
TableFormat = Literal["csv", "parquet", "json", "jsonl", "xlsx"]
Splitter = Literal["random", "stratified", "grouped", "time", "entity_tail", "periodic"]
TrackName = str
"""`baseline`, `traditional`, `pretrained`, `neural` or `ensemble`."""


# --- the task (paper: Sum_T) -----------------------------------------------------------------


class Table(Frozen):
    """One table file of the competition."""

    path: str
    """Relative to the competition, with forward slashes. It may lead through a file that holds
    several tables (`data.zip/train.csv`, `book.xlsx/Sheet1`); in a view that file is a folder."""
    role: Literal["train", "test", "sample", "side"]
    rows: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Columns of the file that are not read, because the person left them out."""
    encoding: str = "utf-8"
    errors: Literal["strict", "replace"] = "strict"
    """`replace` where some bytes are not of the encoding: they are read as the character U+FFFD."""
    delimiter: str = ","
    decimals: tuple[str, ...] = ()
    """Columns whose numbers are written with a decimal comma; their cells are read with a point."""
    thousands: tuple[str, ...] = ()
    """Columns whose numbers have commas between thousands; their cells are read without these."""
    format: TableFormat = "csv"


class RowMarker(Frozen):
    """Train and test rows lie in one table: which of them are to be predicted."""

    column: str
    """A column that says so, or the target itself."""
    test: tuple[str, ...]
    """Cells of that column that mean "to be predicted"; an empty cell for an empty target."""


class MadeId(Frozen):
    """Ids that no table holds: the sample submission names the test's rows by a rule."""

    parts: tuple[str, ...] = ()
    """Columns whose cells make up an id, with `joined_by` between; none: numbers from `first`."""
    joined_by: str = ""
    first: int = 0


class Join(Frozen):
    """How a side table is reached from the rows to be predicted (or from another side table)."""

    path: str
    """The side table."""
    base: str = ""
    """The table that it is joined to: "" for train and test, else another side table's path."""
    left: tuple[str, ...]
    """Columns of the base."""
    right: tuple[str, ...]
    """The matching columns of the side table, in the same order."""
    many: bool
    """Whether several of its rows belong to one row of the base."""
    coverage_train: float
    """Share of training rows whose key occurs in the side table, 0 to 1."""
    coverage_test: float | None
    """The same share of test rows; None without a test table."""
    whole: bool = True
    """Whether blind views keep it whole, because it covers the real test too; otherwise rows that
    only blind rows reach are left out."""


class LabelList(Frozen):
    """Several labels in one cell of the training table."""

    column: str
    delimiter: str


class MediaFolder(Frozen):
    """A folder of media files, one file a row or one folder a class."""

    path: str
    suffixes: tuple[str, ...]
    files: int
    classes: tuple[str, ...] = ()
    """Names of the sub-folders where each names the class of what it holds."""


class RowFiles(Frozen):
    """How the rows of a table name a media file each."""

    role: Literal["train", "test"]
    column: str
    spelled: Literal["path", "inner", "name", "stem"]
    """By path in the competition or in the folder, by name, or by name without the suffix."""
    folders: tuple[str, ...]
    """Paths of the media folders that hold them."""


class Target(Frozen):
    """A column to be predicted."""

    name: str
    kind: Literal["class", "number"]
    classes: tuple[str, ...] = ()
    """The labels exactly as the training table writes them, sorted; empty for numbers."""
    positive: str | None = None
    """The label that a probability means, for a target with two classes."""


class GroupKey(Frozen):
    """Rows that belong together: those with equal cells of a column, or of what it is read as."""

    column: str
    delimiter: str | None = None
    """Set where only parts of a cell count: what stands between these."""
    parts: tuple[int, ...] = (0,)
    """Which parts count, from 0, in order."""
    wording: bool = False
    """Texts are equal that differ in case, digits, punctuation and links only."""
    beside: tuple[str, ...] = ()
    """Further columns whose cells must be equal too."""


class MetricWeights(Frozen):
    """Rows count differently, by a column of the training table."""

    column: str
    values: dict[str, float] = {}
    """Weight by cell; empty where the cells are the weights."""
    default: float = 1.0
    """The weight of a cell that `values` does not name."""


class MetricChoice(Frozen):
    """The metric of the task and how it came to be chosen."""

    name: str
    """A name known to `agents.competition.metrics.metrics`."""
    direction: Direction
    title: str
    """How people write it, for instance "accuracy" or "mean column-wise AUC"."""
    source: Literal["option", "description", "default"]
    words: str = ""
    """The sentence of the description it was read from, or the reason for the default."""
    weights: MetricWeights | None = None
    parameters: dict[str, JsonValue] = {}
    """What specialises it, such as `{"k": 3}` or `{"quantile": 0.9}`."""
    source_text: str = ""
    """The user's own Python, for a metric given as `file.py:function`; run in the sandbox only."""


class SubmissionSpec(Frozen):
    """What a submission must look like."""

    format: Literal["row", "class_columns", "long", "label_list"] = "row"
    """`class_columns`: a probability column a class; `long`: a line a row and class (or target);
    `label_list`: all labels of a row in one cell."""
    columns: tuple[str, ...]
    """Header, in order."""
    id_column: str | None
    answers: AnswerKind
    repeated: dict[str, str] = {}
    """Headers of columns that answer nothing but repeat the test's cells, with the test's column
    for each."""
    fixed: dict[str, str] = {}
    """What columns answer in every row (for `long`: lines of these names), because training rows
    never say anything else."""
    asked_in: str = ""
    """Path of the sample submission where it names only a part of the test rows: no others are
    answered."""
    labels: tuple[str, ...] = ()
    """Allowed answers as they must be written, for `label`."""
    class_columns: dict[str, str] = {}
    """For `class_columns`: header of the column by class, in the order of the header. For `long`:
    the name that the lines use by class or target."""
    key_columns: tuple[str, ...] = ()
    """For `long`: the header cells of row id and class; one cell where both are joined."""
    joined_by: str = ""
    """For `long` with one key column: what stands between id and class. For `label_list`: between
    labels."""


class OpenQuestion(Frozen):
    """Something that data and description leave open; it was decided, and a person may differ."""

    question: str
    options: tuple[str, ...]
    """What it could be, the chosen one among them."""
    chosen: str
    option_name: Literal["target", "id", "metric"]
    """The command line option that decides it."""
    reason: str
    """Why the chosen one, as a clause."""


class Task(Frozen):
    """What is asked of the run."""

    name: str
    problem: ProblemType
    targets: tuple[Target, ...]
    id_column: str | None
    groups: GroupKey | None = None
    dates: tuple[str, ...] = ()
    metric: MetricChoice
    tables: tuple[Table, ...]
    """Train and test are two entries of one path where a `marker` tells their rows apart."""
    marker: RowMarker | None = None
    joins: tuple[Join, ...] = ()
    """Nearest tables first: a join follows the one that reaches its base."""
    made_id: MadeId | None = None
    """Set where the test as it lies there lacks the `id_column`; every view has it."""
    label_list: LabelList | None = None
    """Set where the targets are the labels of one column; each is then a target of its own."""
    renamed: dict[str, str] = {}
    """Columns of the test table that it writes otherwise than the training table (` ID` for `id`),
    by their own names."""
    media: tuple[MediaFolder, ...] = ()
    files: tuple[RowFiles, ...] = ()
    """Of train and test, where their rows name media files."""
    description: str | None = None
    """Path of the description, relative to the competition."""
    description_text: str = ""
    submission: SubmissionSpec | None = None
    """None when there is no test table: then the run ends with a scored model."""
    notes: tuple[str, ...] = ()
    """What was inferred and why, one plain sentence each."""
    open_questions: tuple[OpenQuestion, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns that the person left out; no program sees them."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.left_out))

    @property
    def target_columns(self) -> list[str]:
        """The columns of the training table that hold the targets."""
        if self.label_list is not None:
            return [self.label_list.column]
        return [target.name for target in self.targets]

    def table(self, role: Literal["train", "test", "sample"]) -> Table | None:
        """The table that plays `role`, or None."""
        return next((table for table in self.tables if table.role == role), None)


# --- the profile (paper: F_meta) --------------------------------------------------------------


class TimeWindow(Frozen):
    """One blind window on the time axis; bounds as ISO dates, or as numbers written out."""

    learn_until: str
    """Rows before this are learned from (exclusive)."""
    start: str
    """First moment of the blind rows (inclusive)."""
    end: str
    """Last moment of the blind rows (inclusive)."""


class TimeSplit(Frozen):
    """What a split by time goes by."""

    column: str
    written: str
    """The date format of its cells; "" where they are numbers."""
    windows: tuple[TimeWindow, ...]
    """One a fold, the first nearest to the test; for `periodic`, blocks that are dealt to the folds
    in turn; none for `entity_tail`."""
    entity: tuple[str, ...] = ()
    """Columns that name the series a row belongs to; empty for one series."""
    finer: tuple[str, ...] = ()
    """Columns of month, day and hour, in this order, where `column` holds years."""


class SplitPlan(Frozen):
    """How blind rows are drawn so that they imitate the real test."""

    splitter: Splitter
    folds: int
    seed: int
    key: GroupKey | None = None
    time: TimeSplit | None = None
    tail: int = 0
    """For `entity_tail`: how many of an entity's last rows are blind in each fold."""
    refit: bool = False
    """Whether the real test is answered by one fit on all rows instead of the mean over folds:
    where the test lies in the future, folds lack the newest rows."""
    vault: bool = False
    """Whether some labelled rows are kept from all that chooses, to be scored once for the report:
    a tenth, or, where the test lies in the future, those of a window nearer to it than any fold
    (then `time.windows` has that one first, and one more than there are folds)."""
    evidence: tuple[str, ...] = ()

    @property
    def fits(self) -> int:
        """How many fits a candidate needs: its folds, the vault's and all rows where refitted."""
        return self.folds + self.refit * (1 + self.vault)


class Profile(Frozen):
    """What was measured about the data."""

    rows_train: int
    rows_test: int | None
    columns: tuple[ColumnProfile, ...]
    findings: tuple[Finding, ...] = ()
    duplicates: int = 0
    side: dict[str, tuple[ColumnProfile, ...]] = {}
    """Columns of the side tables, by path."""
    media: tuple[MediaProfile, ...] = ()
    """What the media folders hold, in the order of the task's."""
    drift: float | None = None
    """How well all columns together tell test rows from training rows (cross-fitted AUC)."""
    drift_chance: float | None = None
    """The standard error of a column's drift where train and test do not differ."""
    ceiling: float | None = None
    """The best score that equal features with different labels leave possible."""
    resolution: float | None = None
    """Differences of the metric under this are invisible at this size."""
    split: SplitPlan


# --- the blueprint (paper: B and IC) ----------------------------------------------------------


class ContractObject(Frozen):
    """One object that preprocessing promises and modelling may assume."""

    name: str
    side: Literal["train", "test"]
    kind: Literal["DataFrame", "Series", "ndarray", "sparse", "texts", "files", "json"]
    role: Literal["features", "y", "row_id", "groups", "sample_weight", "time", "other"]
    dtypes: tuple[str, ...] = ()
    """Allowed dtypes of its columns (`float32`, `category`, …); empty means any."""
    nullable: bool = False
    same_columns_as: str | None = None
    """Name of the object on the other side whose columns, order and dtypes it repeats."""


class Contract(Frozen):
    """The interface between a track's `preprocess.py` and its `model.py` (3.2.1)."""

    objects: tuple[ContractObject, ...]
    transductive: bool = False
    """Whether `transform` may look at the test table as a whole."""
    declined: dict[str, str] = {}
    """Input tables that are deliberately not read, with the reason."""


class BlueprintStep(Frozen):
    """One directive; code claims it by its id in a docstring (`Steps: impute, encode`)."""

    id: str
    part: Literal["prep", "model", "train", "eval"]
    directive: str
    reason: str


class CandidatePlan(Frozen):
    """One program to be written for a track."""

    track: TrackName
    name: str
    """Unique in the blueprint, for instance `baseline`, `boosting`, `linear`."""
    recipe: str
    literals: dict[str, JsonValue]
    """What specialises the recipe to this data."""
    steps: tuple[BlueprintStep, ...]
    contract: Contract
    reason: str
    seconds: float = 1.0
    """What a fit on all rows usually costs on one core; order and shares of time follow it."""
    threads: int = 1
    """Cores that one fit makes good use of."""


class Blueprint(Frozen):
    """⟨prep, model, train, eval⟩ for every candidate of every track (3.3.2)."""

    version: int
    summary: str
    candidates: tuple[CandidatePlan, ...]
    split: SplitPlan
    metric: MetricChoice
    declined: dict[str, str] = {}
    """Tracks that are not taken, with the reason."""
    left_out: dict[str, str] = {}
    """Candidates that somebody wants nothing (more) of, with what they said, as a clause."""

    def of_track(self, track: TrackName) -> tuple[CandidatePlan, ...]:
        """The candidates planned for `track`, in order."""
        return tuple(plan for plan in self.candidates if plan.track == track)


# --- faults, scores, results ------------------------------------------------------------------

FaultClass = Literal[
    "syntax", "missing dependency", "incompatible API", "path", "preprocessing logic",
    "shape or dtype mismatch", "resource", "contract fulfilment", "contract usage",
    "submission format", "leakage", "unknown",
]  # fmt: skip


class Fault(Frozen):
    """A classified, located failure (3.2.3)."""

    kind: FaultClass
    component: Literal["preprocess.py", "model.py", "solution.py", "engine"]
    message: str
    """What went wrong, in the program's own words where it had some."""
    rung: str = ""
    """The rung of the verification ladder that found it."""
    file: str | None = None
    line: int | None = None
    function: str | None = None
    excerpt: str = ""
    """The last lines of output."""

    @property
    def headline(self) -> str:
        """Its class, and the first line of what went wrong."""
        first, _, _ = self.message.strip().partition("\n")
        return f"{self.kind}: {first}"


class Decision(Frozen):
    """How scores become answers; written as a literal into `solution.py`."""

    name: str
    """A function registered in `agents.competition.judging.decisions`."""
    parameters: dict[str, JsonValue] = {}


class Pool(Frozen):
    """How scores of several candidates become one."""

    kind: Literal["blend", "stack"]
    parameters: dict[str, JsonValue]
    weights: dict[str, float]
    """Each member's share, the largest first; those without one are left out."""
    ratings: tuple[str, ...] = ()
    """Classes in order, where members' class probabilities become expected ratings first, because
    another member rates on its own."""
    target: str = ""
    """Name of the column of ratings."""


class Score(Frozen):
    """A metric on rows that the program never saw."""

    value: float
    error: float
    """One standard error."""
    how: Literal["blind", "unguarded", "self-reported", "vault"] = "blind"
    rows: int
    folds: tuple[int, ...]
    """Which folds it pools; none for a vault."""
    per_fold: tuple[float, ...] = ()


class Comparison(Frozen):
    """A paired comparison on shared rows; positive means the first is better."""

    first: str
    second: str
    difference: float
    error: float


class SubmissionCheck(Frozen):
    """The verdict on one submission file."""

    valid: bool
    rows: int
    problems: tuple[str, ...] = ()
    """Each says what is wrong and how to mend it."""
    warnings: tuple[str, ...] = ()
    """What looks odd in a file that would be accepted, such as a constant column."""
    digest: str = ""


class Commit(Frozen):
    """A commit of the workspace as viewers show it."""

    id: str
    parents: tuple[str, ...]
    author: str
    at: str
    subject: str
    trailers: dict[str, str] = {}
    ref: str | None = None
    """Set for proposals that are not on the main line."""


class Member(Frozen):
    """One member of an ensemble and its share."""

    candidate: str
    weight: Annotated[float, Field(ge=0, le=1)]


class ReportCard(Frozen):
    """The end of a run in facts: what the last card and `report.md` say."""

    outcome: Literal["submission", "model", "none"]
    metric: MetricChoice
    winner: str | None = None
    """Name of the candidate whose answers were written."""
    score: Score | None = None
    chosen_by: Score | None = None
    """Its score on the rows that it was chosen by, where `score` is that on others, a vault's."""
    ahead: Comparison | None = None
    """The winner beside the next best, row by row."""
    members: tuple[Member, ...] = ()
    tried: int = 0
    faults: int = 0
    submission: str | None = None
    rows: int = 0
    solution: str | None = None
    predict_command: str | None = None
    """What to type to predict new rows."""
    active_seconds: float = 0.0
    expect: float | None = None
    """The score corrected for the number of candidates that were compared; a vault's needs no
    correction."""
    idle: dict[str, float] = {}
    """Seconds in which a core was free, work was ready and nothing ran, by cause."""


class Reliability(Frozen):
    """Rows whose answer was about equally likely, and how often it was right."""

    said: float
    seen: float
    rows: int


class Hindsight(Frozen):
    """The winner's answers to blind rows, beside the truth."""

    target: str
    rows: int
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    """A line a true class, a column an answered one."""
    reliability: tuple[Reliability, ...] = ()
    """Of the most probable class, from the least sure to the surest rows."""
    pairs: tuple[tuple[float, float], ...] = ()
    """Of numbers: truth and answer of some rows."""


# --- the machine -----------------------------------------------------------------------------


class Diagnosis(Frozen):
    """One thing that the doctor looked at."""

    subject: str
    state: Literal["good", "fair", "bad"]
    """It works; it works less well than it could; it does not work."""
    text: str
    """What was found and, unless it is good, what to do."""
