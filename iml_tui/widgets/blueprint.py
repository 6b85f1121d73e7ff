"""Pane 3: the plan, candidate by candidate: steps with their reasons, and the contract."""

from typing import ClassVar

from textual.content import Content
from typing_extensions import override

from agents.models import Blueprint, BlueprintStep, CandidatePlan, Contract, ContractObject
from iml_tui.draw import fit, line, wrapped
from iml_tui.present import metric_words, split_words
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row

PART, STEP = 7, 14


class BlueprintPane(Pane):
    """What will be written, and why."""

    NUMBER = 3
    TITLE = "Blueprint"
    HINTS: ClassVar[tuple[Hint, ...]] = (("j k", "scroll"),)

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """The plan, and the moment that is looked at."""
        return (scene.state.blueprint, scene.state.profile, scene.selected)

    @override
    def detail(self, scene: Scene) -> Content:
        """Which version."""
        blueprint = scene.state.blueprint
        return line((f"version {blueprint.version}", "$dim")) if blueprint else line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Which lines can be seen, where not all can."""
        return self.position()

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Summary, then every candidate."""
        blueprint = scene.state.blueprint
        if blueprint is None:
            text = "The plan is made once the columns are measured."
            return [Row(content) for content in wrapped(text, width, "$dim")]
        lines = _opening(blueprint, scene, width)
        for plan in _chosen_first(blueprint, scene):
            lines += _candidate(plan, width)
        return [Row(content) for content in lines]


def _chosen_first(blueprint: Blueprint, scene: Scene) -> list[CandidatePlan]:
    moment = scene.moment
    chosen = moment.candidate if moment is not None and scene.selected is not None else None
    return sorted(blueprint.candidates, key=lambda plan: plan.name != chosen)


def _opening(blueprint: Blueprint, scene: Scene, width: int) -> list[Content]:
    lines = wrapped(blueprint.summary, width)
    lines += _pair("judged by", metric_words(blueprint.metric), width)
    lines += _pair("folds", split_words(scene.state), width)
    for evidence in blueprint.split.evidence:
        lines += _pair("", evidence, width, "$dim")
    for track, reason in blueprint.declined.items():
        lines += _pair(track, f"not taken: {reason}", width, "$dim")
    return [*lines, line()]


def _pair(label: str, text: str, width: int, style: str = "$fg") -> list[Content]:
    start = fit(line((label, "$dim")), 12)
    first, *rest = wrapped(text, width - 12, style) or [line()]
    return [line(start, first), *(line(" " * 12, row) for row in rest)]


def _candidate(plan: CandidatePlan, width: int) -> list[Content]:
    lines = [fit(line((plan.name, "$strong bold"), (f"  {plan.track}", "$dim")), width)]
    lines += wrapped(plan.reason, width, "$dim")
    part = ""
    for step in plan.steps:
        lines += _step(step, width, step.part if step.part != part else "")
        part = step.part
    return [*lines, line(), *_contract(plan.contract, width), line()]


def _step(step: BlueprintStep, width: int, part: str) -> list[Content]:
    start = line(fit(line((part, "$dim")), PART), fit(line(step.id), STEP))
    room = max(10, width - PART - STEP)
    texts = [*wrapped(step.directive, room), *wrapped(step.reason, room, "$dim")]
    if len(step.directive) + len(step.reason) + 2 <= room:
        texts = [line(step.directive, "  ", (step.reason, "$dim"))]
    first, *rest = texts or [line()]
    return [line(start, first), *(line(" " * (PART + STEP), text) for text in rest)]


def _contract(contract: Contract, width: int) -> list[Content]:
    lines = [line(("Contract", "$strong bold"))]
    for promised in contract.objects:
        text = line(fit(line(promised.name), 14), (_promise(promised), "$dim"))
        lines.append(fit(text, width))
    if contract.transductive:
        lines.append(line(("test rows may be looked at as a whole", "$dim")))
    for table, reason in contract.declined.items():
        lines.append(fit(line((f"{table} is not read: {reason}", "$dim")), width))
    return lines


def _promise(promised: ContractObject) -> str:
    if promised.same_columns_as is not None:
        return f"as {promised.same_columns_as}"
    words = [promised.kind, promised.role if promised.role != "other" else ""]
    words.append(" or ".join(promised.dtypes))
    words.append("may be empty" if promised.nullable else "no empty cells")
    return ", ".join(word.replace("_", " ") for word in words if word)
