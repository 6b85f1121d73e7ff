"""The screen and the command line of iml-tui; everything shown is a projection of the engine's journal."""
