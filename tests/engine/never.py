"""An engine whose time is over before its first program has passed `sample`.

    python -P never.py WORKSPACE REQUEST

It runs the very engine; only the first rung ends as it does when the clock runs out, so that no
test has to wait for one.
"""

import sys

from agents.__main__ import main
from agents.run.candidates.trial import Trial
from agents.run.choosing.selection import Scored


async def too_late(self: Trial) -> Scored | None:
    """Begins, and has no time."""
    self.begin()
    raise TimeoutError


if __name__ == "__main__":
    Trial.screen = too_late  # type: ignore[method-assign]  # no test has to wait
    sys.exit(main(sys.argv[1:]))
