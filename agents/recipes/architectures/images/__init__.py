"""Networks whose input is a picture."""
