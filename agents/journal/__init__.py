"""Facts, the store that keeps them, and the fold that views them."""
