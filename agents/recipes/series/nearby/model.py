"""Boosted trees by LightGBM that correct a simple forecast from the nearest known rows."""

from agents.recipes.series.boosting.model import Model

__all__ = ["Model"]
