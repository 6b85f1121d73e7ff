"""Boosted trees by CatBoost on numbers only, as many as held-out rows ask for."""

from agents.recipes.tables.boosting.model import Model

__all__ = ["Model"]
