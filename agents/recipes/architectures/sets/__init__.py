"""Networks whose input is a set of records without an order."""
