"""Pane 3: the plan, candidate by candidate: steps with their reasons, and the contract.

One candidate is open at a time unless more are opened; each step says where its code does it.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from typing_extensions import override

from agents.api import Place, read_file
from agents.errors import ImlError
from agents.journal.state import Moment, State
from agents.models import Blueprint, BlueprintStep, CandidatePlan, Contract, ContractObject
from iml_tui.deciding.asking import PlaceWanted, PlanWanted, Said
from iml_tui.drawing.draw import ends, fit, hint, line, mark, wrapped
from iml_tui.looking_back.sources import PARTS, commit_of
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row
from iml_tui.words.claims import Claim, claims_of
from iml_tui.words.figures import count, duration
from iml_tui.words.present import metric_words, split_words
from iml_tui.words.sentence import time_limit

PART, STEP, LABEL = 7, 15, 12
ROOMY = 92
"""From this width on, each step says where its code does it."""
PLACE = 22
NARROW = 60
"""Below this width labels stand above what they name, and the plan before how it is judged."""
MARKS = {"kept": "done", "running": "running", "failed": "failed", "rejected": "undone"}
PLAN, STEP_KEY = "plan/", "step/"
Claims = Mapping[str, Mapping[str, Claim]]
"""Where steps are done, by candidate."""


class BlueprintPane(Pane):
    """What will be written, and why."""

    NUMBER = 3
    TITLE = "Blueprint"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("e", "edit the plan"),
        ("enter", "open, or its code"),
        ("o", "open all"),
        ("j k", "down, up"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "edit the plan", id="blueprint.edit", show=False),
        Binding("E", "edit(True)", "edit it in your own editor", id="blueprint.own", show=False),
        Binding("o", "all", "open or close all plans", id="blueprint.all", show=False),
    ]

    turned: var[frozenset[str]] = var[frozenset[str]](frozenset())
    """Candidates that a person opened or closed."""
    claims: var[Claims] = var[Claims]({})

    class ClaimsRead(Message):
        """It is known where the steps of a candidate are done."""

        def __init__(self, candidate: str, commit: str, claims: Mapping[str, Claim]) -> None:
            super().__init__()
            self.candidate, self.commit, self.claims = candidate, commit, claims

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._asked: dict[str, str] = {}
        """Commits whose claims were asked for, by candidate."""

    def watch_turned(self) -> None:
        """Other candidates are open."""
        self.rebuild()

    def watch_claims(self) -> None:
        """More is known."""
        self.rebuild()

    # --- what it says -------------------------------------------------------------------------

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """The plans, how they fared, and the moment that is looked at."""
        state = scene.state
        return (state.blueprint, state.own_plans, state.profile, state.moments, scene.selected)

    @override
    def detail(self, scene: Scene) -> Content:
        """Which version, and whose plan is open."""
        blueprint = scene.state.blueprint
        if blueprint is None:
            return line()
        chosen = _chosen(scene)
        named = f", {chosen.track}" if chosen is not None else ""
        return line((f"version {blueprint.version + len(scene.state.own_plans)}{named}", "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """What can be done with it."""
        return hint("e", "edit", "$dim") if scene.state.blueprint is not None else line()

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """How it is judged, then every candidate."""
        if scene.state.blueprint is None:
            text = "The plan is made once the columns are measured."
            return [Row(content) for content in wrapped(text, width, "$dim")]
        opening = [Row(content) for content in _opening(scene, width)]
        rows = [] if width < NARROW else opening
        for plan in _in_order(scene):
            is_open = self._is_open(scene, plan)
            rows += _candidate(plan, scene.state, width, is_open=is_open)
            if is_open:
                self._ask_for_claims(scene, plan)
                rows += _inside(plan, width, self.claims.get(plan.name, {}))
        last = opening if width < NARROW else []
        return [*rows, *last, *(Row(one) for one in _declined(scene.state.blueprint, width))]

    def _is_open(self, scene: Scene, plan: CandidatePlan) -> bool:
        return (plan == _chosen(scene)) != (plan.name in self.turned)

    # --- where steps are done -----------------------------------------------------------------

    def _ask_for_claims(self, scene: Scene, plan: CandidatePlan) -> None:
        moment = _moment_of(scene.state, plan)
        commit = commit_of(moment) if moment is not None else None
        if commit is not None and self._asked.get(plan.name) != commit:
            self._asked[plan.name] = commit
            self._read_claims(scene.place, plan, commit)

    @work(thread=True, group="claims", exit_on_error=False)
    def _read_claims(self, place: Place, plan: CandidatePlan, commit: str) -> None:
        try:
            files = {
                name: read_file(place, commit, f"tracks/{plan.track}/{name}") for name in PARTS
            }
        except ImlError:
            return
        self.post_message(self.ClaimsRead(plan.name, commit, claims_of(files)))

    @on(ClaimsRead)
    def _claims_read(self, message: ClaimsRead) -> None:
        if self._asked.get(message.candidate) == message.commit:
            self.claims = {**self.claims, message.candidate: message.claims}

    # --- keys ---------------------------------------------------------------------------------

    def _plan_at(self) -> CandidatePlan | None:
        """The plan under the cursor, else the one that is open."""
        row = self.marked()
        if self.scene is None:
            return None
        name = row.key.split("/")[1] if row is not None and row.key is not None else ""
        named = (plan for plan in self.scene.state.plans if plan.name == name)
        return next(named, _chosen(self.scene))

    @override
    def action_open(self) -> None:
        """A candidate: its steps. A step: the code that does it."""
        row, plan = self.marked(), self._plan_at()
        if row is None or row.key is None or plan is None or self.scene is None:
            return
        if row.key.startswith(PLAN):
            self.turned = self.turned ^ {plan.name}
            return
        step = row.key.split("/")[2]
        claim = self.claims.get(plan.name, {}).get(step)
        moment = _moment_of(self.scene.state, plan)
        if claim is not None and moment is not None:
            self.post_message(PlaceWanted(moment.key, claim.name, claim.line))
        else:
            self.post_message(Said(_unclaimed(plan, step, moment)))

    def action_all(self) -> None:
        """Opens every candidate, or closes all but one."""
        if self.scene is not None:
            others = {one.name for one in self.scene.state.plans if one != _chosen(self.scene)}
            self.turned = frozenset() if self.turned >= others else frozenset(others)

    def action_edit(self, elsewhere: bool = False) -> None:
        """Opens the plan in the editor, or in the person's own."""
        plan = self._plan_at()
        if plan is not None:
            self.post_message(PlanWanted(plan.name, elsewhere=elsewhere))


