"""Miniature competitions: the sample, its changed variants, blind folds, the full data."""
