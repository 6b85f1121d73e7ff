"""Answers to files: the shapes a submission takes, and the check before one is handed in."""
