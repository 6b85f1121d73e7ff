"""The fold: facts become the state that everybody looks at (`agents.journal.state`).

`apply(state, fact)` is pure and total: any journal, also one cut off anywhere, gives a state.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, cast

from agents.journal import events as facts
from agents.journal.choices import POLICY, LeaveOut
from agents.journal.chronicle import chronicled
from agents.journal.events import Phase, Recorded
from agents.journal.quick import amend
from agents.journal.state import (
    Gate,
    LogFile,
    Moment,
    MomentMark,
    PhaseState,
    RunMark,
    Running,
    State,
    Submission,
    TrackState,
)
from agents.journal.talks import Spent, Talk, Told
from agents.models import (
    Blueprint,
    TrackName,
)

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from agents.journal.quick import replace


class Folding:
    """Facts become a state one after the other.

    What a run has much of is copied once, at the beginning, and then changed in place: a copy for
    each fact would make a run of ten times the rounds take a hundred times as long to read.
    """

    def __init__(self, state: State) -> None:
        """Begins with a state, which stays as it is."""
        self._state = _owned(state)

    def take(self, fact: Recorded) -> State:
        """The state after one more fact: to be looked at now, since the next one changes it."""
        self._state = _applied(self._state, fact)
        return self._state

    def end(self) -> State:
        """The state as a value; no fact is taken any more."""
        return amend(self._state, moments=tuple(self._state.moments))


def fold(recorded: Iterable[Recorded], state: State | None = None) -> State:
    """Applies facts in order."""
    folding = Folding(state or State())
    for fact in recorded:
        folding.take(fact)
    return folding.end()


_OF_TRACKS = frozenset(
    {
        facts.RoundStarted,
        facts.ProposalMade,
        facts.RungPassed,
        facts.FaultFound,
        facts.CandidateScored,
        facts.ProposalAccepted,
        facts.ProposalRejected,
        facts.TrackEnded,
        facts.ProposalUndone,
        facts.WentBack,
        facts.EnsembleWeighed,
    }
)
"""Looked up by type: asking each fact for one class after the other is a fifth of a long fold."""
_OF_WORK = frozenset(
    {
        facts.StepStarted,
        facts.StepFinished,
        facts.StepAbandoned,
        facts.ProgramStarted,
        facts.ProgramEnded,
    }
)


def apply(state: State, fact: Recorded) -> State:
    """The state after one more fact."""
    return fold((fact,), state)


def _owned(state: State) -> State:
    """A copy that nobody else holds, nor the lists and dicts in it that grow with a run."""
    return replace(
        state,
        moments=cast("tuple[Moment, ...]", [*state.moments]),  # see `_moments`
        gates={**state.gates},
        chronicle=state.chronicle.copied(),
    )


def _applied(state: State, fact: Recorded) -> State:
    """The state after one more fact, made of a copy that nobody else holds."""
    event = fact.event
    if isinstance(event, facts.RunStarted):
        state = _owned(_new_run(state, fact, event))
    amend(
        state,
        seq=fact.seq,
        active=max(state.active, fact.active),
        chronicle=chronicled(state.chronicle, fact),
    )
    kind = type(event)
    if kind in _OF_TRACKS:
        return _on_track(state, fact)
    return _on_work(state, fact) if kind in _OF_WORK else _on_run(state, fact)


def _new_run(state: State, fact: Recorded, event: facts.RunStarted) -> State:
    return State(
        run=fact.run,
        mark="running",
        engine=state.engine,
        rung=state.rung,
        rung_reasons=state.rung_reasons,
        taken=state.taken,
        name=event.name,
        competition=event.competition,
        settings=event.settings,
    )


def _on_talk(state: State, event: facts.ModelCall) -> State:
    """What a question took; what was heard to its end also tells how full the context is."""
    of_role = state.spent_by_role.get(event.role, Spent()).plus(event)
    talk = state.talk
    if isinstance(event, facts.ModelAnswered):
        window = state.windows.get(event.step.rpartition("/")[0])
        talk = Talk(event.model, event.prompt_tokens + event.completion_tokens, window)
    return replace(
        state,
        talk=talk,
        spent=state.spent.plus(event),
        spent_by_role={**state.spent_by_role, event.role: of_role},
    )


def _on_run(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.EngineStarted() as event:
            mark: RunMark = "running" if state.run else "none"
            return replace(state, engine=event, running={}, mark=mark, message="")
        case facts.EngineStopped(reason=reason, message=message):
            marks: dict[str, RunMark] = {"finished": "done", "stopped": "stopped"}
            ended = marks.get(reason, "failed")
            return replace(state, mark=ended, message=message, running={})
        case facts.SandboxProbed(rung=rung, reasons=reasons):
            return replace(state, rung=rung, rung_reasons=reasons)
        case facts.Noticed() as event:
            return replace(state, notices=state.notices.plus(event))
        case facts.PhaseStarted(phase=phase):
            return replace(state, phases=_next_phase(state.phases, phase, fact.active))
        case facts.ModelAnswered() | facts.ModelDropped():
            return _on_talk(state, fact.event)
        case (
            facts.GateOpened()
            | facts.DecisionTaken()
            | facts.SettingsChanged()
            | facts.InstructionGiven()
        ):
            return _on_decision(state, fact)
        case facts.SubmissionWritten() as event:
            return _on_submission(state, fact, event)
        case facts.RunFinished(card=card):
            phases = _next_phase(state.phases, None, fact.active)
            return _without_packages(replace(state, card=card, phases=phases))
        case _:
            return _on_plan(state, fact)


def _on_decision(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.GateOpened() as event:
            state.gates[event.gate] = Gate(event)
            return state
        case facts.DecisionTaken() as event:
            return _taken(state, event)
        case facts.SettingsChanged(settings=settings, restates=restates):
            return replace(state, settings=settings, restated=restates)
        case facts.InstructionGiven(gate=gate, words=words, directive=directive):
            return _said(state, gate, words=words, directive=directive)
        case _:
            return state


def _said(state: State, gate: str, **changes: object) -> State:
    """What became of the words that were told under a gate."""
    known = {one.gate: one for one in state.told}
    told = known.get(gate, Told(gate, ""))
    changed = replace(told, **changes)  # type: ignore[arg-type]  # names of its own fields
    return replace(state, told=tuple({**known, gate: changed}.values()))


def _taken(state: State, event: facts.DecisionTaken) -> State:
    if event.by != POLICY:
        state = replace(state, taken=state.taken | {event.gate})
    if event.choice.get("do") == "tell":
        words = str(event.choice["words"])
        return _said(state, event.gate, words=words, outcome=event.outcome, refused=event.refused)
    gate = state.gates.get(event.gate)
    if gate is not None:
        state.gates[event.gate] = Gate(gate.opened, event, gate.closed)
        return state
    match event.refused, event.choice.get("do"):
        case False, "pause":
            return replace(state, paused=True)
        case False, "resume":
            return replace(state, paused=False)
        case False, "finish":
            return replace(state, finishing=True)
        case False, "stop-track":
            stopped = state.stopped_tracks | {str(event.choice["track"])}
            return replace(state, stopped_tracks=stopped)
        case False, "leave-out":
            families = LeaveOut.model_validate(event.choice).families
            return replace(state, left_out=state.left_out | {*families})
        case _:
            return state


def _on_plan(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.TaskStated(task=task):
            return replace(state, task=task)
        case facts.ColumnsSeen(columns=columns):
            return replace(state, columns=columns)
        case facts.DataProfiled(profile=profile):
            return replace(state, profile=profile, columns=profile.columns)
        case facts.BlueprintWritten(blueprint=blueprint):
            return replace(state, blueprint=blueprint, tracks=_planned(state, blueprint))
        case facts.OwnRoundOpened(edits=edited, plan=plan) if edited:
            return replace(state, own_plans=(*state.own_plans, plan))
        case facts.UserEdited() as event:
            notice = facts.Noticed(text=f"Your edits were saved: {', '.join(event.paths)}.")
            return replace(state, notices=state.notices.plus(notice))
        case _:
            return state


def _planned(state: State, blueprint: Blueprint) -> dict[TrackName, TrackState]:
    tracks = dict(state.tracks)
    for plan in blueprint.candidates:
        tracks.setdefault(plan.track, TrackState(plan.track))
    for name, reason in blueprint.declined.items():
        tracks.setdefault(name, TrackState(name, mark="declined", text=reason))
    tracks.setdefault("ensemble", TrackState("ensemble"))
    return tracks


def _on_submission(state: State, fact: Recorded, event: facts.SubmissionWritten) -> State:
    submission = Submission(event.candidate, event.check, event.score, fact.active)
    first = state.first_submission_at
    return replace(
        state,
        submission=submission,
        first_submission_at=fact.active if first is None else first,
    )


def _next_phase(
    phases: tuple[PhaseState, ...], phase: Phase | None, active: float
) -> tuple[PhaseState, ...]:
    if phases and phase is not None and any(old.phase == phase for old in phases):
        return phases
    closed = tuple(old if old.ended is not None else replace(old, ended=active) for old in phases)
    return (*closed, PhaseState(phase, active)) if phase is not None else closed


def _on_work(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.StepStarted(path=path, label=label):
            started = Running(path, label, fact.active)
            return amend(state, running={**state.running, path: started})
        case facts.StepFinished(path=path, result=int(window)) if path.endswith("/context"):
            windows = {**state.windows, path.removesuffix("/context"): window}
            return amend(state, windows=windows, running=_without(state.running, path))
        case facts.ProgramStarted() as event:
            program = Running(event.step, event.label, fact.active, event.track, event.cores)
            log = LogFile(
                event.step, event.track, event.candidate, event.label, event.log, fact.active
            )
            running = {**state.running, event.step: program}
            return amend(state, running=running, logs=state.logs.plus(log))
        case (
            facts.StepFinished(path=path)
            | facts.StepAbandoned(path=path)
            | facts.ProgramEnded(step=path)
        ):
            return amend(state, running=_without(state.running, path))
        case _:
            return state


def _without(running: dict[str, Running], path: str) -> dict[str, Running]:
    return {key: value for key, value in running.items() if key != path}


def _on_track(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.ProposalMade() as event:
            return _moment(
                state, event.track, event.round, proposal=event.commit, program=event.program
            )
        case facts.RungPassed() as event:
            moment = state.moment(_key(event.track, event.round))
            rungs = (*moment.rungs, event.rung) if moment else (event.rung,)
            return _moment(state, event.track, event.round, rungs=rungs)
        case facts.FaultFound() as event:
            return _faulty(state, event)
        case facts.TrackEnded(track=track, state=mark, text=text):
            return _track(state, track, mark=mark, text=text)
        case facts.EnsembleWeighed(members=members):
            return replace(state, members=members)
        case _:
            return _on_verdict(state, fact)


def _on_verdict(state: State, fact: Recorded) -> State:
    match fact.event:
        case facts.RoundStarted() as event:
            return _round_started(state, fact, event)
        case facts.CandidateScored() as event:
            return _scored(state, event)
        case facts.ProposalAccepted() as event:
            return _accepted(state, fact, event)
        case facts.ProposalRejected() as event:
            return _rejected(state, fact, event)
        case facts.ProposalUndone() as event:
            return _undone(state, event)
        case facts.WentBack() as event:
            return _went_back(state, event)
        case _:
            return state


def _key(track: TrackName, number: int) -> str:
    return f"{track}/{number}"


def _round_started(state: State, fact: Recorded, event: facts.RoundStarted) -> State:
    moment = Moment(
        key=_key(event.track, event.round),
        track=event.track,
        round=event.round,
        candidate=event.candidate,
        what=event.what,
        mark="running",
        started=fact.active,
    )
    known = state.tracks.get(event.track, TrackState(event.track))
    moments = _moments(state)
    if event.round <= known.highest:  # it was begun before
        moments[:] = [old for old in moments if old.key != moment.key]
    moments.append(moment)
    candidate = known.candidate if known.commit else event.candidate
    return _track(
        state,
        event.track,
        mark="running",
        round=event.round,
        highest=max(known.highest, event.round),
        candidate=candidate,
    )


def _scored(state: State, event: facts.CandidateScored) -> State:
    state = _moment(state, event.track, event.round, score=event.score)
    track = state.tracks.get(event.track, TrackState(event.track))
    known = track.score if track.candidate != event.candidate else None
    sounder = known is not None and len(known.folds) > len(event.score.folds)
    if (track.commit is None and not sounder) or track.program == event.program:
        return _track(state, event.track, score=event.score, candidate=event.candidate)
    return state


def _accepted(state: State, fact: Recorded, event: facts.ProposalAccepted) -> State:
    state = _moment(
        state, event.track, event.round, mark="kept", commit=event.commit, ended=fact.active
    )
    moment = state.moment(_key(event.track, event.round))
    return _track(
        state,
        event.track,
        candidate=event.candidate,
        program=event.program,
        commit=event.commit,
        score=moment.score if moment else None,
    )


def _faulty(state: State, event: facts.FaultFound) -> State:
    """A fault, also where a model classifies one that ended its round as unknown."""
    moment = state.moment(_key(event.track, event.round))
    if moment is not None and moment.fault is not None and moment.reason == moment.fault.headline:
        state = _moment(state, event.track, event.round, reason=event.fault.headline)
    return _moment(state, event.track, event.round, fault=event.fault)


def _rejected(state: State, fact: Recorded, event: facts.ProposalRejected) -> State:
    moment = state.moment(_key(event.track, event.round))
    mark: MomentMark = "failed" if moment and moment.fault else "rejected"
    state = _closed(state, event.track, {event.round}, event.reason)
    return _moment(
        state, event.track, event.round, mark=mark, reason=event.reason, ended=fact.active
    )


def _without_packages(state: State) -> State:
    """Nobody is asked about packages once no program of the run misses one any more."""
    gates = {
        name: replace(gate, closed="the run is over")
        for name, gate in state.gates.items()
        if gate.answerable and gate.opened.topic == "package"
    }
    return replace(state, gates=state.gates | gates) if gates else state


def _closed(state: State, track: TrackName, rounds: Collection[int], reason: str) -> State:
    """Nobody is asked about rounds that are over; what a person has answered stays."""
    gates = {
        name: replace(gate, closed=reason)
        for name, gate in state.gates.items()
        if gate.answerable and gate.opened.track == track and gate.opened.round in rounds
    }
    return replace(state, gates=state.gates | gates) if gates else state


def _undone(state: State, event: facts.ProposalUndone) -> State:
    reason = f"undone by you: {event.why}" if event.why else "undone by you"
    state = _moment(state, event.track, event.round, mark="rejected", reason=reason)
    if event.commit is None:
        return state
    target = state.moment(event.to) if event.to is not None else None
    return _back_at(state, event.track, target, target.commit if target else None)


def _went_back(state: State, event: facts.WentBack) -> State:
    target = next((m for m in state.moments if event.to in {m.commit, m.key}), None)
    if target is None:
        return _track(state, event.track, commit=event.commit)
    behind = {m.round for m in state.moments if m.track == event.track and m.round > target.round}
    state = _closed(state, event.track, behind, f"you went back behind it, to {target.key}")
    return _back_at(state, event.track, target, event.commit)


def _back_at(state: State, name: TrackName, target: Moment | None, commit: str | None) -> State:
    return _track(
        state,
        name,
        commit=commit,
        candidate=target.candidate if target else None,
        program=target.program if target else None,
        score=target.score if target else None,
    )


def _track(state: State, name: TrackName, **changes: object) -> State:
    track = state.tracks.get(name, TrackState(name))
    changed = replace(track, **changes)  # type: ignore[arg-type]  # names checked by the tests
    return replace(state, tracks={**state.tracks, name: changed})


def _moment(state: State, track: TrackName, number: int, **changes: object) -> State:
    key, moments = _key(track, number), _moments(state)
    for index in range(len(moments) - 1, -1, -1):  # what changes is mostly among the last
        if moments[index].key == key:
            moments[index] = replace(moments[index], **changes)  # type: ignore[arg-type]  # fields
            break
    return state


def _moments(state: State) -> list[Moment]:
    """The rounds of an owned state, to be changed in place."""
    return cast("list[Moment]", state.moments)
