"""Broken programs with labels: what the Error Analyzer and the quick fixes are measured on.

`data` makes two small competitions; `bases` holds right programs for them, some written by a
recipe and some as a language model writes; `cases.toml` breaks them, one fault each; `ladder` runs
a program as far as the engine would on `sample`.
"""
