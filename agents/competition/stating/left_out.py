"""Columns that the person leaves out: from here on the tables read as if they had none of them.

What nobody reads nobody can use, whoever writes the program: such a column is in no profile, no
prompt and no view. The files stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

from agents.competition.reading.words import nearest, quoted
from agents.competition.stating.layout import Layout
from agents.competition.stating.spelling import shows_form
from agents.competition.stating.table_file import TableFile
from agents.errors import InputError


def without_columns(layout: Layout, names: Sequence[str]) -> Layout:
    """The layout with tables that lack these columns, and a note that says so.

    Raises:
        InputError: No table has a column of that name, the submission is to repeat it, or nothing
            else would be left of a table.
    """
    if not names:
        return layout
    known = dict.fromkeys(name for table in layout.tables for name in table.columns)
    if unknown := next((name for name in names if name not in known), None):
        raise InputError(f"No table has a column {unknown!r} to drop{nearest(unknown, [*known])}")
    for form in (table for table in layout.tables if shows_form(table)):
        if asked := next((name for name in names if name in form.columns), None):
            raise InputError(f"{asked} cannot be dropped, since {form.path} asks for it.")
    tables = tuple(_without(table, names) for table in layout.tables)
    if bare := next((one.path for one in tables if not one.columns), None):
        raise InputError(f"{bare} would have no column left: drop fewer of them.")
    are = "is" if len(names) == 1 else "are"
    note = f"{quoted(names)} {are} left out, as you said: no program sees that column."
    if len(names) > 1:
        note = note.replace("that column", "those columns")
    return replace(layout, tables=tables, notes=(*layout.notes, note))


def _without(table: TableFile, names: Sequence[str]) -> TableFile:
    """The table as if its file lacked these columns."""
    gone = tuple(name for name in table.columns if name in names)
    if not gone:
        return table
    left = tuple(name for name in table.columns if name not in names)
    read = table.table.model_copy(update={"columns": left, "left_out": gone})
    return TableFile(table.root, read, table.limits)
