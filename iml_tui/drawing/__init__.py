"""Drawing: colours, marks, curves and code, on any theme."""
