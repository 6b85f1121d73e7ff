"""A result is kept with its command, which says nothing of the machine that it ran on."""

import pytest

from benchmarks.tables import without_machine


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("/home/me/bench/boats", ".../bench/boats"),
        ("/scratch/kept", ".../kept"),
        ("python3 /home/me/bench/grade.py", "python3 .../bench/grade.py"),
        ("../shared/bench/boats", "../shared/bench/boats"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1"),
        ("best valid,average", "best valid,average"),
    ],
)
def test_of_a_path_only_its_end_is_told(argument: str, told: str) -> None:
    assert without_machine(argument) == told
