"""What `report.md` says of a run that is over: pure text of its card and its history."""

from collections.abc import Iterable, Mapping, Sequence

from agents.journal.standing import described, faults_of, folds_in_words, mended_by, standing
from agents.journal.state import Moment, State
from agents.journal.talks import Spent
from agents.models import Comparison, ReportCard, Score, Task


def report_markdown(
    task: Task, card: ReportCard, state: State, before: Iterable[ReportCard] = ()
) -> str:
    """The report as it is committed: no clock in it, so that a repeated run writes the same.

    Args:
        task: What was asked.
        card: How the run ended.
        state: Of the run.
        before: How it ended before, where a person decided something after that.
    """
    folds = state.blueprint.split.folds if state.blueprint else 1
    lines = [f"# {task.name}: {_headline(card)}", ""]
    if card.score is not None:
        lines += [*_score_lines(task, card, folds), *_seen_before(card, before)]
    lines += _manner_lines(state)
    lines += ["", "## Tracks", "", *_round_lines(state, card, folds)]
    if card.members:
        shares = ", ".join(f"{one.candidate} {one.weight:.2f}" for one in card.members)
        lines += ["", f"The ensemble is made of {shares}."]
    lines += cost_lines(state.spent_by_role, state.spent)
    lines += ["", "## How it was scored", ""]
    profile = state.profile
    evidence = profile.split.evidence if profile else ()
    lines += [f"- {sentence}" for sentence in dict.fromkeys((*evidence, *task.notes))]
    return "\n".join(lines) + "\n"


def _manner_lines(state: State) -> list[str]:
    """How far the search was let go, and whether it can be repeated."""
    lines = []
    if state.settings.get("deterministic"):
        seed = state.settings.get("seed")
        lines.append(f"The same command gives the same again (--deterministic, seed {seed}).")
    if state.finishing:
        lines.append("A person took the best there was before the search had come to its end.")
    return lines


# --- rounds -----------------------------------------------------------------------------------


def _round_lines(state: State, card: ReportCard, folds: int) -> list[str]:
    """Every round: those with the score of all folds, those with that of some, those without."""
    moments = state.moments
    found = standing(moments, higher=card.metric.direction == "higher")
    lines = _table(
        ("track", "program", "score", "error", "verdict"),
        [[*_named(moments, one), *_figures(one), _verdict(moments, one)] for one in found.whole],
    )
    if found.partly:
        lines += ["", _partly_line(state, card), ""]
        lines += _table(
            ("track", "program", "score", "error", "seen", "verdict"),
            [
                [*_named(moments, one), *_figures(one), _seen(one, folds), _verdict(moments, one)]
                for one in found.partly
            ],
        )
    if found.unscored:
        rows = [[*_named(moments, one), _verdict(moments, one)] for one in found.unscored]
        lines += ["", "These came to no score:", ""]
        lines += _table(("track", "program", "verdict"), rows)
    return [*lines, *_fault_lines(moments)]


def _partly_line(state: State, card: ReportCard) -> str:
    said = "These met only some folds, so their scores are not to be compared with those above"
    planned = state.blueprint.metric if state.blueprint else card.metric
    return f"{said}:" if planned == card.metric else f"{said}, and are still in {planned.title}:"


def _fault_lines(moments: Sequence[Moment]) -> list[str]:
    found, mended = faults_of(moments)
    if not found:
        return []
    rounds = "1 round failed" if found == 1 else f"{found} rounds failed"
    outcome = f"a later round mended {mended} of them" if mended else "no later round mended it"
    if found == mended:
        outcome = "a later round mended it" if found == 1 else "later rounds mended all of them"
    elif not mended and found > 1:
        outcome = "no later round mended any of them"
    return ["", f"{rounds}; {outcome}."]


def _named(moments: Sequence[Moment], moment: Moment) -> tuple[str, str]:
    return f"{moment.track} {moment.round}", described(moments, moment)


def _figures(moment: Moment) -> tuple[str, str]:
    assert moment.score is not None  # only those that have one stand in these tables
    return f"{moment.score.value:.4f}", f"±{moment.score.error:.4f}"


