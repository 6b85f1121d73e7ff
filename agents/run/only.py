"""What `--only` names: tracks and candidates beside the baseline, which is always tried.

`model` names what a language model plans, on whatever track.
"""

import difflib
from typing import Final

from agents.errors import InputError
from agents.models import Blueprint
from agents.recipes.plans import recipe_names

_TRACKS: Final = ("baseline", "traditional", "pretrained", "neural")
_MODEL: Final = "model"
_LATER: Final = "pretrained"
"""Its plans follow once encoders were tried; where none can be, the track is declined."""
_BY_ONLY: Final = "left out by --only"
_LEFT_OUT: Final = "Left out by --only."


def only_named(blueprint: Blueprint, only: str | None) -> Blueprint:
    """The blueprint with the baseline and the tracks or candidates that a person named.

    Its summary then says what is planned, and what was left out by whom.
    """
    names = _named(only)
    if not names:
        return _summed_up(blueprint)
    kept = tuple(
        plan
        for plan in blueprint.candidates
        if plan.track == "baseline" or {plan.track, plan.name} & names
    )
    left = {plan.track for plan in blueprint.candidates} - {plan.track for plan in kept}
    if _LATER not in names | blueprint.declined.keys():
        left.add(_LATER)
    declined = blueprint.declined | dict.fromkeys(sorted(left), _LEFT_OUT)
    out = [plan.name for plan in blueprint.candidates if plan not in kept]
    update = {"candidates": kept, "declined": declined, "left_out": dict.fromkeys(out, _BY_ONLY)}
    return _summed_up(blueprint.model_copy(update=update))


def _summed_up(blueprint: Blueprint) -> Blueprint:
    planned = ", ".join(plan.name for plan in blueprint.candidates) or "nothing"
    said = f"{blueprint.summary} Planned: {planned}."
    if blueprint.left_out:
        said += f" Left out by --only: {', '.join(blueprint.left_out)}."
    return blueprint.model_copy(update={"summary": said.strip()})


def left_unplanned(blueprint: Blueprint, only: str | None) -> list[str]:
    """What a person named that does not suit this data, other than declined tracks."""
    planned = {name for plan in blueprint.candidates for name in (plan.track, plan.name)}
    return sorted(_named(only) - planned - blueprint.declined.keys() - {_MODEL, _LATER})


def open_to_models(blueprint: Blueprint, only: str | None) -> set[str]:
    """The tracks on which a language model may plan something."""
    names = _named(only)
    out = {track for track, why in blueprint.declined.items() if why != _LEFT_OUT}
    tracks = set(_TRACKS[1:]) - out
    return tracks if not names or _MODEL in names else tracks & names


def is_wanted(track: str, only: str | None) -> bool:
    """Whether recipes of a track are to be tried."""
    names = _named(only)
    return not names or track in names


def check_only(only: str | None) -> None:
    """Refuses names that no track and no recipe has, before anything is begun.

    Raises:
        InputError: One sentence names the nearest.
    """
    known = [*_TRACKS, _MODEL, *recipe_names()]
    if strange := sorted(_named(only) - set(known)):
        near = difflib.get_close_matches(strange[0], known, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(
            f"No track or candidate is called {strange[0]!r}{meant}: --only takes some of "
            f"{', '.join(known)}."
        )


def _named(only: str | None) -> set[str]:
    return {part.strip() for part in (only or "").split(",") if part.strip()}
