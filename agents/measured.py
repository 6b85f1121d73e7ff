"""What is measured about data, as values: columns with their bars, media files, what fools people.

`agents.models` hands them on with all other nouns; only that module imports this one.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

SemanticType = Literal[
    "identifier", "number", "category", "boolean", "date", "text", "delimited", "list", "json",
    "constant",
]  # fmt: skip
"""`delimited`: a fixed number of parts; `list`: any number of items; `json`: an object a cell."""


QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
"""Shares of rows below which a target that is a number is told."""


class Frozen(BaseModel):
    """A value: immutable, and refusing fields it does not know.

    How it is validated is worked out when the first one is made, not on import: a command that
    needs few kinds of values starts a quarter of a second sooner.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Bin(Frozen):
    """One bar of a distribution: a value, or a range of numbers."""

    label: str
    share: float
    """Of the non-empty training rows, 0 to 1."""
    test_share: float | None = None
    rate: float | None = None
    """What its training rows answer: the share of the positive class or the mean of the numbers;
    with `answer`, the share of that class."""
    answer: str = ""
    """The class that most of its rows have, where there are more than two."""


class ColumnProfile(Frozen):
    """Measured facts about one column."""

    name: str
    semantic: SemanticType
    distinct: int
    missing: float
    """Share of training rows, 0 to 1."""
    missing_test: float | None = None
    in_test: bool = True
    distribution: tuple[Bin, ...] = ()
    spiked: bool = False
    """Whether the first bar is one value that is far more frequent than all ranges after it."""
    rates_of: str = ""
    """The target that the rates of the bars speak of."""
    rate_empty: float | None = None
    """The rate of the training rows whose cell is empty."""
    examples: tuple[str, ...] = ()
    """A few cells as they are written, where the bars do not say it."""
    mean: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] = ()
    """Of a target that is a number, at the shares `QUANTILES` of its training rows."""
    integer: bool = False
    missing_words: tuple[str, ...] = ()
    """Cells that mean "empty" in this column besides the empty cell (for instance `NA`)."""
    delimiter: str | None = None
    """Of a `delimited` column, such as `/` in `B/12/P`, or of a `list`; "json" for JSON lists."""
    parts: int = 0
    """How many parts a `delimited` column has."""
    units: dict[str, float] = {}
    """For numbers written with a unit ("2 years"): the factor of each unit."""
    items: tuple[str, ...] = ()
    """Of a `list` column its most frequent items, of a `json` column its keys, of words in a side
    table with several rows a key the words that most keys have."""
    unseen: float | None = None
    """Share of test rows whose value never occurs in train."""
    to_target: float | None = None
    """Strength of the relation to the target, 0 to 1."""
    information: float | None = None
    """Mutual information with the target in nats, estimated on at most some thousand rows."""
    drift: float | None = None
    """How well this column alone tells test rows from training rows (AUC, 0.5 to 1)."""
    note: str = ""


class Finding(Frozen):
    """One thing about this data that fools people, and what is done about it."""

    title: str
    text: str
    done: str = ""
    columns: tuple[str, ...] = ()
    """The columns that it is about, where it is about some."""
    plain: bool = False
    """Whether it fools nobody, and is only what whoever writes programs has to know."""


class MediaProfile(Frozen):
    """What the files of a media folder are like, by those that were looked at."""

    path: str
    kind: str
    """`images`, `sounds`, `records`, `text` or `files`."""
    usual: str = ""
    """Their usual size and its extent, in words."""
    form: str = ""
    """How they are written, such as `PNG RGB`."""
    looked_at: int = 0
    unreadable: int = 0
    bytes: int = 0
    """Of all files together, reckoned from those that were looked at."""
