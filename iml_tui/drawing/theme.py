"""Roles of colour, computed from whatever theme is active; marks, and their ASCII twins.

Colour says state, never category: a widget names a role (`$good`), never a colour. Every role has
enough contrast on every ground it is used on, whichever theme a person chooses.
"""

import colorsys
from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme
from typing_extensions import override

DARK, LIGHT = "tokyo-night", "atom-one-light"

READABLE = 4.6
"""Contrast of words."""
HAIRLINE = 1.55
"""Contrast of lines that only part things."""
BLUE, PURPLE, AMBER = 215.0, 275.0, 38.0
APART = 25.0
"""Degrees of hue that the person's own colour keeps from all others."""

MARKS = {
    "done": ("✓", "$good"),
    "running": ("●", "$run"),
    "look": ("!", "$wait"),
    "failed": ("✗", "$fail"),
    "own": ("◆", "$own"),
    "undone": ("○", "$dim"),
    "paused": ("‖", "$dim"),
    "not yet": ("·", "$dim"),
}
"""Meaning: mark and role."""

ASCII = {
    **dict(zip("✓●✗◆○‖·▎…±│┃", "+*x@o=.|>~||", strict=True)),
    "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}": ">",
    **dict(zip("━╸─╺╶╴", "=>----", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+##", strict=True)),
    **dict(zip("╭╮╰╯┌┐└┘├┤┬┴┼", "+++++++++++++", strict=True)),
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
}


class AsciiFilter(LineFilter):
    """Draws with ASCII alone, one cell for one cell, where a terminal cannot do UTF-8."""

    @override
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replaces what ASCII does not have."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]


def ascii_text(text: str) -> str:
    """`text` with every mark replaced by its twin, and by `?` where there is none."""
    if text.isascii():
        return text
    return "".join(_ascii(character) for character in text)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    braille = "\u2800" < character <= "\u28ff"
    return ASCII.get(character, "*" if braille else " " if character == "\u2800" else "?")


def roles(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """The role variables for a theme.

    Args:
        theme: The active theme.
        variables: What its colour system made of it.
    """
    return _ansi_roles(theme) if theme.ansi else _blended_roles(theme, variables)


def _ansi_roles(theme: Theme) -> dict[str, str]:
    """The terminal's own palette has no tints: words and lines alone carry the state."""
    dim = "ansi_bright_black"
    plain = "ansi_default"
    return {
        "run": "ansi_blue",
        "good": "ansi_green",
        "wait": "ansi_yellow" if theme.dark else "ansi_magenta",
        "fail": "ansi_red",
        "own": "ansi_cyan",
        "strong": plain,
        "fg": plain,
        "dim": dim,
        "line": dim,
        "bar": plain,
        "side": plain,
        "curbg": plain,
        "addbg": plain,
        "delbg": plain,
        "code-keyword": "ansi_blue",
        "code-text": "ansi_green",
        "code-number": "ansi_cyan",
        "code-comment": dim,
        "code-name": plain,
    }


def _blended_roles(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    ground = Color.parse(variables["background"])
    words = Color.parse(variables["foreground"])
    bar = ground.blend(words, 0.07)
    good, wait, fail = (Color.parse(variables[name]) for name in ("success", "warning", "error"))
    wait = _amber(wait) if not theme.dark else wait
    accents = [Color.parse(variables[name]) for name in ("primary", "secondary", "accent")]
    run = min(accents, key=lambda colour: _apart(_hue(colour), BLUE))
    own = _own(accents, run, (good, wait, fail))
    inks = {
        name: ink(colour, bar)
        for name, colour in zip(
            ("run", "good", "wait", "fail", "own"), (run, good, wait, fail, own), strict=True
        )
    }
    extreme = Color.parse("#ffffff" if theme.dark else "#000000")
    colours = {
        **inks,
        "strong": words.blend(extreme, 0.35),
        "fg": ink(words, bar),
        "dim": fade(words, bar, READABLE),
        "line": fade(words, bar, HAIRLINE),
        "bar": bar,
        "side": ground.blend(words, 0.035),
        "curbg": ground.blend(inks["run"], 0.16),
        "addbg": ground.blend(inks["good"], 0.13),
        "delbg": ground.blend(inks["fail"], 0.14),
        "code-keyword": words.blend(inks["run"], 0.75),
        "code-text": words.blend(inks["good"], 0.65),
        "code-number": words.blend(inks["wait"], 0.6),
        "code-comment": fade(words, bar, READABLE),
        "code-name": words.blend(extreme, 0.35),
    }
    return {name: colour.hex6 for name, colour in colours.items()}


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio as WCAG defines it, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink(colour: Color, ground: Color, wanted: float = READABLE) -> Color:
    """`colour` with its hue kept and its lightness moved until it can be read on `ground`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour.normalized)
    step = 0.01 if _luminance(ground) < 0.18 else -0.01
    current = colour
    while contrast(current, ground) < wanted and 0 < lightness < 1:
        lightness = min(1.0, max(0.0, lightness + step))
        current = _from_hls(hue, lightness, saturation)
    return current


def fade(colour: Color, ground: Color, wanted: float) -> Color:
    """The faintest blend of `colour` into `ground` that still has the wanted contrast."""
    for step in range(101):
        faint = ground.blend(colour, step / 100)
        if contrast(faint, ground) >= wanted:
            return faint
    return ink(colour, ground, wanted)


def _from_hls(hue: float, lightness: float, saturation: float) -> Color:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return Color(round(red * 255), round(green * 255), round(blue * 255))


def _luminance(colour: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _hue(colour: Color) -> float:
    return colorsys.rgb_to_hls(*colour.normalized)[0] * 360


def _apart(one: float, other: float) -> float:
    return min(abs(one - other), 360 - abs(one - other))


def _amber(colour: Color) -> Color:
    """Yellow that is darkened for a light ground turns olive: amber does not."""
    _, lightness, saturation = colorsys.rgb_to_hls(*colour.normalized)
    return _from_hls(AMBER / 360, lightness, saturation) if 42 < _hue(colour) < 80 else colour


def _own(accents: list[Color], run: Color, others: tuple[Color, ...]) -> Color:
    taken = [_hue(colour) for colour in (run, *others)]
    free = [
        colour
        for colour in accents
        if colour != run and all(_apart(_hue(colour), hue) >= APART for hue in taken)
    ]
    if free:
        return min(free, key=lambda colour: _apart(_hue(colour), PURPLE))
    hue, lightness, saturation = colorsys.rgb_to_hls(*run.normalized)
    return _from_hls((hue + 60 / 360) % 1, lightness, saturation)
