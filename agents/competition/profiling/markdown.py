"""The profile as Markdown for a person who reads it in git."""

from collections.abc import Iterator

from agents.models import ColumnProfile, Profile, Task

_HEADER = (
    "Relation to the target from 0 to 1, mutual information with it in nats, and how well a column "
    "alone tells test rows from training rows (drift, .5 to 1):\n",
    "| column | is a | empty | in test | values | to target | nats | drift | spread |",
    "|---|---|--:|--:|--:|--:|--:|--:|---|",
)


def profile_markdown(task: Task, profile: Profile) -> str:
    """Write `profile.md`: what will fool you, the task, the split, and every column."""
    return "\n".join(_lines(task, profile)).rstrip() + "\n"


def _lines(task: Task, profile: Profile) -> Iterator[str]:
    yield f"# Profile of {_escaped(task.name)}\n"
    test = "no test table" if profile.rows_test is None else f"{profile.rows_test:,} rows to answer"
    yield f"{profile.rows_train:,} rows to learn from, {test}, {len(profile.columns)} columns. "
    metric = f"{task.metric.title}, {task.metric.direction} is better"
    yield f"{task.problem.capitalize()}; metric {metric}.\n"
    if profile.findings:
        yield "## How this data will fool you\n"
        for finding in profile.findings:
            done = f" *{finding.done}*" if finding.done else ""
            yield f"- **{_escaped(finding.title)}.** {finding.text}{done}"
        yield ""
    yield "## What was concluded about the task\n"
    yield from (f"- {note}" for note in task.notes)
    split = profile.split
    yield "\n## How blind rows are drawn\n"
    yield f"{split.splitter.capitalize()}, {split.folds} folds, seed {split.seed}.\n"
    yield from (f"- {sentence}" for sentence in split.evidence)
    yield "\n## Columns\n"
    yield from _HEADER
    targets = {target.name for target in task.targets}
    yield from (_row(column, column.name in targets) for column in profile.columns)


def _row(column: ColumnProfile, target: bool) -> str:
    kind = f"{column.semantic} (target)" if target else column.semantic
    cells = (
        f"`{column.name}`" if "`" not in column.name else _escaped(column.name),
        kind,
        f"{column.missing:.1%}",
        _share(column.missing_test) if column.in_test else "not there",
        f"{column.distinct:,}",
        *("" if one is None else f"{one:.2f}" for one in _figures(column)),
        _spread(column),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _figures(column: ColumnProfile) -> tuple[float | None, ...]:
    return column.to_target, column.information, column.drift


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _spread(column: ColumnProfile) -> str:
    if column.minimum is not None and column.maximum is not None and column.mean is not None:
        unit = _escaped(next(iter(column.units), ""))
        span = f"{column.minimum:,.6g} to {column.maximum:,.6g}"
        return f"{span}, mean {column.mean:,.6g} {unit}".rstrip()
    if column.semantic in {"text", "date", "list"}:
        return column.note
    if column.semantic == "json":
        return _escaped(column.note)
    shown = sorted(column.distribution, key=lambda one: -one.share)[:3]
    return ", ".join(f"{_escaped(one.label)} {one.share:.0%}" for one in shown)


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "*_`<>[]|" else letter for letter in flat)
