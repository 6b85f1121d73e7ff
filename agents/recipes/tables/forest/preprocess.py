"""Prepare tables for a forest: words as codes by frequency, and as means of the target."""

from agents.recipes.tables.gradient.preprocess import Preprocessor

__all__ = ["Preprocessor"]
