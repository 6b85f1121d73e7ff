"""What a program needs beside Python: exactly the packages that it imports, at their versions.

The versions are those of the environment that exports, which is the one that programs of a run use.
"""

import ast
import platform
import sys
from collections.abc import Mapping
from importlib import metadata


def imported_modules(source: str) -> list[str]:
    """Top-level names of everything a program imports that is not Python's own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return sorted(found - set(sys.stdlib_module_names))


def pinned(source: str, added: Mapping[str, str]) -> list[str]:
    """`numpy==2.4.6` for each package that a program imports; a comment where one is unknown.

    Args:
        source: The program.
        added: What was installed for the run alone: the pin of each module.
    """
    owners = metadata.packages_distributions()
    lines = []
    for module in imported_modules(source):
        names = owners.get(module)
        if not names and module in added:
            lines.append(added[module])
            continue
        if not names:
            lines.append(f"# {module}: not installed where this was exported")
            continue
        version = metadata.version(names[0]).partition("+")[0]  # local builds are on no index
        lines.append(f"{names[0].lower()}=={version}")
    return sorted(dict.fromkeys(lines))


def requirements_text(source: str, added: Mapping[str, str]) -> str:
    """A `requirements.txt`."""
    said = (
        f"# Python {platform.python_version()}; what solution.py imports, at the versions that ran."
    )
    return "\n".join([said, *pinned(source, added)]) + "\n"
