import ast

from agents.recipes.writing.imports import imports_of, write_imports

SOURCE = """import pandas as pd
import os.path
from collections.abc import Iterable
import numpy as np
from pathlib import Path
from agents_like import CONSTANT, Thing, function
from agents_like import a_name_that_is_long_enough_to_break_it, another_one
"""


def test_imports_are_sorted_merged_and_broken_at_the_line_width() -> None:
    imports = [
        one
        for node in ast.parse(SOURCE + SOURCE).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for one in imports_of(node)
    ]
    assert write_imports(imports).split("\n") == [
        "import os.path",
        "from collections.abc import Iterable",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import pandas as pd",
        "from agents_like import (",
        "    CONSTANT,",
        "    Thing,",
        "    a_name_that_is_long_enough_to_break_it,",
        "    another_one,",
        "    function,",
        ")",
    ]
