"""The one sentence: what is happening, why, and until when.

Present participle, tracks as subjects, a full stop; no score and no key. Every wording is written
by hand in a longer and a shorter form, so that it fits without being cut.
"""

from agents.journal.state import Moment, State, TrackState
from iml_tui.scene import Scene
from iml_tui.words.figures import duration, listed
from iml_tui.words.waiting import asks, packages, proposals, questions

_WRITING, _CHECKING, _TRAINING, _BLENDING = "Writing", "Checking", "Training", "Blending"
_WAITING = "Waiting for your answer on"


def time_limit(state: State) -> float:
    """Active seconds that the run may take; 0 while unknown, and where no clock ends it."""
    if state.settings.get("deterministic"):
        return 0.0
    limit = state.settings.get("time_limit")
    return float(limit) if isinstance(limit, int | float) else 0.0


def standing(state: State, *, alive: bool) -> str:
    """The state of the run in one word or two."""
    if state.card is not None and alive and (state.running or current_moments(state)):
        return "checking"
    if state.card is not None:
        return "failed" if state.card.outcome == "none" else "done"
    if state.mark in {"stopped", "failed"}:
        return state.mark
    if state.mark == "running" and not alive:
        return "engine gone"
    return "running" if state.mark == "running" else "starting"


def current_moments(state: State) -> list[Moment]:
    """Rounds that are being worked on."""
    return [moment for moment in state.moments if moment.mark == "running"]


def working_tracks(state: State) -> list[TrackState]:
    """Tracks at work, in the order in which they were planned."""
    begun = {moment.track for moment in state.moments if moment.ended is None}
    return [
        track
        for track in state.tracks.values()
        if track.mark == "running" and (track.name in begun or not state.moments)
    ]


def sentence(
    state: State, width: int = 200, *, alive: bool = True, active: float | None = None
) -> str:
    """What is happening, why, and until when, in one sentence that fits into `width` cells.

    Args:
        state: The run.
        width: Cells there are; the shorter wording is taken where the longer one does not fit.
        alive: Whether an engine is at work.
        active: Active seconds of the run, where known better than from its last fact.
    """
    now = state.active if active is None else active
    for wording in _wordings(state, alive=alive, now=now):
        if len(wording) <= width:
            return wording
    return wording


def looking_back(scene: Scene, width: int) -> str:
    """What is said while the person looks at a moment that is no longer the newest; else nothing.

    Args:
        scene: The run, and what is looked at.
        width: Cells there are.
    """
    moment = scene.state.moment(scene.selected) if scene.selected is not None else None
    newest = scene.looking_at(None).moment
    if moment is None or moment == newest:
        return ""
    then = moment.ended or moment.started
    name = f"{moment.track} {moment.round}"
    when = f"at {duration(then)}" if scene.over else f"{duration(scene.active - then)} ago"
    for wording in _looked_at(scene, moment, f"Looking at {name}, {when}"):
        if len(wording) <= width:
            return wording
    return f"Looking at {name}."


def _looked_at(scene: Scene, moment: Moment, begins: str) -> tuple[str, ...]:
    """The same said longer and shorter."""
    state = scene.state
    place = (moment.track, moment.round)
    if asks(state) and any((one.track, one.round) == place for one in proposals(state)):
        return f"{begins}, which waits for your answer.", f"{begins}."
    shorter = f"{begins}. Looking changes nothing.", f"{begins}."
    if standing(state, alive=scene.alive) != "running" or state.paused:
        return shorter
    return f"{begins}. Looking changes nothing; the run goes on.", *shorter


def _wordings(state: State, *, alive: bool, now: float) -> tuple[str, ...]:
    """The same said longer and shorter."""
    match standing(state, alive=alive):
        case "checking":
            return _checking(current_moments(state))
        case "done":
            return (f"Done after {duration(now)}. {_waiting(state)}", "Done.")
        case "failed":
            return _failed(state, now)
        case "stopped":
            return (
                f"Stopped after {duration(now)}; opening it again goes on from here.",
                "Stopped; opening it goes on.",
            )
        case "engine gone":
            return (
                f"The engine is gone since {duration(now)}; a restart goes on from there, "
                "nothing is lost.",
                "The engine is gone; nothing is lost.",
            )
        case "starting":
            return (
                "Starting the engine; it looks at the data first, then runs a baseline.",
                "Starting the engine.",
            )
        case _:
            return _at_work(state)


def _checking(moments: list[Moment]) -> tuple[str, ...]:
    """What an engine does after the end, because a person changed or asked for something."""
    stays = "what was handed in stays meanwhile"
    if not moments:
        return (f"At work again on what you changed or asked; {stays}.", "At work again.")
    moment = moments[-1]
    if moment.what.startswith("your edit of the plan"):
        return (f"Writing {moment.track} again from your plan; {stays}.", "Writing from your plan.")
    if moment.what.startswith("your edit"):
        return (f"Checking your edit of {moment.track}; {stays}.", "Checking your edit.")
    return (f"Working on {moment.track} as you asked; {stays}.", "Working as you asked.")


