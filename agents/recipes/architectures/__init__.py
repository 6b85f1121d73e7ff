"""Network architectures as tested source text: worked examples for whoever writes a neural model.

A file is one architecture, stands alone on PyTorch, and its docstring says in lines of `Key: text`
what it is for, which shapes go in and come out, how many parameters it has, whom it is owed to, and
which data it suits. `agents.knowledge.architectures` reads the files as text; nothing imports them
but their tests.

    Data: table              kinds of input; `head` stands on any body
    When: rows 500..50000    measured bounds, both inclusive
    Problems: ordinal        what it is for alone, where it is
    Metrics: kappa           metrics that it serves directly
    Merit: 3                 1 to 3, by published comparisons on such data; 2 where it is left out
"""
