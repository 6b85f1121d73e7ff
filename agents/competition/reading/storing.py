"""Writing tables as a competition writes them, so that the same program reads both.

A table may come in parts and need not fit into memory; the same cells give the same bytes, however
they were parted. Members of archives and sheets of workbooks become files in a folder of that name,
sheets as csv.
"""

import codecs
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from agents.competition.reading.loading import evenly
from agents.models import Table

PART_ROWS: Final = 1 << 16


def store_parts(parts: Iterable[pd.DataFrame], folder: Path, table: Table) -> None:
    """Write a table that comes in parts, at least one of them, if only an empty one."""
    path = folder / table.path
    path.parent.mkdir(parents=True, exist_ok=True)
    even = evenly(parts, PART_ROWS)
    if table.format == "parquet":
        _write_parquet(even, path)
        return
    records = table.format in {"json", "jsonl"}
    blocks = _json_blocks(even) if records else _csv_blocks(even, table.delimiter)
    with ExitStack() as stack:
        file = stack.enter_context(path.open("wb"))
        sink: io.BufferedIOBase = file
        if table.path.lower().endswith(".gz"):
            packed = gzip.GzipFile("", "wb", fileobj=file, mtime=0)
            sink = stack.enter_context(packed)
        for block in _encoded(blocks, table.encoding):
            sink.write(block)


def _write_parquet(parts: Iterator[pd.DataFrame], path: Path) -> None:
    first = pa.Table.from_pandas(next(parts), preserve_index=False)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(pa.Table.from_pandas(part, preserve_index=False))


def _csv_blocks(parts: Iterator[pd.DataFrame], delimiter: str) -> Iterator[bytes]:
    """The lines of a csv file as utf-8, with quotes where they are needed.

    Polars writes them five times as fast as pandas.
    """
    for number, part in enumerate(parts):
        cells = pl.DataFrame(pl.from_arrow(pa.Table.from_pandas(part, preserve_index=False)))
        if cells.width > 1:
            # An empty text is quoted, nothing is not; alone on its line it needs the quotes.
            cells = cells.select(
                pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in cells.columns
            )
        block = io.BytesIO()
        cells.write_csv(
            block, include_header=number == 0, separator=delimiter, quote_style="necessary"
        )
        yield block.getvalue()


def _json_blocks(parts: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    """Records of texts, one a line within a list, as utf-8."""
    yield b"[\n"
    between = ""
    for part in parts:
        records = (dict(zip(part, row, strict=True)) for row in part.itertuples(index=False))
        lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        yield (between + lines).encode()
        between = ",\n"
    yield b"\n]\n"


def _encoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in another encoding."""
    if codecs.lookup(encoding).name == "utf-8":
        yield from blocks
        return
    encoder = codecs.getincrementalencoder(encoding)()
    for block in blocks:
        yield encoder.encode(block.decode())
