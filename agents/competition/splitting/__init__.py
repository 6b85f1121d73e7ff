"""Folds that imitate the real split, with the evidence for them."""
