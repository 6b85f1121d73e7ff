"""Pictures of the screen as SVG that carries no address: `python -m tests.picture OUT [options]`.

Given a folder (`python -m tests.picture docs`) it makes those of the README anew. All are made from
recorded runs, by the app itself.
"""

import argparse
import asyncio
import io
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea
from typing_extensions import override

from agents.api import Place
from agents.lock import EngineLock
from agents.settings import Settings
from iml_tui.app import ImlApp
from tests.replay import replay

SVG = """\
<svg class="rich-terminal" viewBox="0 0 {terminal_width} {terminal_height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "Fira Code", "DejaVu Sans Mono", monospace; font-variant-ligatures: none;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="100%" height="100%" fill="{ground}"/>
<g clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
ADVANCE = 0.6
"""Width of a character of Fira Code by its height: with it, blocks meet without seams."""
PATIENCE = 2_000
"""Looks at a run that is being read, on a machine that is busy with something else."""
GREYS = [(40, 42, 46), (204, 36, 29), (23, 150, 43), (201, 160, 0), (86, 156, 255)]
REST = [(177, 98, 214), (62, 180, 190), (220, 220, 220)]
DARK = TerminalTheme(
    (12, 12, 12), (220, 220, 220), [*GREYS, *REST], [(118, 118, 118), *GREYS[1:], *REST]
)
LIGHT = TerminalTheme(
    (255, 255, 255), (30, 30, 30), [*GREYS, *REST], [(118, 118, 118), *GREYS[1:], *REST]
)


def picture(app: App[Any]) -> str:
    """The screen as it is now."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    screens = app._background_screens
    console.print(
        app.screen._compositor.render_update(full=True, screen_stack=screens, simplify=True)
    )
    theme = app.current_theme
    ground = ("#0c0c0c" if theme.dark else "#ffffff") if theme.ansi else theme.background
    return console.export_svg(
        title=app.title,
        theme=DARK if theme.dark else LIGHT,
        code_format=SVG.replace("{ground}", str(ground)),
        font_aspect_ratio=ADVANCE,
        unique_id="screen",
    )


class Viewer(ImlApp):
    """The app on a workspace that lies still: it starts no engine."""

    def __init__(self, place: Place, *, theme: str | None = None) -> None:
        super().__init__(place, Settings(), start=_no_engine)
        if theme is not None:
            self.theme = theme

    @override
    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        return picture(self)


def _no_engine(_place: Place, _settings: Settings, _new: bool, _looking: bool) -> bool:
    return False


async def settled(pilot: Pilot[None]) -> None:
    """Waits until everything that lies in the workspace is on the screen, and no cursor blinks."""
    app = pilot.app
    assert isinstance(app, ImlApp)
    for _ in range(PATIENCE):
        await pilot.pause(0.02)
        if app.quiet and app._scene.state.seq >= _last_fact(app.place):
            break
    for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
        field.cursor_blink = False
    await pilot.pause()


def shown(app: App[Any]) -> str:
    """The text of the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def press(pilot: Pilot[None], *keys: str) -> str:
    """The text of the screen after some keys, each with all that follows from it."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    return shown(pilot.app)


def _last_fact(place: Place) -> int:
    """The number of the last fact in the journal; 0 where no journal lies."""
    file = place.state_dir / "journal.db"
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as journal:
            (last,) = journal.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    except sqlite3.Error:
        return 0
    return int(last)


async def draw(place: Place, size: tuple[int, int], keys: list[str], theme: str | None) -> str:
    """The screen of a workspace after some keys."""
    app = Viewer(place, theme=theme)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        return picture(app)


README = {
    "screen.svg": ("--upto", "program-started", "--skip", "6", "--keys", "4"),
    "repair.svg": ("--journal", "repair", "--keys", "exclamation_mark"),
}
"""The README's pictures, and what each shows."""


def main() -> None:
    """Draws a recorded run, or the pictures of the README."""
    parser = _parser()
    given = parser.parse_args()
    out = given.out.absolute()
    if not out.is_dir():
        _draw_one(given)
        return
    for name, options in README.items():
        _draw_one(parser.parse_args([str(out / name), *options]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--journal", default="ferry")
    parser.add_argument("--upto", default=None, help="kind of the last fact")
    parser.add_argument("--skip", type=int, default=0, help="facts of that kind to pass over")
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--keys", default="", help="keys to press, with commas")
    parser.add_argument("--theme", default=None)
    return parser


def _draw_one(given: argparse.Namespace) -> None:
    out, before = given.out.absolute(), Path.cwd()
    width, height = (int(part) for part in given.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        place = replay(given.journal, Path(scratch), upto=given.upto, skip=given.skip)
        lock = EngineLock(place.state_dir)
        if given.upto is not None:
            lock.take()  # a run that was cut off is shown with its engine at work
        os.chdir(scratch)
        keys = [key for key in given.keys.split(",") if key]
        out.write_text(
            asyncio.run(draw(place, (width, height), keys, given.theme)), encoding="utf-8"
        )
        lock.release()
        os.chdir(before)


if __name__ == "__main__":
    main()
