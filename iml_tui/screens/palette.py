"""What the palette and the help list: actions, what waits, controls, tracks, files, themes.

Every entry carries an action as Textual runs it, and the node on which it is run.
"""

from collections.abc import Iterable, Sequence

from textual.dom import DOMNode

from agents.journal.events import GateOpened
from agents.journal.state import Moment, State
from iml_tui.deciding.controls import controls
from iml_tui.doing import Action, ordered
from iml_tui.keys import EVERYWHERE
from iml_tui.looking_back.sources import ORDER, commit_of
from iml_tui.scene import Scene
from iml_tui.screens.finder import Entry, Finder
from iml_tui.words.figures import score_text

MOST_MOMENTS = 40
KEYED = frozenset({"model", "pause"})
"""Controls that have a key, and are listed with it among the actions."""
FOOT = "Also tracks, models, files and settings are found here"


def palette(
    scene: Scene, actions: Sequence[Action], themes: Iterable[str], bench: DOMNode
) -> Finder:
    """Everything that can be done, looked at or changed."""
    own = [one for one in actions if not one.moves]
    near = [_of_action(one) for one in ordered(own)]
    entries = [
        *_waiting(scene.state, bench),
        *near,
        *_controls(scene.state, bench),
        *_tracks(scene, bench),
        *_files(scene, bench),
        *_moments(scene.state, bench),
        *_themes(themes, bench),
    ]
    return Finder(entries, foot=FOOT, placeholder="What do you want to do?")


def help_screen(actions: Sequence[Action], about: str) -> Finder:
    """Every key, those of the focused pane first; enter does what stands there."""
    entries = [
        Entry(
            _sentence(one.does),
            where=one.where if one.where != EVERYWHERE else "",
            key=one.all_keys,
            group=one.where,
            action=one.call,
            data=one.node,
        )
        for one in ordered(actions)
    ]
    grouped = [Entry(e.title, "", e.key, e.group, e.where, e.action, e.data) for e in entries]
    return Finder(grouped, foot=about, placeholder="Search the keys", grouped=True)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_action(action: Action) -> Entry:
    where = "" if action.where == EVERYWHERE else action.where
    return Entry(
        _sentence(action.does), where=where, key=action.key, action=action.call, data=action.node
    )


def _waiting(state: State, bench: DOMNode) -> list[Entry]:
    """What can be decided: each answer of each open gate."""
    return [entry for gate in state.open_gates for entry in _answers(gate, bench)]


def _answers(gate: GateOpened, bench: DOMNode) -> list[Entry]:
    if gate.topic == "proposal":
        name = f"{gate.track} {gate.round}"
        look = Entry(
            f"Look at {name}",
            where="to look at",
            action=f"gate({gate.gate!r})",
            words="repair proposal decision",
            data=bench,
        )
        answers = [
            Entry(
                f"{_sentence(option)} {name}",
                where="to look at",
                action=f"answer({gate.gate!r}, {option!r})",
                words="repair proposal decision",
                data=bench,
            )
            for option in gate.options
        ]
        return [look, *answers]
    return [
        Entry(
            f"Answer: {gate.question}",
            where="asked",
            action=f"gate({gate.gate!r})",
            words=f"question {gate.about} {' '.join(gate.options)}",
            data=bench,
        )
    ]


def _controls(state: State, bench: DOMNode) -> list[Entry]:
    return [
        Entry(
            one.title,
            where=one.now,
            words=f"run settings {one.search}",
            action=f"control({one.id!r})",
            data=bench,
        )
        for one in controls(state)
        if one.id not in KEYED
    ]


def _tracks(scene: Scene, bench: DOMNode) -> list[Entry]:
    return [
        Entry(
            f"Look at {name}",
            where=f"track, {score_text(track.score)}" if track.score else "track",
            action=f"open({name!r})",
            data=bench,
        )
        for name, track in scene.state.tracks.items()
        if any(moment.track == name and commit_of(moment) for moment in scene.state.moments)
    ]


def _files(scene: Scene, bench: DOMNode) -> list[Entry]:
    return [
        Entry(
            f"{name}/{file}",
            where="file",
            action=f"open_file({name!r}, {file!r})",
            data=bench,
        )
        for name, track in scene.state.tracks.items()
        if track.commit is not None
        for file in ORDER
    ]


def _moments(state: State, bench: DOMNode) -> list[Entry]:
    latest: list[Moment] = [moment for moment in state.moments if commit_of(moment)]
    return [
        Entry(
            f"{moment.track} {moment.round}: {moment.what}",
            where="moment",
            action=f"open({moment.key!r})",
            data=bench,
        )
        for moment in reversed(latest[-MOST_MOMENTS:])
    ]


def _themes(themes: Iterable[str], bench: DOMNode) -> list[Entry]:
    return [
        Entry(f"Theme {name}", where="colours", action=f"theme({name!r})", data=bench)
        for name in sorted(themes)
    ]
