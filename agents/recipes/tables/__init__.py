"""Strategies for tables, one folder a recipe: `preprocess.py` and `model.py`."""
