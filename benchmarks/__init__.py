"""What is measured about the product; results are kept with the command that made them."""
