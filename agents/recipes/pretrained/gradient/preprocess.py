"""Prepare rows with a pretrained encoder: what it says, beside the other columns, on one scale."""

from agents.recipes.pretrained.linear.preprocess import Preprocessor

__all__ = ["Preprocessor"]
