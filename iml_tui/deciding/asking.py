"""What a pane or a dialog says when a person has decided something.

Nothing that is drawn writes to the journal: whoever learns what the person wants posts `Decided`,
and the app inserts the row and tells what became of it.
"""

from textual.message import Message

from agents.journal.choices import Choice


class Decided(Message):
    """A person has decided something."""

    def __init__(self, choice: Choice, gate: str | None = None) -> None:
        """`gate` names what an `Answer` answers; every other choice opens a gate of its own."""
        super().__init__()
        self.choice, self.gate = choice, gate


class Said(Message):
    """Something is to be told to the person in one sentence, for a while."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class EditWanted(Message):
    """A file of a track is to be edited; in the Code pane, for instance, by `e`."""

    def __init__(
        self,
        track: str,
        name: str,
        line: int = 1,
        commit: str | None = None,
        *,
        elsewhere: bool = False,
    ) -> None:
        """Nothing is opened yet.

        Args:
            track: Whose file.
            name: Such as `model.py`.
            line: Where.
            commit: Edited as of then; without one, as it lies in the workspace.
            elsewhere: Whether it is handed to the person's own editor at once.
        """
        super().__init__()
        self.track, self.name, self.line, self.commit = track, name, line, commit
        self.elsewhere = elsewhere


class PlanWanted(Message):
    """The plan of a candidate is to be edited."""

    def __init__(self, candidate: str, line: int = 1, *, elsewhere: bool = False) -> None:
        """`candidate` is its name in the blueprint; `elsewhere` as of a file."""
        super().__init__()
        self.candidate, self.line, self.elsewhere = candidate, line, elsewhere


class PlaceWanted(Message):
    """The code of a moment is to be looked at, at a line of one of its files."""

    def __init__(self, moment: str, name: str, line: int) -> None:
        """`moment` is its key; `name` such as `model.py`."""
        super().__init__()
        self.moment, self.name, self.line = moment, name, line


class EngineWanted(Message):
    """Something waits for an engine; where the run is over, none is at work."""

    def __init__(self, edited: str = "") -> None:
        """`edited` is the track whose program a person changed."""
        super().__init__()
        self.edited = edited


class ThemeChosen(Message):
    """A theme was taken, to be remembered."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
