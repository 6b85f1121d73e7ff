"""What language models do in a run: reading, planning, coding, repairing, improving."""
