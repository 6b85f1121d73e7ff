from pathlib import Path

from agents.api import Connection, Place, state_of
from iml_tui.looking_back.changes import changes_between
from iml_tui.looking_back.rounds import gate_of
from iml_tui.looking_back.sources import load, wanted_of
from iml_tui.scene import Scene
from tests.replay import replay

BEFORE = "import os\n\n\ndef fit(self):\n    a = 1\n    b = 2\n    return a\n"
AFTER = "import os\n\n\ndef fit(self):\n    a = 1\n    b = 3\n    c = '--- x'\n    return a\n"


def test_every_line_knows_its_number_on_both_sides() -> None:
    [change] = changes_between({"model.py": BEFORE}, {"model.py": AFTER}).all
    lines = [line for line in change.lines if line.kind != "same"]
    assert [(line.kind, line.old, line.new, line.text) for line in lines] == [
        ("removed", 6, None, "    b = 2"),
        ("added", None, 6, "    b = 3"),
        ("added", None, 7, "    c = '--- x'"),
    ]
    assert (change.name, change.context, change.span) == ("model.py", "fit", "lines 3 to 8")


def test_a_new_program_can_only_be_judged_as_a_whole() -> None:
    assert changes_between({}, {"model.py": AFTER}).whole
    assert not changes_between({"model.py": BEFORE}, {"model.py": AFTER}).whole
    assert changes_between({"model.py": AFTER}, {"model.py": AFTER}).all == ()


def test_lines_between_two_changes_are_shown_once_and_counted_right() -> None:
    old = [f"line {number}" for number in range(1, 30)]
    new = [*old[:3], "first", "second", *old[3:8], "third", *old[9:]]
    changes = changes_between({"a.py": "\n".join(old)}, {"a.py": "\n".join(new)})
    seen = [(line.old, line.new, line.text) for one in changes.all for line in one.lines]
    assert len(changes.all) == 2
    assert len(seen) == len(set(seen))
    assert all(new[at - 1] == text for _, at, text in seen if at is not None)
    assert all(old[at - 1] == text for at, _, text in seen if at is not None)
    assert changes.counted == {"a.py": (3, 1)}


def test_words_that_differ_are_marked_where_lines_are_alike() -> None:
    changes = changes_between({"a.py": "rate = 0.5\n"}, {"a.py": "rate = 0.25\n"})
    [old, new] = changes.all[0].lines
    assert [old.text[slice(*span)] for span in old.marks] == ["0.5"]
    assert [new.text[slice(*span)] for span in new.marks] == ["0.25"]
    other = changes_between({"a.py": "rate = 0.5\n"}, {"a.py": "import os\n"})
    assert all(line.marks == () for line in other.all[0].lines)


def test_old_and_new_stand_beside_each_other_line_for_line() -> None:
    [change] = changes_between({"model.py": BEFORE}, {"model.py": AFTER}).all
    pairs = [(old and old.text, new and new.text) for old, new in change.pairs()]
    assert ("    b = 2", "    b = 3") in pairs
    assert (None, "    c = '--- x'") in pairs
    assert ("    a = 1", "    a = 1") in pairs


def test_the_screen_numbers_changes_as_the_engine_does(tmp_path: Path) -> None:
    place: Place = replay("repair", tmp_path)
    scene = Scene(place=place, state=state_of(place)).looking_at("traditional/4")
    wanted = wanted_of(scene)
    assert wanted is not None
    assert scene.moment is not None
    gate = gate_of(scene.state, scene.moment)
    assert gate is not None
    connection = Connection(place)
    hunks = connection.hunks(gate.opened)
    connection.close()
    sources = load(place, wanted)
    told = [
        (
            one.number,
            one.path,
            tuple(f"{line.text}\n" for line in one.lines if line.kind == "removed"),
        )
        for one in sources.changes.all
    ]
    assert told == [(one.number, one.path, one.removed) for one in hunks]
    assert len(told) == 3
