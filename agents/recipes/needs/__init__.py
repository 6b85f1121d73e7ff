"""What a competition asks of any recipe, and what there is to use: columns, loss, files."""
