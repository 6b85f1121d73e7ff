"""A unified diff as values: files, hunks, lines with both line numbers."""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["same", "added", "removed"]
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$")
_KINDS: dict[str, Kind] = {" ": "same", "+": "added", "-": "removed"}


@dataclass(frozen=True)
class DiffLine:
    """One line; a number is None on the side where the line does not stand."""

    kind: Kind
    old: int | None
    new: int | None
    text: str


@dataclass
class Hunk:
    """A run of changed lines with what stands around them."""

    context: str
    """What git says the hunk lies in, for instance `def transform(self)`."""
    lines: list[DiffLine] = field(default_factory=list)

    @property
    def span(self) -> str:
        """`lines 52 to 58` of the new text, or of the old one where all is gone."""
        numbers = [line.new for line in self.lines if line.new is not None]
        numbers = numbers or [line.old for line in self.lines if line.old is not None]
        return f"lines {numbers[0]} to {numbers[-1]}" if numbers else ""


@dataclass
class FileDiff:
    """What happened to one file."""

    path: str
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def is_new(self) -> bool:
        """Whether nothing of it was there before."""
        return all(line.kind == "added" for hunk in self.hunks for line in hunk.lines)

    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        kinds = [line.kind for hunk in self.hunks for line in hunk.lines]
        return kinds.count("added"), kinds.count("removed")


def parse(text: str) -> list[FileDiff]:
    """Files in the order of the diff; anything that is no diff is skipped."""
    files: list[FileDiff] = []
    old = new = 0
    for line in text.split("\n"):
        hunk = _HUNK.match(line)
        if line.startswith("diff --git "):
            files.append(FileDiff(line.rsplit(" b/", 1)[-1]))
        elif hunk and files:
            old, new = int(hunk[1]), int(hunk[2])
            files[-1].hunks.append(Hunk(hunk[3]))
        elif _inside(files) and line[:1] in _KINDS:
            kind = _KINDS[line[:1]]
            before = None if kind == "added" else old
            after = None if kind == "removed" else new
            files[-1].hunks[-1].lines.append(DiffLine(kind, before, after, line[1:]))
            old, new = old + (kind != "added"), new + (kind != "removed")
    return files


def _inside(files: list[FileDiff]) -> bool:
    return bool(files and files[-1].hunks)
