"""What was opened lately, as text: `iml-tui recent`, which is also `iml-tui` alone."""

import time
from collections.abc import Sequence

import typer
from rich.cells import cell_len, set_cell_size

from iml_tui.recent import Standing, ago, forget_gone, remembered, standing_of
from iml_tui.words.figures import score_text
from iml_tui.words.shell import plain, shown

NOTHING = "Nothing was opened yet: iml-tui FOLDER opens a folder of data, iml-tui demo makes one."


def forget_those_gone() -> None:
    """Says which folders are off the list now."""
    gone = forget_gone()
    for one in gone:
        typer.echo(plain(f"{shown(one.competition)} is forgotten."))
    if not gone:
        typer.echo("Every folder of the list is there.")


def tell_recent() -> None:
    """Lists the folders as text, the latest first."""
    known = [standing_of(one) for one in remembered()]
    for line in lines_of(known, time.time()):
        typer.echo(plain(line))
    if not known:
        typer.echo(NOTHING)


def lines_of(known: Sequence[Standing], now: float) -> list[str]:
    """`name  2 hours ago  done  0.8118 ±0.0050 accuracy  ./folder`, a line each, in columns."""
    cells = [
        (one.name, ago(one.opened.at, now), one.word, _scored(one), shown(one.opened.competition))
        for one in known
    ]
    rooms = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(set_cell_size(text, room) for text, room in zip(row, rooms, strict=True)).rstrip()
        for row in cells
    ]


def _scored(one: Standing) -> str:
    """The best score; nothing is said of what is gone."""
    if one.gone or one.score is None:
        return "" if one.gone else "no score"
    metric = one.state.task.metric.title if one.state.task is not None else ""
    return f"{score_text(one.score)} {metric}".strip()
