"""Preprocessing Coder (paper 3.3.3): code that turns raw tables into what the contract promises."""

from agents.models import CandidatePlan
from agents.recipes.claims import unclaimed_steps
from agents.recipes.instantiate import instantiate

__all__ = ["unclaimed_steps", "write_preprocessing"]


def write_preprocessing(plan: CandidatePlan) -> str:
    """Write `preprocess.py` for a candidate from its recipe."""
    return instantiate(plan, "preprocess", "Preprocessor")
