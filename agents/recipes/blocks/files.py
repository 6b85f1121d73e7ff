"""Reading and writing the files of a competition, with every cell as text.

The constants say which kinds of files there are, by their suffixes. What a competition does not
have leaves no trace in its programs, which is why conditions on constants stand alone.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from agents.competition.reading.containers import ZIPPED, open_binary
from agents.competition.reading.tables import without_commas
from agents.competition.reading.typed import read_parquet, read_records, read_sheet

DELIMITER = ","
ENCODING = "utf-8"
BROKEN = False
DIALECTS: dict[str, dict[str, str]] = {}
DECIMALS: list[str] = []
THOUSANDS: list[str] = []
PARQUET: list[str] = []
RECORDS: list[str] = []
SHEETS: list[str] = []
SHARE = 0.0
ROWS_AT_ONCE = 50_000


def read_table(path: Path) -> pd.DataFrame:
    """Read a table with every cell as the text that stands in it ("" for an empty one)."""
    if SHEETS:  # noqa: SIM102
        if path.parent.suffix in SHEETS and not path.parent.is_dir():
            with open_binary(path.parent) as file:
                return read_sheet(file, path.name)
    if PARQUET:  # noqa: SIM102
        if path.name.endswith(tuple(PARQUET)):
            with open_binary(path) as file:
                return read_parquet(file)
    if RECORDS:  # noqa: SIM102
        if path.name.endswith(tuple(RECORDS)):
            with open_binary(path) as file:
                return read_records(file)
    if DECIMALS or THOUSANDS:
        return without_commas(read_csv(path), DECIMALS, THOUSANDS)
    if ZIPPED or BROKEN or DIALECTS:
        return read_csv(path)
    return pd.read_csv(path, sep=DELIMITER, encoding=ENCODING, dtype="str", keep_default_na=False)


def read_csv(path: Path) -> pd.DataFrame:
    """Read a csv file, also one in an archive, as it is written."""
    sep, encoding = dialect(path) if DIALECTS else (DELIMITER, ENCODING)
    with open_binary(path) as file:
        return pd.read_csv(
            file,
            sep=sep,
            encoding=encoding,
            encoding_errors="replace" if BROKEN else "strict",
            dtype="str",
            keep_default_na=False,
        )


def read_drawn(path: Path) -> pd.DataFrame:
    """Read a share of a csv file's rows, drawn at random, in parts; all rows of a small file.

    Steps: drawn_rows
    """
    chance = np.random.RandomState(0)
    sep, encoding = dialect(path) if DIALECTS else (DELIMITER, ENCODING)
    drawn: list[pd.DataFrame] = []
    with open_binary(path) as file:
        for part in pd.read_csv(
            file,
            sep=sep,
            encoding=encoding,
            encoding_errors="replace" if BROKEN else "strict",
            dtype="str",
            keep_default_na=False,
            chunksize=ROWS_AT_ONCE,
        ):
            small = not drawn and len(part) < ROWS_AT_ONCE
            drawn.append(part if small else part[chance.random_sample(len(part)) < SHARE])
    return pd.concat(drawn, ignore_index=True)


def dialect(path: Path) -> tuple[str, str]:
    """What separates the cells of a csv file, and its encoding."""
    known = [name for name in DIALECTS if path.as_posix().endswith(f"/{name}")]
    if known:
        found = DIALECTS[max(known, key=len)]
        return found["sep"], found["encoding"]
    return DELIMITER, ENCODING


def write_table(path: Path, cells: pd.DataFrame) -> None:
    """Write a table, every cell as it was, so that `read_table` reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if PARQUET:  # noqa: SIM102
        if path.name.endswith(tuple(PARQUET)):
            cells.to_parquet(path, index=False)
            return
    if RECORDS:  # noqa: SIM102
        if path.name.endswith(tuple(RECORDS)):
            cells.to_json(path, orient="records", force_ascii=False)
            return
    if DIALECTS:
        sep, encoding = dialect(path)
        cells.to_csv(path, index=False, sep=sep, encoding=encoding, lineterminator="\n")
    else:
        cells.to_csv(path, index=False, sep=DELIMITER, encoding=ENCODING, lineterminator="\n")
