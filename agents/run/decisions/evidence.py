"""What is known of a proposal when a person is asked about it, in words.

A person decides by what was measured: the fault that it mends, its score on blind rows, and how
that stands beside the best there is.
"""

from agents.journal.state import Moment
from agents.models import Comparison
from agents.run.choosing.selection import Build, Scored, compare
from agents.run.world import World


async def evidence(world: World, build: Build, scored: Scored, mended: Moment | None) -> str:
    """What is known of a program that was just scored, as sentences.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        scored: The program.
        mended: The round that it repairs, if it does.
    """
    best = build.leader or build.written
    if best is None or best.program == scored.program:
        return in_words(build, scored, mended)
    return in_words(build, scored, mended, best, await compare(world, build, scored, best))


def in_words(
    build: Build,
    scored: Scored,
    mended: Moment | None = None,
    best: Scored | None = None,
    against: Comparison | None = None,
) -> str:
    """The sentences: the fault that it mends, its score, the best beside it."""
    folds = len(scored.score.folds)
    where = "On fold 1" if folds == 1 else f"On {folds} folds"
    whole = "" if folds == build.blueprint.split.folds else f" of {build.blueprint.split.folds}"
    said = f"{where}{whole}: {build.task.metric.title} {scored.score.value:.4f}"
    if best is not None and against is not None:
        ahead = "ahead of" if against.difference > 0 else "behind"
        said += (
            f", row by row {abs(against.difference):.4f} ±{against.error:.4f} {ahead} "
            f"{best.candidate}, the best so far"
        )
    sentences = [f"{said}."]
    if mended is not None and mended.fault is not None:
        fault = mended.fault
        place = fault.file or fault.component
        sentences.insert(0, f"It mends {fault.kind} in {place} of round {mended.round}.")
    return " ".join(sentences)
