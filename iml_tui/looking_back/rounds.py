"""The past of a run in words: rounds and what a person did, as one list, newest first.

Pure functions of the state. Tracks, History, the comparison and the end card use these words, so
that a round is called the same everywhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, overload

from typing_extensions import override

from agents.journal.choices import POLICY
from agents.journal.chronicle import Deed
from agents.journal.state import Gate, Moment, State, TrackState
from agents.models import Score, TrackName

SINGLE = frozenset({"baseline", "ensemble"})
"""Tracks whose only round needs no number."""
YOU = "you"
UNDONE, MENDED = "undone", "mended"
_PERSONS = re.compile(r"your edit|changes? [\d, and]+ of round \d")
Word = tuple[str, str]
"""A word and the role of its colour."""
_DEEDS = {"edit": "yours", "asked": "yours", "back": "went back", "decided": "yours"}


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    key: str
    mark: str
    """A meaning of `theme.MARKS`."""
    name: str
    change: str
    at: float
    """Active seconds when it ended, or began."""
    track: TrackName | None = None
    commit: str | None = None
    """Where its code stands."""
    own: bool = False
    fault: str = ""
    verdict: Word = ("", "$dim")
    score: Score | None = None
    best: bool = False
    settled: bool = True
    """Whether its score stands on all folds that it is to have."""
    decision: Word = ("", "$dim")
    who: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """What a search reads."""
        words = (self.name, self.change, self.fault, self.verdict[0], self.decision[0])
        return "  ".join((*words, self.who, self.reason))


def moment_name(moment: Moment) -> str:
    """`traditional 2`; a track with one round needs no number."""
    alone = moment.track in SINGLE and moment.round == 1
    return moment.track if alone else f"{moment.track} {moment.round}"


def change_text(moment: Moment) -> str:
    """What a round was about, without the name that stands beside it."""
    return moment.what.removeprefix(f"{moment.candidate}: ")


def leader(state: State) -> TrackState | None:
    """The leading track; nobody leads where nothing was valid in the end."""
    return None if state.card is not None and state.card.outcome == "none" else state.best


def winner(state: State) -> Moment | None:
    """The round whose answers are handed in, or would be now; also one that time cut short."""
    best = leader(state)
    if best is None:
        return None
    for moment in reversed(state.moments):
        if moment.track != best.name or not (moment.commit or moment.proposal):
            continue
        if best.commit is None and moment.score == best.score:
            return moment
        if best.commit is not None and moment.commit == best.commit:
            return moment
    return _gone_back_to(state, best)


def _gone_back_to(state: State, track: TrackState) -> Moment | None:
    """The round whose program a track has, though another commit put it there."""
    if track.program is None:
        return None
    found = (one for one in reversed(state.moments) if one.program == track.program)
    return next((one for one in found if one.track == track.name), None)


def proposal_gates(state: State) -> dict[str, Gate]:
    """The gate of each round that has one, by the round's key."""
    return {
        f"{gate.opened.track}/{gate.opened.round}": gate
        for gate in state.gates.values()
        if gate.opened.topic == "proposal" and gate.opened.track is not None
    }


def gate_of(state: State, moment: Moment) -> Gate | None:
    """The gate of a round's proposal, once it was opened."""
    return proposal_gates(state).get(moment.key)


def waits(moment: Moment, gate: Gate | None, state: State) -> Word | None:
    """What a round wants of the person: to be looked at, or, in mode `ask`, their answer."""
    if gate is None or gate.decided is not None or gate.closed:
        return None
    asked = state.settings.get("mode") == "ask" and moment.mark == "running"
    return ("waits for you", "$wait") if asked else ("to look at", "$wait")


class Line(NamedTuple):
    """Where a line of the history comes from; its words are made when they are read."""

    key: str
    track: TrackName | None
    source: Moment | Deed | None = None


