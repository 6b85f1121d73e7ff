"""Keys between tables: candidate paths, tested by coverage on both sides."""
