"""Skeletons of the stand-alone programs that the Assembler fills."""
