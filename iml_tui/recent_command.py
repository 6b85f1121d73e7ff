"""What was opened lately, as text: `iml-tui recent`, which is also `iml-tui` alone."""

import time

import typer

from iml_tui.figures import score_text
from iml_tui.headless import plain, shown
from iml_tui.recent import Standing, ago, forget_gone, remembered, standing_of

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
    known = remembered()
    for one in known:
        typer.echo(plain(line_of(standing_of(one), time.time())))
    if not known:
        typer.echo(NOTHING)


def line_of(one: Standing, now: float) -> str:
    """`name  2 hours ago  done  0.8118 ±0.0050 accuracy  ./folder`."""
    score = one.score
    metric = one.state.task.metric.title if one.state.task is not None and score else ""
    said = f"{score_text(score)} {metric}".strip() if score is not None else "no score"
    when = ago(one.opened.at, now)
    return (
        f"{one.name:<24}  {when:<15}  {one.word:<11}  {said:<28}  {shown(one.opened.competition)}"
    )
