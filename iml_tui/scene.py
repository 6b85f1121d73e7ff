"""What the screen shows at one moment: a value that is handed down to every widget."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.api import Place
from agents.journal.events import Progress
from agents.journal.state import Moment, Running, State, TrackState
from agents.journal.talks import Told
from agents.models import TrackName
from iml_tui.looking_back.rounds import leader, winner
from iml_tui.words.waiting import asks, proposals


@dataclass(frozen=True)
class Scene:
    """The run as of now, and how far its work has come."""

    place: Place
    state: State = field(default_factory=State)
    progress: Mapping[str, Progress] = field(default_factory=dict)
    alive: bool = True
    active: float = 0.0
    """Active seconds of the run; the journal's clock, never this machine's."""
    commits: int | None = None
    """Commits on the main line, once counted."""
    current: Path | None = None
    """The directory that the user is in: paths are shown as seen from it."""
    selected: str | None = None
    """Key of the moment that the user looks at; None follows the run."""

    unread: tuple[Told, ...] = ()
    """What was told in words and no engine has taken up."""
    refused: bool = False
    """Whether the engine did not come up."""
    edited: tuple[str, ...] = ()
    """Files that the person edited and nobody has verified yet, the run being over."""
    deleted: bool = False
    """Whether the workspace was deleted while it was open."""

    def looking_at(self, key: str | None) -> "Scene":
        """The same, with another moment looked at."""
        return replace(self, selected=key)

    @property
    def over(self) -> bool:
        """Whether the run has ended and left its card."""
        return self.state.card is not None

    @property
    def best(self) -> TrackState | None:
        """The leading track; nobody leads where nothing was valid in the end."""
        return leader(self.state)

    def running(self, track: TrackName) -> list[Running]:
        """Programs and steps of `track` that are under way."""
        return [
            work
            for work in self.state.running.values()
            if work.track == track or work.path.split("/")[0] == track
        ]

    @property
    def moment(self) -> Moment | None:
        """The moment that is looked at: the chosen one, else the winner or the newest program.

        What waits for an answer stays until it has one: a key never meets another change.
        """
        if self.selected is not None:
            return self.state.moment(self.selected)
        if asks(self.state) and (waits := proposals(self.state)):
            first = waits[0]
            if (found := self.state.moment(f"{first.track}/{first.round}")) is not None:
                return found
        newest = reversed(self.state.moments)
        if self.over and (won := winner(self.state)) is not None:
            return won
        return next((one for one in newest if one.commit or one.proposal), None)
