"""Keys: how they are printed, and what a person's own file may say."""

from pathlib import Path

import pytest

from iml_tui import keys
from iml_tui.app import ImlApp
from iml_tui.doing import known
from iml_tui.keys import Known, checked, long_form, read, shown, template, usable
from iml_tui.widgets.frame import KeysRow, SentenceRow
from iml_tui.widgets.pane import Pane
from tests.picture import Viewer, settled
from tests.replay import replay

KNOWN = (
    Known("run.pause", "Everywhere", "pause, or go on", ("P", "f6")),
    Known("run.steer", "Everywhere", "steer the run", ("s",)),
    Known("code.swap", "Code", "file or change", ("d",)),
)


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("question_mark", "?"),
        ("plus", "+"),
        ("left_square_bracket", "["),
        ("escape", "esc"),
        ("pagedown", "page down"),
        ("ctrl+p", "ctrl+p"),
        ("G", "G"),
        ("space", "space"),
    ],
)
def test_a_key_is_printed_as_people_know_it_and_read_back(key: str, printed: str) -> None:
    assert shown(key) == printed
    assert long_form(printed) == key
    assert usable(key)


def test_own_keys_hold_and_whatever_is_wrong_is_said_in_a_sentence() -> None:
    keymap = checked(
        {
            "run.pause": "p, f6",
            "run.paws": "x",
            "run.steer": "hyperspace",
            "code.swap": 3,
        },
        KNOWN,
    )
    assert keymap.keys == {"run.pause": "p,f6"}
    assert keymap.problems == (
        "keymap.toml binds 'run.paws', which is nothing that can be done: did you mean run.pause?",
        "keymap.toml gives run.steer the key 'hyperspace', which no terminal sends.",
        'keymap.toml gives code.swap no keys: write them as "p,f6".',
    )


def test_a_key_that_does_something_else_there_stays_with_it() -> None:
    keymap = checked({"run.pause": "s"}, KNOWN)
    assert keymap.keys == {}
    assert "is run.steer there" in keymap.problems[0]


def test_two_actions_may_change_places_and_panes_may_share_a_key() -> None:
    assert checked({"run.pause": "s", "run.steer": "P"}, KNOWN).problems == ()
    assert checked({"code.swap": "s"}, KNOWN).problems == ()


def test_a_key_that_a_pane_uses_itself_holds_elsewhere_and_that_is_said() -> None:
    keymap = checked({"run.pause": "d"}, KNOWN)
    assert keymap.keys == {"run.pause": "d"}
    assert keymap.problems == (
        "keymap.toml gives run.pause the key d, which is code.swap in Code: "
        "it holds everywhere but there.",
    )
    assert checked({"run.pause": "d", "code.swap": "D"}, KNOWN).problems == ()


def test_a_file_that_is_no_toml_leaves_the_usual_keys(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text("run.pause = [", encoding="utf-8")
    keymap = read(path, KNOWN)
    assert keymap.keys == {}
    assert "cannot be read" in keymap.problems[0]


def test_the_template_read_back_binds_every_key_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    rows = [row for row in template(KNOWN).splitlines() if row.startswith('# "') and "=" in row]
    path.write_text("\n".join(row.removeprefix("# ") for row in rows[1:]), encoding="utf-8")
    keymap = read(path, KNOWN)
    assert keymap.problems == ()
    assert keymap.keys == {one.id: ",".join(one.keys) for one in KNOWN}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    keys.keys_file().parent.mkdir(parents=True)
    return tmp_path


async def test_a_person_binds_a_key_and_the_footer_says_so(home: Path) -> None:
    keys.keys_file().write_text('"history.diff" = "v"\n"look.zoom" = "Z"\n', encoding="utf-8")
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        assert any(key == "v" for key, _ in app.bench.query_one(KeysRow).hints)
        await pilot.press("Z")
        assert app.bench.zoomed
        await pilot.press("plus")
        assert app.bench.zoomed, "the usual key holds no more"


async def test_a_bad_file_is_told_and_nothing_else_happens(home: Path) -> None:
    keys.keys_file().write_text('"look.zom" = "Z"\n', encoding="utf-8")
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        assert "did you mean look.zoom?" in app.bench.query_one(SentenceRow).notice


async def test_every_binding_of_the_workbench_can_be_bound_and_no_usual_keys_clash(
    home: Path,
) -> None:
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        panes = app.bench.query(Pane)
        nodes = (app, app.bench, *panes)
        own = [
            binding
            for node in nodes
            for _, binding in node._bindings
            if any(binding in declared(cls) for cls in type(node).__mro__)
        ]
        assert [one.action for one in own if one.id is None] == []
        everything = known(app.bench, panes)
        assert len({one.id for one in everything}) == len(everything)
        assert (
            checked({one.id: ",".join(one.keys) for one in everything}, everything).problems == ()
        )


def declared(cls: type) -> list[object]:
    """The bindings that a class of ours writes down."""
    if not cls.__module__.startswith("iml_tui"):
        return []
    written = cls.__dict__.get("BINDINGS", [])
    return [one for binding in written for one in binding.make_bindings([binding])]


async def test_the_template_is_written_once(home: Path) -> None:
    app = Viewer(replay("ferry", home))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("K")
        assert '# "run.pause" = "P,f6"' in keys.keys_file().read_text(encoding="utf-8")
        keys.keys_file().write_text("# mine\n", encoding="utf-8")
        await pilot.press("K")
        assert keys.keys_file().read_text(encoding="utf-8") == "# mine\n"


def test_the_app_has_no_key_without_a_name() -> None:
    assert all(getattr(binding, "id", None) for binding in ImlApp.BINDINGS)
