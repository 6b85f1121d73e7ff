"""Recipes for series that go on into the future."""
