"""The user's folder, from its files to what its answers are worth; a room for each step."""
