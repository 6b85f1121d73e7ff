"""Scores to verdicts: decisions fitted across folds, comparison in pairs, blends."""
