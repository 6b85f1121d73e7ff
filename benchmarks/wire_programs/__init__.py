"""Programs for `benchmarks.wire`, run with the Python of its own environment."""
