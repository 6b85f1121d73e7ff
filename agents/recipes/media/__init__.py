"""Recipes for rows that are files: images, sounds, records."""
