"""Networks whose input is a recording."""
