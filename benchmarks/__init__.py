"""What is measured about the product, on real data; results are kept with the command that made them."""
