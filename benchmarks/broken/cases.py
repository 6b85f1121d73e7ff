"""The labelled cases of `cases.toml`, and the halves that they are dealt into."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from agents.models import FaultClass, Frozen
from benchmarks.broken.ladder import (
    PROGRAMS,
    SOLUTION,
    Base,
    Broken,
    Ladder,
    base_files,
    whole_solution,
)

FILE: Final = Path(__file__).with_name("cases.toml")
SEED: Final = "2026-11-21"
Half = Literal["seen", "unseen"]


class Case(Frozen):
    """One broken program and its labels; `cases.toml` says what they mean."""

    name: str
    base: str
    model: str = ""
    kind: FaultClass
    component: str
    functions: tuple[str, ...]
    quick: bool
    solution: bool = False
    edits: tuple[tuple[str, str, str], ...]

    @property
    def program(self) -> Base:
        """What the program is measured against."""
        return PROGRAMS[self.base]

    def broken(self, ladder: Ladder) -> Broken:
        """The program with its fault.

        Raises:
            ValueError: an edit does not match exactly once.
        """
        files = base_files(self.base)
        if self.model:
            files["model.py"] = base_files(self.model)["model.py"]
        if self.solution:
            files = {SOLUTION: whole_solution(self.program, ladder.ground(self.program), files)}
        for file, old, new in self.edits:
            if files[file].count(old) != 1:
                raise ValueError(f"{self.name}: {old!r} occurs {files[file].count(old)} times.")
            files[file] = files[file].replace(old, new)
        return Broken(self.program, files)


def load_cases() -> tuple[Case, ...]:
    """All cases, in the order of the file."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]
    return tuple(Case.model_validate(one) for one in found)


def halves(cases: tuple[Case, ...]) -> Mapping[str, Half]:
    """The half of each case by its name: drawn by a digest, so that no order decides."""
    drawn = sorted(cases, key=lambda one: hashlib.sha256(f"{SEED} {one.name}".encode()).digest())
    middle = (len(drawn) + 1) // 2
    return {one.name: "seen" if place < middle else "unseen" for place, one in enumerate(drawn)}
