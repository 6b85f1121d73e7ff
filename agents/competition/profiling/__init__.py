"""What the data is like, and how it will fool you: columns, drift, leaks, resolution."""
