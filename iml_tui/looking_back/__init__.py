"""Looking back: rounds, what each changed, two moments side by side, going back."""
