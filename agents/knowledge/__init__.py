"""What experienced practitioners know, and what the installed libraries really offer.

Cards are written advice with conditions; signatures are asked of the interpreter that runs the
generated code. Nothing here needs a network.
"""
