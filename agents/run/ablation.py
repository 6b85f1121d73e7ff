"""Which block of a program moves the blind score most: a small ablation on fold 1.

At most three blocks are given their simplest form (`agents.recipes.writing.blocks`), run like any
program, and compared row by row with the whole. Fits are kept by content, so that a block that was
measured once is not fitted again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.models import Comparison
from agents.recipes.writing.blocks import Block, Simplified, blocks_of, simplified
from agents.run.one_file import as_written, sources_of
from agents.run.proving import Apart, score_apart
from agents.run.selection import Build, Scored, compare
from agents.run.solution_check import Failed
from agents.run.world import World

MOST_BLOCKS = 3


@dataclass(frozen=True)
class Worth:
    """A block and what the score loses without it."""

    block: Block
    text: str
    """In words, for a prompt."""
    difference: float | None
    """Of the metric, positive where the block is of use; None where nothing runs without it."""


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
    return ordered(files, measured)


def ordered(files: Mapping[str, str], measured: Mapping[Block, Worth]) -> tuple[Worth, ...]:
    """What moves the score most first, then what nothing runs without, then what was not tried."""
    untried = [Worth(block, "not measured", None) for block in blocks_of(files)]
    every = [*measured.values(), *(one for one in untried if one.block not in measured)]
    return tuple(sorted(every, key=lambda one: -abs(one.difference or 0.0)))


async def _worth(world: World, build: Build, parent: Scored, one: Simplified, step: str) -> Worth:
    sources = sources_of(one.files)
    name = f"{parent.candidate} without {one.block.name}"
    like = parent.model_copy(update={"candidate": name, "program": sources.program})
    try:
        without = await score_apart(world, build, like, Apart(step, sources, build.blind[:1]))
    except Failed as failure:
        said = failure.fault.message.strip().splitlines()[-1]
        return Worth(one.block, f"nothing runs {one.how} ({said})", None)
    against = await compare(world, build, parent, without)
    return Worth(one.block, f"{_loss(against)} {one.how}", against.difference)


def _loss(against: Comparison) -> str:
    """`0.0210 ±0.0040 worse`, as the score without the block beside that with it."""
    side = "worse" if against.difference >= 0 else "better"
    return f"{abs(against.difference):.4f} ±{against.error:.4f} {side}"
