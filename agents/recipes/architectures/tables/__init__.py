"""Networks whose input is one row of a table."""
