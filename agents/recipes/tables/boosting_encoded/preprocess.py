"""Prepare tables for trees on numbers: words as codes by frequency, and as means of the target."""

from agents.recipes.tables.gradient.preprocess import Preprocessor

__all__ = ["Preprocessor"]
