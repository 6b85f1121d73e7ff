"""Networks whose input is a text as a list of word numbers."""