def _waiting(state: State) -> str:
    """What waits for the person when the run is over: questions; repairs may be looked at."""
    gates = [gate.in_words for gate in questions(state)]
    if not gates:
        return "Nothing waits for you."
    waits = "waits" if len(gates) == 1 else "wait"
    return f"{_sentence_case(listed(gates))} {waits} for your answer."


def _failed(state: State, now: float) -> tuple[str, ...]:
    if state.card is not None:
        return (
            f"Ended after {duration(now)} without a valid answer; the log names the faults.",
            "Ended without a valid answer.",
        )
    return (
        f"Broke off after {duration(now)}; a restart goes on from there, the log says why.",
        "Broke off; the log says why.",
    )


def _at_work(state: State) -> tuple[str, ...]:
    if state.paused:
        return ("Paused by you; nothing begins until you go on.", "Paused by you.")
    phase = next((step.phase for step in state.phases if step.ended is None), "look")
    match phase:
        case "build":
            return _building(state)
        case "plan":
            return (
                "Planning the tracks from what the data showed; their programs are written next.",
                "Planning the tracks.",
            )
        case "decide":
            return (
                "Deciding row by row which answers to keep; the report follows and ends the run.",
                "Deciding; then the run ends.",
            )
        case _:
            return _looking(state)


def _looking(state: State) -> tuple[str, ...]:
    if state.task is None:
        return (
            "Reading the folder to find what is asked; the columns follow in a moment.",
            "Reading the folder.",
        )
    targets = listed([target.name for target in state.task.targets][:3])
    return (
        f"Measuring the columns to see what predicts {targets} and what would fool a model; "
        "a baseline follows.",
        "Measuring the columns before a baseline is trained.",
        "Measuring the columns.",
    )


def _building(state: State) -> tuple[str, ...]:
    doing = _doing(state)
    if not doing:
        return ("Choosing what to try next on blind rows.", "Choosing what to try next.")
    short = f"{_sentence_case(doing)}."
    brief = f"{_sentence_case(_counted(state))}."
    if all(_held_up(state, track) for track in working_tracks(state)):
        return (short, brief)
    goal = _goal(state)
    return (f"{_sentence_case(doing)}{goal}{_until(state)}.", f"{short[:-1]}{goal}.", short, brief)


def _goal(state: State) -> str:
    if state.submission is None:
        modelled = state.task is not None and state.task.submission is None
        return "; a scored model follows" if modelled else "; a valid submission follows"
    best = state.best
    if best is None:
        return ""
    if any(track.name != best.name for track in working_tracks(state)):
        return f", to beat {best.name} on rows that no program saw"
    return ", to get better still on rows that no program saw"


def _until(state: State) -> str:
    limit = time_limit(state)
    if not limit or state.submission is None:
        return ""
    return f"; over by {duration(limit)} at the latest"


def _doing(state: State) -> str:
    """`training traditional, checking neural`, without a capital."""
    groups: dict[str, list[str]] = {}
    for track in working_tracks(state):
        groups.setdefault(_verb(state, track), []).append(track.name)
    return ", ".join(f"{verb.lower()} {listed(names)}" for verb, names in groups.items())


def _counted(state: State) -> str:
    tracks = working_tracks(state)
    if len(tracks) == 1:
        return f"{_verb(state, tracks[0])} {tracks[0].name}"
    return f"working on {len(tracks)} tracks"


def _verb(state: State, track: TrackState) -> str:
    if _held_up(state, track):
        return _WAITING
    rounds = [moment for moment in current_moments(state) if moment.track == track.name]
    if track.name == "ensemble":
        return _BLENDING
    if any(_on_blind_rows(moment) for moment in rounds):
        return _TRAINING
    return _CHECKING if any(moment.proposal for moment in rounds) else _WRITING


def _held_up(state: State, track: TrackState) -> bool:
    """Whether nothing goes on there before the person has answered."""
    rounds = [moment for moment in current_moments(state) if moment.track == track.name]
    if not rounds:
        return False
    if packages(state) and not _under_way(state, track):
        return True
    asked = {(gate.track, gate.round) for gate in proposals(state)} if asks(state) else set()
    held = [(moment.track, moment.round) in asked for moment in rounds]
    return all(held) or (any(held) and not _under_way(state, track))  # the others wait in turn


def _under_way(state: State, track: TrackState) -> bool:
    """Whether a step or a program of the track runs."""
    work = state.running.items()
    return any(track.name in {one.track, path.partition("/")[0]} for path, one in work)


def _on_blind_rows(moment: Moment) -> bool:
    return any(rung.startswith(("sample", "solution", "blind", "fold")) for rung in moment.rungs)


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
