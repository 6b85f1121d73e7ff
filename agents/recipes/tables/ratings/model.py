"""Boosted trees by LightGBM on what users and items are known for."""

from agents.recipes.tables.gradient.model import Model

__all__ = ["Model"]