def _unclaimed(plan: CandidatePlan, step: str, moment: Moment | None) -> str:
    """Why no code can be shown for a step."""
    if any(one.id == step and one.part == "eval" for one in plan.steps):
        return f"{step} is the engine's own: no program does it."
    if moment is None or commit_of(moment) is None:
        return f"{plan.name} has no code yet."
    return f"No docstring of {plan.name} claims the step {step}."


# --- which --------------------------------------------------------------------------------------


def _chosen(scene: Scene) -> CandidatePlan | None:
    """The plan of the moment that is looked at; else of the best track, else the first."""
    plans = scene.state.plans
    moment = scene.moment
    if moment is not None:
        names = (moment.candidate, moment.candidate.split(" ")[0].split("-")[0])
        for name in names:
            for plan in plans:
                if plan.name == name and plan.track == moment.track:
                    return plan
    best = scene.best
    of_best = [plan for plan in plans if best is not None and plan.track == best.name]
    return next(iter([*of_best, *plans[1:], *plans]), None)


def _in_order(scene: Scene) -> list[CandidatePlan]:
    """The chosen one first, then its track's, then the others as they are planned."""
    chosen = _chosen(scene)
    track = chosen.track if chosen is not None else ""
    plans = scene.state.plans
    return sorted(plans, key=lambda plan: (plan != chosen, plan.track != track))


def _moment_of(state: State, plan: CandidatePlan) -> Moment | None:
    """The newest round of a plan that has code, else the newest."""
    rounds = [
        one for one in state.moments if one.track == plan.track and one.candidate == plan.name
    ]
    return next((one for one in reversed(rounds) if commit_of(one)), next(iter(rounds), None))


# --- lines --------------------------------------------------------------------------------------


def _opening(scene: Scene, width: int) -> list[Content]:
    blueprint = scene.state.blueprint
    assert blueprint is not None  # there are rows only then
    lines = _pair("judged by", metric_words(blueprint.metric), width)
    lines += _pair("folds", split_words(scene.state), width)
    for evidence in blueprint.split.evidence[1:]:  # the first is the reason of a step
        lines += _pair("", evidence, width, "$dim")
    limit = time_limit(scene.state)
    if limit:
        lines += _pair("budget", f"{duration(limit)} for all of them", width)
    return [*lines, line()]


def _declined(blueprint: Blueprint, width: int) -> list[Content]:
    """Tracks that are not taken, and why."""
    lines: list[Content] = []
    for track, reason in blueprint.declined.items():
        head = line(mark("not yet"), " ", (track, "$strong"), ("  not taken", "$dim"))
        lines += [fit(head, width), *(line("  ", one) for one in _prose(reason, width - 2, "$dim"))]
    return lines


