"""Gradient boosting by LightGBM on what a pretrained encoder says, beside other columns."""

from agents.recipes.tables.gradient.model import Model

__all__ = ["Model"]
