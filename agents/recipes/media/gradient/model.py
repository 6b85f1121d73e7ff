"""Gradient boosting by LightGBM on what files say."""

from agents.recipes.tables.gradient.model import Model

__all__ = ["Model"]
