"""The log: what programs and models write, found, kept and shown at any length."""
