"""Networks whose input is the past of a series, and whose output is its future."""
