"""Deciding: what a person may steer, and how it becomes a row that the engine takes up."""
