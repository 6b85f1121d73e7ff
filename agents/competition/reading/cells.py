"""Typed values as cells: the text that stands for a number, a date or a list, the same everywhere.

Files such as parquet and json know types; everything else here works on text. Both the engine and
the programs that it writes use these functions, so both see the same cells.
"""

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

EXACT = 2.0**53
"""Up to here every whole number has a float of its own."""


def text_of(value: object) -> str:
    """The cell for a value: "" for nothing, whole floats without a point, dates as ISO 8601.

    A date and time at midnight is a date; lists and objects are json.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def text_frame(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A table of cells from rows of values."""
    cells = [[text_of(value) for value in row] for row in rows]
    return pd.DataFrame(cells, columns=list(columns), dtype="str")


def arrow_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of an Arrow column, as `text_of` would write them but many times faster."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return arrow_texts(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.fill_null(pc.if_else(column, "True", "False"), "")
    if pa.types.is_floating(kind):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), EXACT))
        digits = pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.string())
        known = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
        return pc.fill_null(pc.coalesce(digits, known), "")
    if pa.types.is_timestamp(kind) and kind.tz is None:
        seconds = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
        return pc.fill_null(pc.replace_substring_regex(seconds, " 00:00:00$", ""), "")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    return pa.chunked_array([[text_of(value) for value in column.to_pylist()]], pa.string())


def arrow_frame(table: pa.Table) -> pd.DataFrame:
    """A table of cells from an Arrow table of values."""
    columns = [arrow_texts(column) for column in table.columns]
    texts = pa.table(columns, names=[str(name) for name in table.column_names])
    frame: pd.DataFrame = texts.to_pandas(
        types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get
    )
    return frame
