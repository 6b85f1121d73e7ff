"""Linear discriminant analysis of what files say: a normal distribution a class, of one shape."""

from agents.recipes.tables.discriminant.model import Model

__all__ = ["Model"]
