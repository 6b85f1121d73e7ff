"""What a person told the agents and nobody has read yet: whom it waits for, in words.

A row in the journal that no fact has answered is all there is to go by, so that every screen on a
run says the same of it, also of what was told on another one.
"""

from agents.journal.talks import Told
from iml_tui.scene import Scene
from iml_tui.words.figures import count

READING = "instructions/"
"""Below this path a model is asked what was meant."""


def waits_for(scene: Scene) -> str:
    """Whom something that nobody has read yet waits for, such as `the plan of the tracks`."""
    if not scene.alive:
        return "an engine"
    if not any(one.phase == "build" for one in scene.state.phases):
        return "the plan of the tracks"
    return _reader(scene)


def why_unread(scene: Scene) -> str:
    """The same as a sentence."""
    if not scene.alive:
        return "Received; it waits for an engine, and is read first when one starts."
    if not any(one.phase == "build" for one in scene.state.phases):
        return "Received; it is read as soon as the tracks are planned."
    if (reader := _reader(scene)) == "the engine":
        return "Received; the engine reads it now."
    return f"Received; {reader} reads it now, and what it made of it is told here."


def pending(scene: Scene) -> str:
    """`told, waits for an engine`; empty where everything was read."""
    if not scene.unread:
        return ""
    told = "told" if len(scene.unread) == 1 else f"{count(len(scene.unread), 'thing')} told"
    return f"{told}, waits for {waits_for(scene)}"


def told_so_far(scene: Scene) -> list[Told]:
    """Everything that was told, oldest first, what nobody has read yet at the end."""
    return [*scene.state.told, *scene.unread]


def _reader(scene: Scene) -> str:
    asked = any(path.startswith(READING) for path in scene.state.running)
    model = scene.state.settings.get("planner") or scene.state.settings.get("model")
    return str(model) if asked and model else "the engine"
