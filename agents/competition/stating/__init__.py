"""What a folder asks for: which table is what, targets, ids, answers, metric; a typed task."""
