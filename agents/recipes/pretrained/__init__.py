"""Recipes that adapt a pretrained encoder, and two programs that prepare the ground for them."""
