"""The files of the workspace as a tree: what a moment's commit holds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from iml_tui.drawing.draw import Part, ends, fit, line


@dataclass(frozen=True)
class Leaf:
    """One line of the tree."""

    depth: int
    name: str
    path: str = ""
    """Of a file; empty for a folder."""


def leaves(paths: Sequence[str], first: str = "") -> tuple[Leaf, ...]:
    """Folders before files, names in their order; the folder `first` above its neighbours."""

    def place(path: str) -> list[tuple[bool, bool, str]]:
        parts = path.split("/")
        wholes = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        return [(whole == path, whole != first, whole) for whole in wholes]

    found: list[Leaf] = []
    seen: set[str] = set()
    for path in sorted(paths, key=place):
        *folders, name = path.split("/")
        for depth, folder in enumerate(folders):
            whole = "/".join(folders[: depth + 1])
            if whole not in seen:
                seen.add(whole)
                found.append(Leaf(depth, folder))
        found.append(Leaf(len(folders), name, path))
    return tuple(found)


def tree_line(
    leaf: Leaf, width: int, *, shown: bool, marked: bool, counted: Mapping[str, tuple[int, int]]
) -> Content:
    """One line: the file that is shown in bold, and what changed in it at the right."""
    indent = "  " * leaf.depth
    if not leaf.path:
        return fit(line(f" {indent}", (f"{leaf.name}/", "$dim")), width)
    name = (leaf.name, "$strong bold" if shown else "$fg")
    far: list[Part] = []
    if leaf.path in counted:
        added, removed = counted[leaf.path]
        far = [(f"+{added}", "$good"), (f" -{removed}", "$fail")]
    bar = ("▎", "$run") if marked else " "
    row = ends(line(bar, indent, name), line(*far), width, 1)
    return row.stylize_before("on $curbg") if marked else row
