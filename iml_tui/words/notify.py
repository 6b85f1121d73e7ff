"""Word to a person who is looking elsewhere: what is worth it, and how a terminal is asked for it.

Nothing is said while the terminal has the focus; a terminal that does not report its focus is taken
to have it.
"""

from collections.abc import Mapping
from typing import Literal

from agents.journal.state import State
from iml_tui.words.sentence import standing
from iml_tui.words.waiting import asks, counted, proposals, questions

Way = Literal["auto", "bell", "off"]
WAYS: tuple[Way, ...] = ("auto", "bell", "off")
_OSC_9 = ("iTerm.app", "WezTerm", "ghostty", "WarpTerminal")
_ESCAPE = "\x1b"


def worth_telling(before: State, after: State, *, alive: tuple[bool, bool]) -> str:
    """What happened that the person waits for, in one sentence; mostly nothing.

    Args:
        before: The run as it was last looked at.
        after: As it is now.
        alive: Whether an engine was, and is, at work.
    """
    was, now = (standing(state, alive=at) for state, at in zip((before, after), alive, strict=True))
    if was != now and now in {"done", "failed", "engine gone"}:
        return {
            "done": f"{after.name}: {'your edit is' if was == 'checking' else 'the run is'} done.",
            "failed": f"{after.name}: the run failed.",
            "engine gone": f"{after.name}: the engine is gone; nothing is lost.",
        }[now]
    known = {gate.gate for gate in before.open_gates}
    if any(gate.gate not in known for gate in questions(after)):
        return f"{after.name}: a question waits for you."
    new = [gate for gate in proposals(after) if gate.gate not in known]
    if asks(after) and new:
        waits = "waits" if len(new) == 1 else "wait"
        return f"{after.name}: {counted(after, new)} {waits} for your answer."
    return ""


def sequence(words: str, way: Way, environment: Mapping[str, str]) -> str:
    """The control sequence that tells a terminal to say it."""
    if way == "off":
        return ""
    plain = "".join(letter for letter in words if letter.isprintable())
    terminal = environment.get("TERM_PROGRAM", "")
    term = environment.get("TERM", "")
    if way == "bell":
        return "\a"
    if terminal in _OSC_9 or "kitty" in term or "ghostty" in term or "WT_SESSION" in environment:
        return _through_tmux(f"{_ESCAPE}]9;{plain}\a", environment)
    if term.startswith(("foot", "rxvt")):
        return _through_tmux(f"{_ESCAPE}]777;notify;iml-tui;{plain}\a", environment)
    return "\a"


def _through_tmux(code: str, environment: Mapping[str, str]) -> str:
    if "TMUX" not in environment:
        return code
    return f"{_ESCAPE}Ptmux;{code.replace(_ESCAPE, _ESCAPE * 2)}{_ESCAPE}\\"
