"""Steering a run: pause, go on, take the best now, stop a track, change a setting.

All of it takes effect at once, at the next step boundary: no program that runs is ended but those
of a track that is stopped.
"""

from agents.errors import InputError
from agents.journal.choices import (
    CHANGEABLE,
    Change,
    Choice,
    Finish,
    LeaveOut,
    Pause,
    Resume,
    StopTrack,
)
from agents.journal.events import SettingsChanged
from agents.recipes.families import FAMILIES
from agents.run.by_models.panel import remember
from agents.run.decisions.taking import Outcome
from agents.run.world import World
from agents.settings import Settings, changed_settings

ALWAYS_THERE = "baseline"
MODELS = frozenset({"model", "planner", "coder", "debugger", "max_tokens", "max_cost"})
"""Settings that are the panel's."""
OVER = Outcome("The run is over, so nothing is left to steer: start another with --new.", True)


def steer(world: World, choice: Choice) -> Outcome | None:
    """Carries out a choice that steers the run; None where the choice is of another kind."""
    match choice:
        case Pause() | Resume() | Finish() | StopTrack() | LeaveOut() | Change() if _over(world):
            return OVER
        case Pause():
            return _pause(world)
        case Resume():
            return _resume(world)
        case Finish():
            return _finish(world)
        case StopTrack(track=track):
            return _stop_track(world, track)
        case LeaveOut(families=families):
            return _leave_out(world, families)
        case Change(settings=settings):
            try:
                return change(world, Change(settings=settings))
            except InputError as error:
                return Outcome(str(error), refused=True)
        case _:
            return None


def _over(world: World) -> bool:
    return world.facts.state.card is not None


def _pause(world: World) -> Outcome:
    if world.facts.state.paused:
        return Outcome("The run is paused already.", refused=True)
    world.pace.pause()
    running = [one.label for one in world.facts.state.running.values() if one.cores]
    if not running:
        return Outcome("Paused: nothing begins and the clock stands still until you go on.")
    goes_on = "goes on to its end" if len(running) == 1 else "go on to their end"
    return Outcome(
        f"Paused: {' and '.join(running)} {goes_on}, since the time that programs measure "
        "cannot be stopped; then nothing begins and the clock stands still until you go on."
    )


def _resume(world: World) -> Outcome:
    if not world.facts.state.paused:
        return Outcome("The run is not paused.", refused=True)
    world.pace.resume()
    return Outcome("The run goes on.")


def _finish(world: World) -> Outcome:
    if world.facts.state.finishing:
        return Outcome("The best is being taken already.", refused=True)
    return Outcome("Nothing new is built: the best of what has been scored is taken.")


def _stop_track(world: World, track: str) -> Outcome:
    tracks = world.facts.state.tracks
    tried = (name for name, track in tracks.items() if track.mark != "declined")
    named = [name for name in tried if name not in {ALWAYS_THERE, "ensemble"}]
    if track == ALWAYS_THERE:
        return Outcome(
            "The baseline cannot be stopped: it makes sure that there is a submission.", True
        )
    if track not in named:
        return Outcome(f"There is no track {track!r} to stop: say one of {', '.join(named)}.", True)
    if track in world.facts.state.stopped_tracks:
        return Outcome(f"{track} is stopped already.", refused=True)
    return Outcome(f"Nothing more is begun on {track}; what it has achieved stays.")


def _leave_out(world: World, families: tuple[str, ...]) -> Outcome:
    strange = [one for one in families if one not in FAMILIES]
    if strange or not families:
        known = ", ".join(FAMILIES)
        return Outcome(f"There is no kind of model {strange or 'named'} here: say {known}.", True)
    if world.facts.state.left_out.issuperset(families):
        return Outcome(f"{', '.join(families)}: left out already.", refused=True)
    return Outcome(
        f"From now on nothing of {', '.join(families)} is begun, and what it has scored stays out "
        "of the answer."
    )


# --- settings -------------------------------------------------------------------------------------


def change(world: World, wanted: Change) -> Outcome:
    """Changes settings of the run, from the next step on; what is recorded stays.

    Raises:
        InputError: A setting cannot be changed now, or not to this value.
    """
    for name in wanted.settings:
        if name not in CHANGEABLE:
            raise InputError(
                f"{name} holds until the run ends: change one of {', '.join(CHANGEABLE)}, or start "
                "another run with --new."
            )
    settings = changed_settings(world.settings, wanted.settings)
    before = world.settings.model_dump(mode="json")
    after = settings.model_dump(mode="json")
    changed = tuple(name for name in after if after[name] != before[name])
    if not changed:
        return Outcome("That is so already.", refused=True)
    _check_limit(world, settings)
    _switch_models(world, settings, changed)
    world.settings = settings
    world.facts.append(SettingsChanged(settings=after, changed=changed))
    if "mode" in changed and settings.mode == "auto":
        world.gates.close_all()
    world.gates.wake()
    world.pace.reckon()
    return Outcome(f"From now on: {', '.join(_said(name, after[name]) for name in changed)}.")


def _check_limit(world: World, settings: Settings) -> None:
    if settings.time_limit == world.settings.time_limit:
        return
    if world.repeatable:
        raise InputError("This run is repeatable and has no clock: iml-tui finish ends it early.")
    if settings.time_limit <= world.active:
        raise InputError(
            f"{world.active:.0f} s are used already: say a longer limit, or iml-tui finish to take "
            "the best now."
        )


def _switch_models(world: World, settings: Settings, changed: tuple[str, ...]) -> None:
    """Opens other models first: where one cannot be, everything stays as it was."""
    if not MODELS.intersection(changed):
        return
    if world.panel is None and not world.models_may_join:
        raise InputError(
            "Nothing is built any more in this run: start another with --new --model NAME; what "
            "was trained is not trained again."
        )
    panel = world.reopen(settings)
    if panel is None and world.panel is None:
        return  # limits of models that nobody has named
    if panel is None:
        raise InputError("No model would be left: iml-tui tell says what to leave out instead.")
    if world.panel is None:
        world.join(panel)
    else:
        world.panel.become(panel)
        remember(world.panel, world.facts.of_run())


def _said(name: str, value: object) -> str:
    words = name.replace("_", " ")
    if name == "time_limit":
        return f"{words} {value:.0f} s" if isinstance(value, float) else f"{words} {value} s"
    return f"no {words}" if value is None else f"{words} {value}"
