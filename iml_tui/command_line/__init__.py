"""The command line: what may be typed in a shell, and what is printed."""
