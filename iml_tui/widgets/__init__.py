"""One widget a file, named for what it shows."""
