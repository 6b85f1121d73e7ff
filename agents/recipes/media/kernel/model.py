"""Support vector machines with Gaussian kernels on what files say."""

from agents.recipes.tables.kernel.model import Model

__all__ = ["Model"]
