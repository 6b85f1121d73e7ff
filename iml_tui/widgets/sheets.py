"""What the Code pane shows of a moment: one of its files, or its changes. Pure."""

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content

from iml_tui.drawing.draw import Part, fit, line
from iml_tui.drawing.highlight import Pieces
from iml_tui.looking_back.review import Review, standing_of
from iml_tui.looking_back.review import Standing as ChangeStanding
from iml_tui.looking_back.sources import Sources
from iml_tui.widgets.letter import Standing
from iml_tui.widgets.pages import (
    Colours,
    Look,
    Page,
    Side,
    Told,
    file_page,
    split_page,
    unified_page,
)

Apart = Callable[[str, str], Sequence[Pieces]]
"""Takes a text apart into words, by its file's name."""
SETTLED = frozenset({"keep", "undo", "keep given", "undo given", "kept", "undone"})


def path_of(sources: Sources, name: str) -> str:
    """The file that is meant by a name or a path; the track's first where there is none such."""
    if name in sources.files:
        return name
    own = sources.own or tuple(sources.files)
    named = [path for path in own if path.rsplit("/", 1)[-1] == name]
    return next(iter([*named, *own]), "")


def counted(sources: Sources) -> dict[str, tuple[int, int]]:
    """Lines that came and went, by path in the workspace."""
    folder = f"tracks/{sources.wanted.track}/"
    return {folder + name: count for name, count in sources.changes.counted.items()}


def file_sheet(
    sources: Sources, path: str, look: Look, apart: Apart, *, place: int | None, earlier: bool
) -> Page:
    """One file under the names of its neighbours.

    Args:
        sources: Of the moment.
        path: Of the file.
        look: How it is looked at.
        apart: Takes its text apart.
        place: A line that is marked.
        earlier: Whether it is shown as it was before the moment.
    """
    name = path.rsplit("/", 1)[-1]
    text = sources.before.get(name, "") if earlier else sources.text(path)
    page = file_page(apart(text, name), look, place)
    return page.below([_tabs(sources, path, look.width, earlier=earlier)])


def _tabs(sources: Sources, path: str, width: int, *, earlier: bool) -> Content:
    parts: list[Part] = [" "]
    own = sources.own if path in sources.own else (*sources.own, path)
    counts = {} if sources.changes.whole else counted(sources)
    for one in own:
        name = one.rsplit("/", 1)[-1] if one in sources.own else one
        parts += ["   "] if len(parts) > 1 else []
        parts.append((name, "$strong bold" if one == path else "$dim"))
        if one in counts and not (one == path and earlier):
            added, removed = counts[one]
            parts += [(f" +{added}", "$good"), (f" -{removed}", "$fail")]
    return fit(line(*parts), width)


def changes_sheet(
    sources: Sources,
    review: Review,
    standing: Standing,
    look: Look,
    apart: Apart,
    current: int,
) -> Page:
    """All changes of a moment, one below the other.

    Args:
        sources: Of the moment.
        review: The moment as it is judged.
        standing: How the answer to it stands.
        look: How it is looked at.
        apart: Takes its texts apart.
        current: Number of the marked change.
    """
    changes = sources.changes.all
    standings = {
        one.number: standing_of(review, one.number, standing.draft or {}, standing.given)
        for one in changes
    }
    rows = sum(len(one.lines) + 2 for one in changes)
    folded = _folded(standings, current) if review.is_open and rows > look.height else frozenset()
    told = Told(standings, current, folded)
    make = split_page if look.split else unified_page
    return make(changes, _colours(sources, apart), look, told)


def _folded(standings: Mapping[int, ChangeStanding], current: int) -> frozenset[int]:
    """Changes that are answered: their head is enough where not everything can be seen."""
    return frozenset(
        number
        for number, standing in standings.items()
        if standing in SETTLED and number != current
    )


def _colours(sources: Sources, apart: Apart) -> Colours:
    colours: dict[tuple[Side, str], Sequence[Pieces]] = {}
    folder = f"tracks/{sources.wanted.track}/"
    for name in {change.path for change in sources.changes.all}:
        colours["old", name] = apart(sources.before.get(name, ""), name)
        colours["new", name] = apart(sources.text(folder + name), name)
    return colours
