"""Last layers with their losses, for any body that makes a vector a row."""
