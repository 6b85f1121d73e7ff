"""Runnable strategies as source text, and the blocks that they share."""
