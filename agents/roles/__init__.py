"""The agents of the paper, one module and one function each."""
