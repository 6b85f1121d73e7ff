"""Files to cells: whatever holds a table or a description is read here, every cell as text."""
