"""The broken programs are what their labels say they are: enough, of every class, fairly halved."""

from typing import get_args

from agents.models import FaultClass
from agents.repairs.source import parsed
from benchmarks.broken.cases import halves, load_cases
from benchmarks.broken.ladder import BASES, PROGRAMS, base_files

CASES = load_cases()


def test_every_class_of_faults_has_programs() -> None:
    assert len(CASES) >= 60
    assert {case.kind for case in CASES} == set(get_args(FaultClass))
    assert len({case.name for case in CASES}) == len(CASES)


def test_each_case_breaks_a_right_program_in_places_that_are_there_once() -> None:
    for case in (one for one in CASES if not one.solution):
        files = base_files(case.base)
        if case.model:
            files["model.py"] = base_files(case.model)["model.py"]
        for file, old, new in case.edits:
            assert files[file].count(old) == 1, case.name
            files[file] = files[file].replace(old, new)
        no_python = [name for name, text in files.items() if parsed(text) is None]
        assert not no_python or case.kind == "syntax", case.name


def test_every_right_program_is_there_and_is_python() -> None:
    assert {folder.name for folder in BASES.iterdir()} == set(PROGRAMS)
    assert all(parsed(text) for name in PROGRAMS for text in base_files(name).values())


def test_halves_are_drawn_by_name_so_that_no_order_decides() -> None:
    half = halves(CASES)
    assert half == halves(tuple(reversed(CASES)))
    counts = [list(half.values()).count(name) for name in ("seen", "unseen")]
    assert abs(counts[0] - counts[1]) <= 1
