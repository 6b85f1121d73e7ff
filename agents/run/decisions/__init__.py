"""What people decide while, before and after an engine works, and what follows from it."""
