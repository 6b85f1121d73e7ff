"""What wins and what is handed in: ranking, ensemble, submission, report."""
