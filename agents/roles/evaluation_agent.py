"""Evaluation Agent (3.4.3): which of two verified programs is the better one.

It goes by the engine's own scores on rows that neither program saw, compared row by row; no program
and no model is asked. Of two that are about equal the simpler one wins.
"""

from agents.models import Comparison

TIE = 0.25
"""The simpler program wins when the paired difference is under this share of its error."""
CLEARLY = 1.0
"""Standard errors that a change must be ahead by."""


def is_better(comparison: Comparison, *, simpler: bool) -> bool:
    """Whether the first of two programs wins.

    Args:
        comparison: The first beside the second; positive differences are in its favour.
        simpler: Whether the first is the simpler one.
    """
    if abs(comparison.difference) < TIE * comparison.error:
        return simpler
    return comparison.difference > 0


def is_improvement(comparison: Comparison) -> bool:
    """Whether a changed program is ahead of the one it comes from by more than chance would do.

    Asked of the same folds with two seeds: one seed alone may have been lucky.

    Args:
        comparison: The changed program beside the other, row by row.
    """
    return comparison.difference > CLEARLY * comparison.error
