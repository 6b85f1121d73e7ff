"""An engine whose time is over when a program is to be verified as one file.

    python -P late.py NUMBER WORKSPACE REQUEST

It runs the very engine; only the first NUMBER verifications of a `solution.py` end as they do when
the clock runs out, so that no test has to wait for one.
"""

import sys
from itertools import count

from agents.__main__ import main
from agents.run.candidates import trial
from agents.run.candidates.solution_check import SolutionUnderTest, verify_solution
from agents.run.choosing.selection import Build
from agents.run.world import World

_begun = count()


async def verify_late(world: World, build: Build, solution: SolutionUnderTest) -> None:
    """Has no time for the first so many."""
    if next(_begun) < int(sys.argv[1]):
        raise TimeoutError
    await verify_solution(world, build, solution)


if __name__ == "__main__":
    trial.verify_solution = verify_late  # type: ignore[attr-defined]  # it is imported there
    sys.exit(main(sys.argv[2:]))
