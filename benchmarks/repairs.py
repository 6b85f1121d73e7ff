"""Measures the Error Analyzer and the quick fixes on programs broken as language models break them.

    python -m benchmarks.repairs [--half seen] [--only NAME ...] [--missed]

`broken/cases.toml` holds the programs and their labels, written before any rule. They are dealt
into two halves by a digest: rules were written by looking at `seen` alone. Each program is really
run in the sandbox; what a quick fix makes of it is run again, until nothing is wrong or no rule
fits. Seconds are of the processor, without the start that all of them share, so that a busy machine
changes nothing.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agents.execution.executor import Executor
from agents.execution.ladder import probe
from agents.execution.runtime import current_runtime
from agents.models import Fault
from agents.repairs.lookup import installed
from agents.repairs.quick_fixes import Fix, Lookup, quick_fix
from benchmarks.broken.cases import Case, halves, load_cases
from benchmarks.broken.ladder import Broken, Ladder
from benchmarks.tables import keep, shown, table

MOST_FIXES: Final = 6
"""One after the other, on one program."""


@dataclass
class Course:
    """One program from its first fault to the end of what rules can do."""

    case: Case
    broken: Broken
    first: Fault | None = None
    ran: bool = False
    """Whether the first fault came of running it."""
    now: Fault | None = None
    fixes: list[Fix] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def classified(self) -> bool:
        """Whether the first fault got the class that a reader gives it."""
        return self.first is not None and self.first.kind == self.case.kind

    @property
    def located(self) -> bool:
        """Whether it was located in the component and function to be mended."""
        if self.first is None or self.first.component != self.case.component:
            return False
        return (self.first.function or "<module>") in self.case.functions

    @property
    def healed(self) -> bool:
        """Whether rules alone made it right."""
        return self.first is not None and self.now is None


def main() -> int:
    """Measures, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--half", choices=("seen", "unseen", "both"), default="both")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--missed", action="store_true", help="say what was missed, where seen")
    arguments = parser.parse_args()
    half = halves(load_cases())
    chosen = [
        case
        for case in load_cases()
        if arguments.half in {"both", half[case.name]}
        and (not arguments.only or case.name in arguments.only)
    ]
    courses = asyncio.run(measured(chosen))
    if arguments.missed:
        seen = [_missed(course) for course in courses if half[course.case.name] == "seen"]
        print("\n".join(filter(None, seen)))
    parts = [by_half(courses, half), by_class(courses, half)]
    print("\n\n".join(parts))
    if not arguments.only:
        print(f"\nKept in {keep('repairs', 'Faults: classified, located, healed by rule', parts)}.")
    return 1 if any(course.first is None for course in courses) else 0


async def measured(cases: Sequence[Case]) -> list[Course]:
    """All courses, each as far as rules take it."""
    runtime = current_runtime()
    with tempfile.TemporaryDirectory(prefix="iml-broken-") as scratch:
        sandbox = await probe(runtime, Path(scratch) / "cache")
        ladder = Ladder(Executor(runtime, sandbox), Path(scratch))
        courses = {case.name: Course(case, case.broken(ladder)) for case in cases}
        await climb(ladder, courses)
        lookup = installed(runtime.python)
        for _ in range(MOST_FIXES):
            mended = {name: one for name, one in courses.items() if mend(one, lookup)}
            if not mended:
                break
            await climb(ladder, mended)
    return list(courses.values())


async def climb(ladder: Ladder, courses: Mapping[str, Course]) -> None:
    """Takes programs up the ladder once more."""
    climbed = await ladder.climb({name: one.broken for name, one in courses.items()})
    for name, course in courses.items():
        found = climbed[name]
        course.now = found.fault
        course.seconds += found.seconds
        if not course.fixes:
            course.first, course.ran = found.fault, found.outcome is not None


def mend(course: Course, lookup: Lookup) -> bool:
    """Applies the first rule that fits; whether one did."""
    if course.now is None:
        return False
    base = course.broken.base
    fix = quick_fix(course.now, course.broken.files, base.contract, lookup)
    if fix is None:
        return False
    course.fixes.append(fix)
    course.broken = Broken(base, fix.files)
    return True


# --- tables ---------------------------------------------------------------------------------------


def by_half(courses: Sequence[Course], half: Mapping[str, str]) -> str:
    """One line a half."""
    header = (
        *("half", "programs", "of them run", "classified", "located", "healed"),
        *("of those labelled healable", "fixes a healed one", "processor seconds to green"),
    )
    rows = []
    for name in ("seen", "unseen"):
        if own := [one for one in courses if half[one.case.name] == name]:
            rows.append([name, *_line(own)])
    return table(header, rows)


def _line(own: Sequence[Course]) -> list[str]:
    healed = [one for one in own if one.healed]
    healable = [one for one in own if one.case.quick]
    fixes = sum(len(one.fixes) for one in healed) / max(1, len(healed))
    seconds = sum(one.seconds for one in healed) / max(1, len(healed))
    return [
        str(len(own)),
        str(sum(one.ran for one in own)),
        _share(one.classified for one in own),
        _share(one.located for one in own),
        _share(one.healed for one in own),
        _share(one.healed for one in healable),
        shown(fixes, 1),
        shown(seconds, 1),
    ]


def by_class(courses: Sequence[Course], half: Mapping[str, str]) -> str:
    """One line a class of faults, both halves together but their numbers."""
    header = ("class", "seen", "unseen", "classified", "located", "healed")
    rows = []
    for kind in dict.fromkeys(one.case.kind for one in courses):
        own = [one for one in courses if one.case.kind == kind]
        counts = [sum(half[one.case.name] == name for one in own) for name in ("seen", "unseen")]
        shares = [
            _share(one.classified for one in own),
            _share(one.located for one in own),
            _share(one.healed for one in own),
        ]
        rows.append([kind, *map(str, counts), *shares])
    return table(header, rows)


def _share(found: Iterable[bool]) -> str:
    every = list(found)
    return f"{sum(every)} of {len(every)}"


def _missed(course: Course) -> str:
    """What went wrong with one case; empty where nothing did."""
    case, fault = course.case, course.first
    if course.classified and course.located and course.healed >= case.quick:
        return ""
    if fault is None:
        return f"{case.name}: nothing was found."
    said = f"{fault.kind}, {fault.component} {fault.function}: {fault.message.splitlines()[0]}"
    left = "" if course.now is None else f"; left: {course.now.message.splitlines()[0]}"
    rules = ", ".join(fix.rule for fix in course.fixes) or "no rule"
    return f"{case.name}: {said}; {rules}{left}"


if __name__ == "__main__":
    sys.exit(main())
