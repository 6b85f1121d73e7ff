"""Columns that tables write differently (`ID`, ` id `): one spelling for all, where that is clear.

The training table's spelling counts. A column is taken for another only where case and outer spaces
are all that differs, and where neither table has a second column like it.
"""

from collections import Counter
from collections.abc import Sequence

from agents.competition.stating.table_file import TableFile


def folded(name: str) -> str:
    """A column's name without what people change by accident."""
    return " ".join(name.split()).casefold()


def respelled(table: TableFile, like: TableFile) -> dict[str, str]:
    """Columns of a table that another one writes otherwise, by their own names."""
    ours = Counter(map(folded, table.columns))
    theirs = Counter(map(folded, like.columns))
    spelled = {folded(name): name for name in like.columns}
    return {
        name: spelled[folded(name)]
        for name in table.columns
        if ours[folded(name)] == theirs[folded(name)] == 1 and name != spelled[folded(name)]
    }


def in_one_spelling(tables: Sequence[TableFile], like: TableFile) -> list[TableFile]:
    """The tables with the columns of `like` in its spelling."""
    shown = []
    for table in tables:
        names = {} if table is like else respelled(table, like)
        shown.append(table.renamed(names) if names else table)
    return shown


def most_telling(tables: Sequence[TableFile]) -> TableFile:
    """The table that is most likely the training table: named so, else the widest.

    A sample submission may be the widest of all, with a column a class.
    """
    return max(
        tables,
        key=lambda table: ("train" in table.stem, not shows_form(table), len(table.columns)),
    )


def shows_form(table: TableFile) -> bool:
    """Whether a table is called like a sample submission."""
    return "sample" in table.stem or "submission" in table.stem
