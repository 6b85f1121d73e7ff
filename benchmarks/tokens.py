"""What models read and wrote in finished runs, by role, and how much of it was read before.

    python -m benchmarks.tokens WORKSPACE...

Calls, tokens and money are those that the journal holds: as the server counted them, estimated
where it counts nothing. The stable prefix is measured on the prompts that the workspace keeps: the
longest beginning of each that an earlier prompt of the run had too, which a server with a cache
for prompts need not read again.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from agents import api
from agents.conversation import estimated_tokens
from agents.journal.talks import Spent
from benchmarks.outcomes import prompts_of, stable_tokens
from benchmarks.tables import NONE, keep, table

HEADER = (
    "role", "calls", "prompt tokens", "answer tokens", "share of all", "US dollars", "prompts kept",
    "in the stable prefix",
)  # fmt: skip


@dataclass(frozen=True)
class Prefix:
    """The prompts of one role, and what of them was there before."""

    prompts: int = 0
    tokens: int = 0
    stable: int = 0

    def plus(self, other: "Prefix") -> "Prefix":
        """Both together."""
        return Prefix(
            self.prompts + other.prompts, self.tokens + other.tokens, self.stable + other.stable
        )

    @property
    def share(self) -> str:
        """Of the tokens of its prompts, how many a server had read."""
        return f"{self.stable / self.tokens:.0%}" if self.tokens else NONE


def main() -> int:
    """Reads every workspace, prints and keeps; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("workspaces", nargs="+", type=Path, metavar="WORKSPACE")
    parts = [part for one in parser.parse_args().workspaces for part in parts_of(one.resolve())]
    print("\n\n".join(parts))
    print(f"\nKept in {keep('tokens', 'Tokens of a run, by role', parts)}.")
    return 0


def parts_of(workspace: Path) -> list[str]:
    """A headline and the table of one workspace."""
    place = api.Place(competition=workspace.parent, workspace=workspace)
    state = api.state_of(place)
    connection = api.Connection(place)
    try:
        prompts = prompts_of(workspace, connection.new())
    finally:
        connection.close()
    prefixes = by_role(prompts)
    spent = state.spent_by_role
    rows = [
        _row(role.replace("_", " "), spent[role], prefixes.get(role, Prefix()), state.spent)
        for role in sorted(spent, key=lambda name: -spent[name].tokens)
    ]
    together = reduce(Prefix.plus, prefixes.values(), Prefix())
    rows.append(_row("in all", state.spent, together, state.spent))
    return [f"## {workspace.parent.name}/{workspace.name}", table(HEADER, rows)]


def by_role(prompts: Iterable[tuple[str, str]]) -> dict[str, Prefix]:
    """The prefixes of each role's prompts; what any role was asked before counts as read."""
    asked = list(prompts)
    found: dict[str, Prefix] = {}
    for (role, text), stable in zip(asked, stable_tokens([text for _, text in asked]), strict=True):
        own = found.get(role, Prefix())
        found[role] = own.plus(Prefix(1, estimated_tokens(text), stable))
    return found


def _row(name: str, spent: Spent, prefix: Prefix, in_all: Spent) -> list[str]:
    return [
        name,
        str(spent.calls),
        f"{spent.prompt_tokens:,}",
        f"{spent.completion_tokens:,}",
        f"{spent.tokens / max(1, in_all.tokens):.0%}",
        spent.money,
        str(prefix.prompts),
        prefix.share,
    ]


if __name__ == "__main__":
    sys.exit(main())
