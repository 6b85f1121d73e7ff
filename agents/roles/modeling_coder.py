"""Modeling Coder (paper 3.4.1): the code that learns from what preprocessing promised."""

from agents.models import CandidatePlan
from agents.recipes.instantiate import instantiate


def write_model(plan: CandidatePlan) -> str:
    """Write `model.py` for a candidate from its recipe."""
    return instantiate(plan, "model", "Model")
