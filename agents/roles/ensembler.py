"""Ensembler (3.4.3, 5.2.3): whether a blend takes the place of its best member.

How weights are found is measured work on scores (`agents.competition.judging.aggregation`); here it
is only said what they must show.
"""

from agents.models import Comparison

CLEARLY = 1.0
"""Standard errors."""


def is_worth_it(against_best: Comparison, sharper: float) -> bool:
    """Whether a blend is better than its best member.

    Where labels cannot tell (a difference within its error), the probabilities behind them do.

    Args:
        against_best: The blend beside that member, cross-fitted.
        sharper: How much likelier the blend finds the true labels, in standard errors; 0 where
            there are no probabilities of classes.
    """
    near = against_best.difference > -against_best.error
    return against_best.difference > 0 or (near and sharper > CLEARLY)
