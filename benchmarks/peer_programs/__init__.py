"""Programs that run other systems, each with the Python of that system's own environment."""