class Past(Sequence[Entry]):
    """All lines of the history of one state, newest first; each is made when it is looked at."""

    def __init__(self, state: State) -> None:
        """Reads the state; a thousand rounds take a millisecond or two."""
        self._state = state
        self._gates = proposal_gates(state)
        self._behind = left_behind(state)
        self._winner = winner(state)
        self._folds = state.blueprint.split.folds if state.blueprint is not None else 1
        self._last_kept: dict[TrackName, Moment] = {}
        self._kept_before: dict[str, Moment | None] = {}
        self._older: dict[str, Moment] = {}
        """The round before with the same candidate, by key."""
        self._newer: dict[str, Moment] = {}
        last: dict[tuple[TrackName, str], Moment] = {}
        for moment in state.moments:
            alike = (moment.track, moment.candidate)
            if alike in last:
                self._older[moment.key] = last[alike]
                self._newer[last[alike].key] = moment
            last[alike] = moment
            if moment.commit is not None:
                self._kept_before[moment.key] = self._last_kept.get(moment.track)
                self._last_kept[moment.track] = moment
        self.lines = tuple(self._merged())
        self._places = {one.key: place for place, one in enumerate(self.lines)}
        self._made: dict[int, Entry] = {}

    def _merged(self) -> Iterator[Line]:
        """Rounds and deeds by time, newest first; the start is the last line."""
        state = self._state
        begun = [(moment.started, 0, place) for place, moment in enumerate(state.moments)]
        done = [(deed.at, 1, place) for place, deed in enumerate(state.chronicle.deeds)]
        for _, kind, place in sorted((*begun, *done), reverse=True):
            source = state.chronicle.deeds[place] if kind else state.moments[place]
            yield Line(source.key, source.track, source)
        if state.blueprint is not None:
            yield Line("plan", None)
        if state.run:
            yield Line("start", None)

    @override
    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    @override
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        places = range(len(self.lines))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        if places not in self._made:
            self._made[places] = self._entry(self.lines[places])
        return self._made[places]

    def place(self, key: str) -> int | None:
        """Where the line with this key stands."""
        return self._places.get(key)

    def entry(self, key: str | None) -> Entry | None:
        """The line with this key."""
        place = self._places.get(key) if key is not None else None
        return self[place] if place is not None else None

    @cached_property
    def name_width(self) -> int:
        """Cells of the longest name."""
        names = (moment_name(moment) for moment in self._state.moments)
        others = (one.track or YOU for one in self._state.chronicle.deeds)
        return max(map(len, (*names, *others)), default=0)

    @cached_property
    def has_faults(self) -> bool:
        """Whether any round had one."""
        return any(moment.fault is not None for moment in self._state.moments)

    def _entry(self, told: Line) -> Entry:
        state = self._state
        match told.source:
            case Moment() as moment:
                return self._round(moment)
            case Deed() as deed:
                return _of_deed(deed, state)
            case None:
                pass
        if told.key == "plan" and state.blueprint is not None:
            planned = next((one.started for one in state.phases if one.phase == "plan"), 0.0)
            text = f"blueprint {state.blueprint.version}"
            return Entry("plan", "done", "plan", text, planned)
        return Entry("start", "done", "start", "data, folds", 0.0)

    def _round(self, moment: Moment) -> Entry:
        gate = self._gates.get(moment.key)
        own = _PERSONS.match(moment.what) is not None
        return Entry(
            key=moment.key,
            mark=self._mark(moment, gate, own=own),
            name=moment_name(moment),
            change=change_text(moment),
            at=moment.ended if moment.ended is not None else moment.started,
            track=moment.track,
            commit=moment.commit or moment.proposal,
            own=own,
            fault=moment.fault.kind if moment.fault else "",
            verdict=self._verdict(moment),
            score=moment.score,
            best=moment is self._winner and (moment.commit is not None or self._over),
            settled=moment.mark != "running" and self._on_all_folds(moment),
            decision=self._decision(moment, gate),
            who=self._author(moment),
            reason=moment.reason,
        )

    @property
    def _over(self) -> bool:
        return self._state.card is not None

    def _handed_in(self, moment: Moment) -> bool:
        """Whether the run ended with its answers, though it was not kept for want of time."""
        return self._over and moment is self._winner and moment.mark == "rejected"

    def _on_all_folds(self, moment: Moment) -> bool:
        return moment.score is None or len(moment.score.folds) >= self._folds

    def _mark(self, moment: Moment, gate: Gate | None, *, own: bool) -> str:
        if self._handed_in(moment):
            return "done"
        if waits(moment, gate, self._state) is not None:
            return "look"
        if own and moment.mark in {"kept", "running"}:
            return "own"
        marks = {"running": "running", "kept": "done", "failed": "failed", "yours": "own"}
        return "undone" if moment.key in self._behind else marks.get(moment.mark, "undone")

    def _author(self, moment: Moment) -> str:
        if _PERSONS.match(moment.what):
            return YOU
        if moment.track == "ensemble":
            return "engine"
        authors = self._state.chronicle.authors
        before = self._before(moment)
        for key in (before.key if before else "", f"{moment.track}/{moment.candidate}"):
            if key in authors:
                return authors[key].rpartition("/")[2]
        return "recipe"

    def _before(self, moment: Moment) -> Moment | None:
        """The faulty round that this one repairs."""
        earlier = self._older.get(moment.key)
        return earlier if earlier is not None and earlier.fault is not None else None

    def _verdict(self, moment: Moment) -> Word:
        if moment.mark == "running":
            return ("", "$dim")
        if moment.fault is not None:
            return ("failed", "$fail")
        if moment.score is None:
            return ("", "$dim")
        if self._before(moment) is not None:
            return (MENDED, "$fg")
        base = self._base(moment)
        paired = self._state.chronicle.between(moment.program, base.program if base else None)
        if paired is None:
            return ("valid", "$fg")
        if abs(paired.difference) <= paired.error:
            return ("same", "$fg")
        return ("better" if paired.difference > 0 else "worse", "$fg")

    def _base(self, moment: Moment) -> Moment | None:
        """What a round was to be better than: the one kept before it, else its track's program."""
        if moment.key in self._kept_before:
            return self._kept_before[moment.key]
        return self._last_kept.get(moment.track)

    def _decision(self, moment: Moment, gate: Gate | None) -> Word:
        word = waits(moment, gate, self._state)
        if word is not None:
            return word
        if moment.key in self._behind:
            return ("left behind", "$dim")
        if self._handed_in(moment):
            return ("handed in", "$dim")
        by_you = gate is not None and gate.decided is not None and gate.decided.by != POLICY
        match moment.mark:
            case "kept":
                return ("kept by you", "$fg") if by_you else ("kept", "$dim")
            case "failed":
                return (self._after_failing(moment), "$dim")
            case "rejected":
                undone = moment.reason.startswith(UNDONE)
                return (UNDONE, "$own") if undone else ("not kept", "$dim")
            case "running":
                return ("running", "$run")
            case "yours":
                return ("yours", "$own")
            case _:
                return ("went back", "$dim")

    def _after_failing(self, moment: Moment) -> str:
        newer = self._newer.get(moment.key)
        while newer is not None and newer.fault is not None:
            newer = self._newer.get(newer.key)
        if newer is None:
            return "not kept"
        return "in repair" if newer.mark == "running" else MENDED


