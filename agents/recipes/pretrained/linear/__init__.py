"""See the card of this recipe."""
