"""One program from source text to a scored, accepted candidate."""
