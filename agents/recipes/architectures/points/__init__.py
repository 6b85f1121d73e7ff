"""Networks whose input is a cloud of points."""
