"""Prepare tables for kernels: everything scaled, nothing missing, words as columns."""

from agents.recipes.tables.linear.preprocess import Preprocessor

__all__ = ["Preprocessor"]