def _seen(moment: Moment, folds: int) -> str:
    return folds_in_words(moment.score.folds, folds) if moment.score else ""


def _verdict(moments: Sequence[Moment], moment: Moment) -> str:
    """What became of a round, and of its fault."""
    said = moment.reason or moment.mark
    by = mended_by(moments, moment) if moment.fault is not None else None
    return said if by is None else f"{said} (mended in round {by.round})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return [*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)]


def _cell(text: str) -> str:
    """Text that may come from a program, in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


# --- what it cost, how good it is ---------------------------------------------------------------


def cost_lines(by_role: Mapping[str, Spent], in_all: Spent) -> list[str]:
    """What language models took, by role and in all; nothing where none was asked."""
    if not in_all.calls:
        return []
    head = ["agent", "calls", "prompt tokens", "of these cached", "answer tokens", "US dollars"]
    dear = sorted(by_role.items(), key=lambda one: (-one[1].tokens, one[0]))
    rows = [(role.replace("_", " "), spent) for role, spent in dear]
    cells = []
    for name, spent in [*rows, ("in all", in_all)]:
        tokens = (spent.prompt_tokens, spent.cached_tokens, spent.completion_tokens)
        cells.append([name, f"{spent.calls}", *(f"{one:,}" for one in tokens), spent.money])
    return ["", "## What the models took", "", *_table(head, cells)]


def _ahead_line(ahead: Comparison) -> str:
    figures = f"{ahead.difference:+.4f} ±{ahead.error:.4f}"
    if ahead.difference >= 0:
        return f"It is {figures} ahead of {ahead.second}, row by row."
    return (
        f"Beside {ahead.second} it is {figures}, row by row, which is within the error; it was "
        "chosen because its probabilities are better, or because it is simpler."
    )


def _score_line(card: ReportCard, score: Score, folds: int) -> str:
    begun = (
        f"{card.winner} wins: {card.metric.title} {score.value:.4f} ±{score.error:.4f} on "
        f"{score.rows:,} rows"
    )
    if card.chosen_by is not None:
        return f"{begun} that had no part in any choice ({score.how}, scored once)."
    return f"{begun} that it never saw ({score.how}, {folds_in_words(score.folds, folds)})."


def _chosen_line(card: ReportCard, blind: Score, folds: int) -> str:
    return (
        f"It was chosen by {blind.value:.4f} ±{blind.error:.4f} on {blind.rows:,} other rows "
        f"({folds_in_words(blind.folds, folds)}), which flatters the best of {card.tried} programs."
    )


def _seen_before(card: ReportCard, before: Iterable[ReportCard]) -> list[str]:
    """What the vault was scored for in this run before: a person may have decided after that."""
    others = {one.winner for one in before if one.chosen_by is not None and one.score != card.score}
    names = ", ".join(sorted(name for name in others if name is not None))
    if card.chosen_by is None or not names:
        return []
    return [f"These rows were scored for {names} before: what was decided since may go by that."]


def _headline(card: ReportCard) -> str:
    if card.score is None:
        return "no program could be scored"
    return f"{card.metric.title} {card.score.value:.4f} ±{card.score.error:.4f}"


def _score_lines(task: Task, card: ReportCard, folds: int) -> list[str]:
    assert card.score is not None
    lines = [_score_line(card, card.score, folds)]
    if card.chosen_by is not None:
        lines.append(_chosen_line(card, card.chosen_by, folds))
    if card.ahead is not None:
        lines.append(_ahead_line(card.ahead))
    if card.expect is not None:
        lines.append(f"Expect {card.expect:.4f} on new rows: {card.tried} programs were compared.")
    words = f" (“{task.metric.words}”)" if task.metric.words else ""
    lines.append(f"The metric is from the {task.metric.source}{words}.")
    if card.submission:
        lines.append(f"`{card.submission}` holds {card.rows:,} answers and passed every check.")
    if card.solution:
        lines.append(f"`{card.solution}` is the whole program; `model/` is what it has learnt.")
        asked = task.table("test")
        name = asked.path if asked else "test.csv"
        lines.append(f"It predicts new rows from a folder that holds them as `{name}`.")
    return lines
