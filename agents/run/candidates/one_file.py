"""Programs of the variant with mono code: one text, known to its author as `solution.py`.

The engine runs that text as both of its parts, and the Assembler, which writes what two parts have
in common once, gives it back as it is.
"""

from collections.abc import Mapping

from agents.models import Fault
from agents.roles.mono_coder import PROGRAM
from agents.run.candidates.verification import Sources


def as_written(sources: Sources) -> dict[str, str]:
    """The files of a program as their author knows them."""
    if sources.preprocess == sources.model:
        return {PROGRAM: sources.model}
    return sources.files


def sources_of(files: Mapping[str, str]) -> Sources:
    """The parts of a program, from the files that its author knows."""
    if PROGRAM in files:
        return Sources(files[PROGRAM], files[PROGRAM])
    return Sources(files["preprocess.py"], files["model.py"])


def located(fault: Fault, files: Mapping[str, str]) -> Fault:
    """A fault as the author of these files can find it."""
    if PROGRAM not in files or fault.component == "engine":
        return fault
    file = PROGRAM if fault.file else None
    return fault.model_copy(update={"component": PROGRAM, "file": file})
