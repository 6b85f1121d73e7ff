"""Preprocessing Coder (paper 3.3.3): the code that turns raw tables into what the contract promises."""

from agents.models import CandidatePlan
from agents.recipes.instantiate import instantiate


def write_preprocessing(plan: CandidatePlan) -> str:
    """Write `preprocess.py` for a candidate from its recipe."""
    return instantiate(plan, "preprocess", "Preprocessor")
