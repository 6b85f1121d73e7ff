"""What a quick fix is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from agents.models import Contract, Fault
from agents.repairs.source import Edit, Source


@dataclass(frozen=True)
class Argument:
    """What an installed callable says about an argument."""

    taken: bool
    alike: tuple[str, ...] = ()
    """Its arguments that are written alike."""


@dataclass(frozen=True)
class Lookup:
    """Questions to the libraries that are installed where programs run."""

    argument: Callable[[str, str], Argument | None]
    """Of a callable by its dotted name, and an argument; None where it is not known."""
    home: Callable[[str, str], str | None]
    """Where a bare name of a package can be imported from, as a dotted name."""


NOTHING_KNOWN = Lookup(lambda _name, _keyword: None, lambda _name, _package: None)
"""Where no interpreter can be asked."""


@dataclass(frozen=True)
class Fix:
    """A change that answers a fault."""

    rule: str
    """The kind of change, by which the memory knows it."""
    files: Mapping[str, str]
    """All files of the program after it."""
    what: str
    """One sentence on what was changed."""


@dataclass(frozen=True)
class Situation:
    """A program that failed."""

    fault: Fault
    files: Mapping[str, str]
    contract: Contract
    lookup: Lookup

    @cached_property
    def file(self) -> str:
        """The file that the fault lies in; empty where it is none of the program's."""
        for name in (self.fault.file, self.fault.component):
            if name in self.files:
                return str(name)
        return ""

    @cached_property
    def source(self) -> Source:
        """The text of that file."""
        return Source(self.files.get(self.file, ""))

    @property
    def message(self) -> str:
        """What went wrong, in the program's own words."""
        return self.fault.message

    @property
    def line(self) -> int | None:
        """Where it was noticed."""
        return self.fault.line

    def other(self, file: str) -> Source:
        """Another file of the program."""
        return Source(self.files.get(file, ""))

    def fix(self, rule: str, what: str, edits: list[Edit], file: str = "") -> Fix | None:
        """These changes of one file as a fix; None where there are none."""
        name = file or self.file
        if not edits or name not in self.files:
            return None
        return Fix(rule, {**self.files, name: Source(self.files[name]).edited(edits)}, what)
