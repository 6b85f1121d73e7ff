"""What healed a fault is known to the next track and to the next run."""

import subprocess
import sys
from pathlib import Path

from agents.models import Fault
from agents.repairs.memory import MOST_ENTRIES, Memory, signature


def fault(message: str, kind: str = "shape or dtype mismatch") -> Fault:
    return Fault.model_validate({"kind": kind, "component": "model.py", "message": message})


GAPS = "ValueError: Input X contains NaN."


def test_a_fault_is_the_same_whatever_columns_and_numbers_it_names() -> None:
    one = fault("ValueError: could not convert string to float: 'clay' (row 12)")
    other = fault("ValueError: could not convert string to float: 'x y' (row 7)")
    assert signature(one) == signature(other)
    assert "clay" not in signature(one)


def test_arguments_of_libraries_tell_faults_apart() -> None:
    words = "TypeError: OneHotEncoder.__init__() got an unexpected keyword argument '{}'"
    api = "incompatible API"
    assert signature(fault(words.format("sparse"), api)) != signature(fault(words.format("n"), api))


def test_where_a_library_is_installed_does_not_matter() -> None:
    words = "ImportError: cannot import name 'Imputer' from 'sklearn.preprocessing' ({})"
    ours, theirs = words.format("/home/a/lib/x.py"), words.format("/opt/b/lib/x.py")
    assert signature(fault(ours, "incompatible API")) == signature(
        fault(theirs, "incompatible API")
    )


def test_the_next_run_knows_what_healed(tmp_path: Path) -> None:
    state, cache = tmp_path / "state" / "repairs.jsonl", tmp_path / "cache" / "repairs.jsonl"
    first = Memory([state, cache])
    first.note(fault(GAPS), "edit", "The scaler was moved.", healed=False)
    first.note(fault(GAPS), "gaps filled", "Missing values are given as 0.", healed=True)
    for files in ([state], [cache]):
        later = Memory(files)
        assert later.rule_for(fault(GAPS)) == "gaps filled"
        assert later.healed(fault(GAPS)) == ("Missing values are given as 0.",)
        assert later.tried(fault(GAPS)) == ("The scaler was moved.",)
    assert Memory([cache]).rule_for(fault("ValueError: other words")) == ""


def test_a_rule_that_failed_since_is_not_replayed(tmp_path: Path) -> None:
    memory = Memory([tmp_path / "repairs.jsonl"])
    memory.note(fault(GAPS), "gaps filled", "Filled.", healed=True)
    memory.note(fault(GAPS), "gaps filled", "Filled.", healed=False)
    assert memory.rule_for(fault(GAPS)) == ""


def test_lines_that_are_damaged_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "repairs.jsonl"
    Memory([file]).note(fault(GAPS), "gaps filled", "Filled.", healed=True)
    with file.open("ab") as lines:
        lines.write(b'{"signature": "half a li\n\xff\xfe\n')
    assert Memory([file]).rule_for(fault(GAPS)) == "gaps filled"


def test_a_place_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    memory = Memory([blocked / "repairs.jsonl"])
    memory.note(fault(GAPS), "gaps filled", "Filled.", healed=True)
    assert memory.rule_for(fault(GAPS)) == "gaps filled"


def test_the_file_stays_small_and_keeps_the_latest(tmp_path: Path) -> None:
    file = tmp_path / "repairs.jsonl"
    memory = Memory([file])
    memory.note(fault(GAPS), "gaps filled", "Filled.", healed=True)
    line = file.read_text(encoding="utf-8")
    file.write_text(line * (2 * MOST_ENTRIES), encoding="utf-8")
    memory.note(fault("ValueError: the last"), "made dense", "Dense.", healed=True)
    assert len(file.read_text(encoding="utf-8").splitlines()) == MOST_ENTRIES
    assert Memory([file]).rule_for(fault("ValueError: the last")) == "made dense"


WRITER = """
import sys
from pathlib import Path
from agents.models import Fault
from agents.repairs.memory import Memory

memory = Memory([Path(sys.argv[1])])
for number in range(20):
    words = "ValueError: " + "abcdefghijklmnopqrstuvwxyz"[number] + sys.argv[2]
    fault = Fault(kind="unknown", component="model.py", message=words)
    memory.note(fault, "made dense", "Dense. " * 30, healed=True)
"""


def test_runs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "repairs.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), name], cwd=Path.cwd())
        for name in ("p", "q")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    memory = Memory([file])
    for name in "pq":
        for letter in "abcdefghijklmnopqrst":
            known = Fault(
                kind="unknown", component="model.py", message=f"ValueError: {letter}{name}"
            )
            assert memory.rule_for(known) == "made dense"
