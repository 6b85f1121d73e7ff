"""Talking to language models: one module a wire protocol, and what both share.

`agents.llm.opening.open_model` is the way in. The client libraries are loaded when the first model
is opened, never by importing this package.
"""
