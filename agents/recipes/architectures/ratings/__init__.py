"""Networks whose input is a pair, such as a user and an item."""
