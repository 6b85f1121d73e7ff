"""What answers are worth: metrics as verified values, found in words and formulas."""
