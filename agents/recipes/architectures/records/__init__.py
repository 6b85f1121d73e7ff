"""Networks whose input is a sequence of records that belong to one row."""