def _of_deed(deed: Deed, state: State) -> Entry:
    name = deed.track or YOU
    change = deed.text
    if deed.kind == "back":
        target = next((one for one in state.moments if one.commit == deed.text), None)
        where = moment_name(target) if target is not None else deed.text[:7]
        change = f"back to {where}"
    refused = ("refused", "$fail") if deed.refused else None
    return Entry(
        key=deed.key,
        mark="failed" if deed.refused else "own",
        name=name,
        change=change,
        at=deed.at,
        track=deed.track,
        commit=deed.commit,
        own=True,
        decision=refused or (_DEEDS[deed.kind], "$own"),
        who=YOU,
    )


def left_behind(state: State) -> frozenset[str]:
    """Rounds that a person went back behind; they take no part unless they are kept anew."""
    found: set[str] = set()
    for deed in state.chronicle.deeds:
        if deed.kind == "back":
            found |= {moment.key for moment in behind(state, deed.track, deed.text, deed.at)}
    return frozenset(found)


def behind(
    state: State, track: TrackName | None, commit: str, at: float | None = None
) -> list[Moment]:
    """Rounds of a track after the one that a commit belongs to, as of a time."""
    target = next((one for one in state.moments if commit in {one.commit, one.proposal}), None)
    if target is None or track is None:
        return []
    return [
        moment
        for moment in state.moments
        if moment.track == track
        and moment.round > target.round
        and (at is None or moment.started <= at)
        and not (at is not None and moment.ended is not None and moment.ended > at)
    ]


_SHORT_FAULTS = {
    "missing dependency": "package",
    "incompatible API": "API",
    "preprocessing logic": "logic",
    "shape or dtype mismatch": "shape",
    "contract fulfilment": "contract",
    "contract usage": "contract",
    "submission format": "format",
    "leakage": "leak",
}


def fault_word(kind: str) -> str:
    """The class of a fault in a word, for columns."""
    return _SHORT_FAULTS.get(kind, kind)


def not_gone_back_to(state: State, entry: Entry) -> str:
    """Why a track cannot go back to a line of the history; empty where it can."""
    moment = state.moment(entry.key)
    if moment is None:
        return "Going back is to a round of a track: mark one, then press z."
    if moment.commit is None:
        return f"{entry.name} was never kept, so there is nothing to go back to."
    return ""


def present(state: State, track: TrackName, commit: str) -> Moment | None:
    """The round kept by `commit`, where its program is the one that the track has now."""
    kept = state.tracks.get(track)
    now = kept.program if kept is not None else None
    return next((one for one in state.moments if one.commit == commit and one.program == now), None)
