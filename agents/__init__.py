"""The engine of iml-tui: a competition becomes a scored, versioned pipeline. Knows no screen."""
