"""The user's folder: tables, profile, splits, views, metrics, decisions, submission formats."""
