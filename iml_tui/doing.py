"""What can be done, read from the bindings themselves: palette, help, jump and the keys file agree.

Nothing here is a list of keys: whoever binds a key with an id and a description is in all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen

from iml_tui.keys import EVERY_PANE, EVERYWHERE, Known, known_of, shown
from iml_tui.widgets.pane import Hint, Pane

MOVING = frozenset({"move", "page", "edge", "open", "match"})
"""Actions that nobody looks for by name."""


@dataclass(frozen=True)
class Action:
    """Something that can be done, and by which keys."""

    does: str
    where: str
    keys: tuple[str, ...]
    call: str
    """As Textual runs it."""
    node: DOMNode

    @property
    def key(self) -> str:
        """Its first key as it is printed."""
        return shown(self.keys[0])

    @property
    def all_keys(self) -> str:
        """Its keys as they are printed; those that mean the same key once."""
        return "  ".join(dict.fromkeys(shown(key) for key in self.keys[:3]))

    @property
    def possible(self) -> bool:
        """Whether it can be done as things stand."""
        return self.node.app._check_action_state(self.call, self.node) is not False

    @property
    def moves(self) -> bool:
        """Whether it only moves the mark."""
        return self.call.partition("(")[0] in MOVING


def bound(node: DOMNode) -> BindingsMap:
    """The bindings of a node, with the person's own keys."""
    own = node._bindings.copy()  # textual has no public way to ask for those of one node
    own.apply_keymap(node.app._keymap)
    return own


def actions_of(node: DOMNode, where: str) -> list[Action]:
    """What one node can do; what every pane can do says so."""
    found: dict[tuple[str, str], tuple[Binding, list[str]]] = {}
    for key, binding in bound(node):
        if binding.description and binding.id:  # textual's own have none
            found.setdefault((binding.id, binding.action), (binding, []))[1].append(key)
    places = _places(type(node))
    listed = sorted(found.values(), key=lambda one: places.get(one[0].id, len(places)))
    return [
        Action(
            binding.description,
            EVERY_PANE if (binding.id or "").startswith("pane.") else where,
            tuple(keys),
            binding.action,
            node,
        )
        for binding, keys in listed
    ]


def _places(kind: type[DOMNode]) -> dict[str | None, int]:
    """Ids of bindings in the order in which they were written, those of the class itself first.

    Textual gives a key that is bound anew the place of the old one.
    """
    ids = [
        binding.id
        for each in kind.__mro__
        for binding in vars(each).get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]
    return {name: place for place, name in enumerate(dict.fromkeys(ids))}


def focused_first(screen: Screen[None], panes: Iterable[Pane]) -> list[Action]:
    """Everything that can be done: by what has the focus, everywhere, then in the other panes."""
    focused = screen.focused
    chain: list[DOMNode] = list(focused.ancestors_with_self) if focused else [screen, screen.app]
    mine = [action for node in chain for action in actions_of(node, _where(node))]
    others = [
        action
        for pane in panes
        if pane not in chain
        for action in actions_of(pane, pane.TITLE)
        if action.where != EVERY_PANE
    ]
    own = [one for one in mine if one.where not in {EVERY_PANE, EVERYWHERE}]
    shared = [one for one in mine if one.where == EVERY_PANE]
    rest = [one for one in mine if one.where == EVERYWHERE]
    return [*own, *shared, *rest, *others]


def _where(node: DOMNode) -> str:
    pane = next((one for one in node.ancestors_with_self if isinstance(one, Pane)), None)
    return pane.TITLE if pane is not None else EVERYWHERE


def known(screen: Screen[None], panes: Iterable[Pane]) -> list[Known]:
    """Every id that can be bound anew, with its usual keys; what every pane can do comes first."""
    found: dict[str, Known] = {}
    nodes = [(EVERYWHERE, screen.app), (EVERYWHERE, screen), *((one.TITLE, one) for one in panes)]
    for where, node in nodes:
        for one in known_of(where, node._bindings):
            place = EVERY_PANE if one.id.startswith("pane.") else where
            found.setdefault(one.id, Known(one.id, place, one.does, one.keys))
    return sorted(found.values(), key=lambda one: one.where not in {EVERYWHERE, EVERY_PANE})


def with_own_keys(pane: Pane) -> tuple[Hint, ...]:
    """The hints of a pane, with the keys that the person has bound instead."""
    keymap = pane.app._keymap
    if not keymap:
        return pane.hints()
    instead = {
        shown(key): shown(keymap[binding.id].split(",")[0])
        for key, binding in pane._bindings
        if binding.id is not None and binding.id in keymap
    }
    return tuple((_instead(key, instead), does) for key, does in pane.hints())


def _instead(printed: str, instead: dict[str, str]) -> str:
    return " ".join(instead.get(key, key) for key in printed.split(" "))


def ordered(actions: Sequence[Action]) -> list[Action]:
    """Each thing that can be done once: where two nodes do the same, the nearer one."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for one in actions:
        if (one.where, one.does) not in seen:
            seen.add((one.where, one.does))
            kept.append(one)
    return kept
