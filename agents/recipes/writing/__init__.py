"""From a recipe's source and a plan's literals to a program that stands alone."""
