"""One run from the inside: its world, its trials, what it chooses, what it leaves behind."""
