"""The screen and the command line of iml-tui: all they show is a projection of the journal."""
