"""The full-window screens."""
