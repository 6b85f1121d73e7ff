"""The machine's facts at the right of the first row: model, context, tokens, sandbox, network, git.

What is as it should be leaves first where there is no room; what is not is said in `$wait` and
stays. Each fact has a longer and a shorter wording.
"""

from dataclasses import dataclass

from textual.content import Content

from agents.journal.talks import Spent
from iml_tui.drawing.draw import Part, line, link
from iml_tui.scene import Scene
from iml_tui.words.figures import rounded

MEDIUM, WIDE = 116, 180
FULL = 0.8
"""From this share of its context on, a model may soon forget the beginning of what it is told."""
CHOOSE = "app.first_start"
"""Opens the choice of a model."""
_RUNGS = {"bubblewrap": "bwrap", "landlock": "Landlock", "limits": "limits only"}


@dataclass(frozen=True)
class Fact:
    """One fact of the machine, longer and shorter; an empty wording has no place there."""

    long: str
    short: str
    role: str = "$dim"
    leaves: int = 0
    """The highest leaves first; 0 never leaves."""
    action: str = ""
    """What a click on it does."""


def machine(scene: Scene, width: int, room: int) -> Content:
    """As many facts as fit into `room` cells of a terminal `width` wide."""
    known = facts(scene)
    if width < MEDIUM:
        known = [fact for fact in known if not fact.leaves]
    shown = _fitting(known, room, long=width >= WIDE)
    parts: list[Part] = []
    for fact, words in shown:
        gap = " " if fact.short == words and parts and words.endswith(" full") else "  "
        parts += [gap] if parts else []
        told = line((words, fact.role))
        parts.append(link(told, fact.action) if fact.action else told)
    return line(*parts)


def _fitting(known: list[Fact], room: int, *, long: bool) -> list[tuple[Fact, str]]:
    """The longer wordings if all of them fit, else the shorter ones of what matters most."""
    shown = [(fact, fact.long if long else fact.short) for fact in known]
    shown = [(fact, words) for fact, words in shown if words]
    if sum(len(words) + 2 for _, words in shown) - 2 <= room or not shown:
        return shown
    if long:
        return _fitting(known, room, long=False)
    least = max((fact for fact, _ in shown), key=lambda fact: fact.leaves)
    if not least.leaves:
        return [(fact, words) for fact, words in shown if len(words) <= room][:1]
    return _fitting([fact for fact in known if fact is not least], room, long=False)


def facts(scene: Scene) -> list[Fact]:
    """Everything that is known of the machine, in its order."""
    known = [_model(scene), *_context(scene), *_tokens(scene.state.spent), *_sandbox(scene)]
    return [*known, Fact("git ✓", "", leaves=5)] if scene.commits else known


def _model(scene: Scene) -> Fact:
    talk, settings = scene.state.talk, scene.state.settings
    name = talk.model if talk is not None else settings.get("model") or settings.get("planner")
    if not isinstance(name, str) or not name:
        return Fact("no model", "no model", "$wait", action=CHOOSE)
    short = name.rpartition("/")[2]
    waits = [row.again_in for row in scene.progress.values() if row.again_in is not None]
    if waits:
        again = f"again in {max(waits):.0f} s"
        return Fact(f"{short} {again}", again, "$wait")
    return Fact(short, short, "$fg", leaves=1, action=CHOOSE)


def _context(scene: Scene) -> list[Fact]:
    talk = scene.state.talk
    if talk is None:
        return []
    used = rounded(talk.used)
    if not talk.window:
        return [Fact(f"context {used}", "", leaves=4)]
    share = talk.used / talk.window
    near = share >= FULL
    long = f"context {used} of {rounded(talk.window)}"
    return [Fact(long, f"{share:.0%} full", "$wait" if near else "$dim", 0 if near else 3)]


def _tokens(spent: Spent) -> list[Fact]:
    if not spent.calls:
        return []
    priced = spent.unpriced < spent.calls
    money = f" ${spent.cost:.2f}" if priced else ""
    return [Fact(f"{rounded(spent.tokens)} tokens{money}", "", leaves=6)]


def _sandbox(scene: Scene) -> list[Fact]:
    rung = scene.state.rung
    if rung is None:
        return []
    name, safe = _RUNGS.get(rung, rung), rung == "bubblewrap"
    role, leaves = ("$dim", 2) if safe else ("$wait", 0)
    closed = rung != "limits"
    return [
        Fact(f"sandbox {name}", name if safe else f"sandbox {name}", role, leaves),
        Fact("network off", "net off", leaves=4)
        if closed
        else Fact("network open", "net open", "$wait"),
    ]
