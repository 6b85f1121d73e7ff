"""Networks whose input comes in several forms at once."""
