"""Prepare rows that are files: files as numbers beside the columns of their rows, on one scale."""

from agents.recipes.media.baseline.preprocess import Preprocessor

__all__ = ["Preprocessor"]
