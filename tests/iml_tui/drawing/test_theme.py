import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from iml_tui.drawing.theme import MARKS, READABLE, ascii_text, contrast, ink, roles

THEMES = [name for name, theme in BUILTIN_THEMES.items() if not theme.ansi]


def roles_of(name: str) -> dict[str, str]:
    theme = BUILTIN_THEMES[name]
    return roles(theme, theme.to_color_system().generate())


@pytest.mark.parametrize("name", THEMES)
def test_every_role_can_be_read_in_every_theme(name: str) -> None:
    found = roles_of(name)
    bar = Color.parse(found["bar"])
    for role in ("run", "good", "wait", "fail", "own", "fg", "dim"):
        assert contrast(Color.parse(found[role]), bar) >= READABLE - 0.05, role


@pytest.mark.parametrize("name", THEMES)
def test_running_done_and_failed_never_share_a_colour(name: str) -> None:
    found = roles_of(name)
    assert len({found[role] for role in ("run", "good", "wait", "fail")}) == 4


def test_the_default_theme_takes_the_blue_for_work_and_the_purple_for_the_person() -> None:
    found = roles_of("tokyo-night")
    assert found["run"].upper() == "#7AA2F7"
    assert found["own"].upper() == "#BB9AF7"


def test_ansi_themes_use_the_terminals_own_palette_and_no_tints() -> None:
    for name in ("ansi-dark", "ansi-light"):
        theme = BUILTIN_THEMES[name]
        found = roles(theme, theme.to_color_system().generate())
        assert all(value.startswith("ansi_") for value in found.values())
        assert found["curbg"] == "ansi_default"


def test_ink_keeps_the_hue_and_gains_contrast() -> None:
    ground = Color.parse("#fafafa")
    inked = ink(Color.parse("#6CF23F"), ground)
    assert contrast(inked, ground) >= READABLE
    assert inked.g > inked.r > inked.b


def test_every_mark_has_a_twin_in_ascii_of_one_cell() -> None:
    signs = "".join(sign for sign, _ in MARKS.values()) + "━╸─▁▂▃▄▅▆▇▎│…±⣿\N{EN DASH}"
    drawn = ascii_text(signs)
    assert drawn.isascii()
    assert len(drawn) == len(signs)
    assert "?" not in drawn
    assert ascii_text("日本") == "??"
