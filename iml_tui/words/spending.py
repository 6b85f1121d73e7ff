"""What language models took, in words: tokens and money, in all and by role.

A price that is not known is said to be unknown, never counted as nothing.
"""

from agents.journal.state import State
from agents.journal.talks import Spent
from iml_tui.words.figures import count

MOST_ROLES = 3
"""Roles that are named where there is one line for all."""


def role_name(role: str) -> str:
    """An agent of the paper as people call it."""
    return role.replace("_", " ").title()


def spent_text(spent: Spent) -> str:
    """Tokens and money; a price that is not known is said to be so."""
    if not spent.calls:
        return ""
    known = spent.unpriced < spent.calls
    return f"{spent.tokens:,} tokens, {spent.money if known else 'price unknown'}"


def so_far(state: State, role: str) -> str:
    """What one role and all together took so far."""
    own = state.spent_by_role.get(role, Spent())
    return f"{own.tokens:,} in this role, {spent_text(state.spent)} in all"


def models_text(state: State) -> str:
    """All that was spent, and on which roles most; empty where no model was asked."""
    if not state.spent.calls:
        return ""
    roles = sorted(state.spent_by_role.items(), key=lambda one: -one[1].tokens)
    named = [f"{role_name(role)} {spent.tokens:,}" for role, spent in roles[:MOST_ROLES]]
    rest = sum(spent.tokens for _, spent in roles[MOST_ROLES:])
    told = ", ".join([*named, *([f"others {rest:,}"] if rest else [])])
    return f"{spent_text(state.spent)} in {count(state.spent.calls, 'call')}: {told}"