def _pair(label: str, text: str, width: int, style: str = "$fg") -> list[Content]:
    start = fit(line((label, "$dim")), LABEL)
    first, *rest = _prose(text, width - LABEL, style) or [line()]
    return [line(start, first), *(line(" " * LABEL, row) for row in rest)]


def _prose(text: str, width: int, style: str = "$fg") -> list[Content]:
    """A text over as many lines as it needs; names between backticks stand out without them."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return wrapped(text, width, style)
    whole = line(*((one, "$fg" if place % 2 else style) for place, one in enumerate(parts)))
    return list(whole.wrap(max(1, width))) if text else []


def _candidate(plan: CandidatePlan, state: State, width: int, *, is_open: bool) -> list[Row]:
    """The line of a candidate, and why it is tried."""
    moment = _moment_of(state, plan)
    meaning = MARKS.get(moment.mark, "not yet") if moment is not None else "not yet"
    own = plan in state.own_plans
    name = (plan.name, "$own bold" if own else "$strong bold")
    about = f"  {plan.track}" + (", your plan" if own else "")
    left = line(mark("own" if own else meaning), " ", name, (about, "$dim"))
    far = line() if is_open else line((count(len(plan.steps), "step"), "$dim"))
    rows = [Row(ends(left, far, width), f"{PLAN}{plan.name}")]
    if is_open:
        rows += [Row(line("  ", one)) for one in _prose(plan.reason, width - 2, "$dim")]
    return rows


def _inside(plan: CandidatePlan, width: int, claims: Mapping[str, Claim]) -> list[Row]:
    """The steps, what a fit costs, and the contract."""
    rows: list[Row] = [Row(line())]
    part = ""
    for step in plan.steps:
        rows += _step(plan, step, width, step.part if step.part != part else "", claims)
        part = step.part
    cost = f"about {duration(plan.seconds)} a fit on {count(plan.threads, 'core')}"
    rows += [Row(line()), *(Row(one) for one in _pair("cost", cost, width))]
    rows += [Row(one) for one in _contract(plan.contract, width)]
    return [*rows, Row(line())]


def _step(
    plan: CandidatePlan, step: BlueprintStep, width: int, part: str, claims: Mapping[str, Claim]
) -> list[Row]:
    start = line(fit(line((part, "$dim")), PART), fit(line(step.id), STEP))
    claim = claims.get(step.id)
    aside = PLACE if width >= ROOMY else 0
    room = max(10, width - PART - STEP - aside)
    texts = [*_prose(step.directive, room), *_prose(step.reason, room, "$dim")]
    first, *rest = texts or [line()]
    top = line(start, first)
    if aside and claim is not None:
        place = line((f"{claim.name}:{claim.line}", "$dim"))
        top = ends(fit(top, width - aside), place, width)
    indent = " " * (PART + STEP)
    return [
        Row(top, f"{STEP_KEY}{plan.name}/{step.id}"),
        *(Row(line(indent, text)) for text in rest),
    ]


def _contract(contract: Contract, width: int) -> list[Content]:
    told = "what preprocessing promises, and the model may assume"
    lines = [line(), fit(line(("Contract", "$strong bold"), (f"  {told}", "$dim")), width)]
    narrow = width < NARROW
    for side, words in (("train", "to learn from"), ("test", "to answer")):
        label = words
        lines += [line((label, "$dim"))] if narrow else []
        for promised in contract.objects:
            if promised.side == side:
                start = line("  ") if narrow else fit(line((label, "$dim")), PART + 8)
                name = fit(line(promised.name), STEP)
                lines += _after(line(start, name), _promise(promised), width)
                label = ""
    if contract.transductive:
        lines += wrapped("The rows to answer may be looked at as a whole.", width, "$dim")
    for table, reason in contract.declined.items():
        lines += _prose(f"`{table}` is not read: {reason}", width, "$dim")
    return lines


def _after(start: Content, text: str, width: int) -> list[Content]:
    """A text behind something, over as many rows as it needs."""
    indent = start.cell_length
    first, *rest = wrapped(text, max(10, width - indent), "$dim") or [line()]
    return [line(start, first), *(line(" " * indent, row) for row in rest)]


def _promise(promised: ContractObject) -> str:
    if promised.same_columns_as is not None:
        return f"as {promised.same_columns_as}"
    words = [promised.kind, promised.role if promised.role != "other" else ""]
    words.append(" or ".join(promised.dtypes))
    words.append("may be empty" if promised.nullable else "no empty cells")
    return ", ".join(word.replace("_", " ") for word in words if word)
