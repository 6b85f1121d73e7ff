"""Which block of a program moves the blind score most: a small ablation on fold 1.

At most three blocks are given their simplest form (`agents.recipes.writing.blocks`), run like any
program, and compared row by row with the whole. Fits are kept by content, so that a block that was
measured once is not fitted again.

What reads the files, or makes all of the features, cannot be done without: the program fails, or
answers no better than a constant. That tells how much hangs on the block and nothing about whether
it can be made better, so such a block has its turn last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.models import Comparison
from agents.recipes.writing.blocks import Block, Simplified, blocks_of, simplified
from agents.roles.evaluation_agent import is_improvement
from agents.run.candidates.one_file import as_written, sources_of
from agents.run.candidates.proving import Apart, score_apart, usual_fit_s
from agents.run.candidates.solution_check import Failed
from agents.run.choosing.selection import Build, Scored, ahead_of_constants, compare
from agents.run.world import World

MOST_BLOCKS = 3


@dataclass(frozen=True)
class Worth:
    """A block and what the score loses without it."""

    block: Block
    text: str
    """In words, for a prompt."""
    difference: float | None
    """Of the metric, positive where the block is of use; None where that is not known."""
    ruin: bool = False
    """Whether nothing is left without it: it says nothing about what to improve."""


async def ablate(world: World, build: Build, parent: Scored) -> tuple[Worth, ...]:
    """Every block of a program, those that move the score most first.

    Args:
        world: The joined parts.
        build: What the run has achieved.
        parent: A program of a model's that has done every fold.
    """
    files = as_written(build.sources[parent.program][1])
    measured: dict[Block, Worth] = {}
    for number, one in enumerate(simplified(files)[:MOST_BLOCKS], start=1):
        step = f"{parent.track}/round-{parent.round}/ablation-{number}"
        measured[one.block] = await _worth(world, build, parent, one, step)
    found = ordered(files, measured)
    if last := [one for one in found if one.ruin]:
        world.notice(_why_last(parent.candidate, last, alone=len(last) == len(found)))
    return found


def unmeasured(files: Mapping[str, str]) -> tuple[Worth, ...]:
    """Every block before anything is measured, in the order in which it would be; never none."""
    first = [one.block for one in simplified(files)]
    every = dict.fromkeys([*first, *blocks_of(files)])
    return tuple(Worth(block, "not measured", None) for block in every)


def ordered(files: Mapping[str, str], measured: Mapping[Block, Worth]) -> tuple[Worth, ...]:
    """What moves the score most first, then what was not tried, then what nothing is left of."""
    untried = [Worth(block, "not measured", None) for block in blocks_of(files)]
    every = [*measured.values(), *(one for one in untried if one.block not in measured)]
    return tuple(sorted(every, key=lambda one: (one.ruin, -abs(one.difference or 0.0))))


def _why_last(candidate: str, last: Sequence[Worth], *, alone: bool) -> str:
    """Why some blocks are the last to be changed, as a sentence."""
    names = " and ".join(f"{one.block.name} ({one.text})" for one in last)
    turn = (
        "there is no other block to begin with" if alone else "other blocks have their turn first"
    )
    return (
        f"What {candidate} is without {names} says nothing about what can be made better: {turn}."
    )


async def _worth(world: World, build: Build, parent: Scored, one: Simplified, step: str) -> Worth:
    sources = sources_of(one.files)
    name = f"{parent.candidate} without {one.block.name}"
    like = parent.model_copy(update={"candidate": name, "program": sources.program})
    try:
        apart = Apart(step, sources, build.blind[:1], usual_fit_s(world, build, parent))
        without = await score_apart(world, build, like, apart)
    except Failed as failure:
        said = failure.fault.message.strip().splitlines()[-1]
        return Worth(one.block, f"nothing runs {one.how} ({said})", None, ruin=True)
    against = await compare(world, build, parent, without)
    text = f"{_loss(against)} {one.how}"
    if ruin := not is_improvement(await ahead_of_constants(world, build, without)):
        text += ", no better than a constant"
    return Worth(one.block, text, against.difference, ruin)


def _loss(against: Comparison) -> str:
    """`0.0210 ±0.0040 worse`, as the score without the block beside that with it."""
    side = "worse" if against.difference >= 0 else "better"
    return f"{abs(against.difference):.4f} ±{against.error:.4f} {side}"
