"""Linear models on what a pretrained encoder says, held back as rows outside the fit ask for."""

from agents.recipes.tables.linear.model import Model

__all__ = ["Model"]
