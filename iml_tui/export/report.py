"""The report as one page: what was found, tried and won, how that is known, and what fools people.

No network, no script, no file beside it; what strangers wrote is escaped by the template.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from agents.journal.standing import described
from agents.journal.state import Moment
from agents.models import ColumnProfile, Hindsight
from iml_tui.export import plots
from iml_tui.export.requirements import requirements_text
from iml_tui.export.story import Story, asked_line, plan_parts, score_lines, verdict_of
from iml_tui.words.figures import count, duration, members_text, score_parts, score_text, share
from iml_tui.words.present import split_words
from iml_tui.words.spending import models_text

TEMPLATE = "report.html.j2"
MOST_COLUMNS = 15
MOST_PROGRAMS = 25
MOST_CLASSES = 12
"""Above that, a table of the commonest confusions says more than a picture."""
MOST_CONFUSED = 12
MOST_BINS = 15


@dataclass(frozen=True)
class Plot:
    """A picture and its words."""

    title: str
    text: str
    svg: str


def report_page(story: Story, seen: Hindsight | None) -> str:
    """The page.

    Args:
        story: The run.
        seen: What the winner said of blind rows; None where that is not stored.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["words"] = _words
    facts = {**_head(story), **_data(story), **_scores(story), **_winner(story, seen)}
    return environment.get_template(TEMPLATE).render(plot=_figure, **facts, **_again(story))


def _figure(one: Plot) -> Markup:
    words = Markup("<figure><figcaption>{}</figcaption><p>{}</p>").format(one.title, one.text)
    return words + Markup(one.svg) + Markup("</figure>")


def _words(text: str) -> Markup:
    """Words in which names stand between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one that has no partner
        return escape(text)
    inside = [Markup("<code>{}</code>").format(one) for one in parts[1::2]]
    pairs = zip_longest([escape(one) for one in parts[::2]], inside, fillvalue=Markup())
    return Markup().join(one for pair in pairs for one in pair)


def _head(story: Story) -> dict[str, object]:
    value, error = score_parts(story.card.score)
    return {
        "name": story.name,
        "headline": f"{story.card.metric.title} {score_text(story.card.score)}",
        "task_line": asked_line(story.task),
        "score": value,
        "error": error.strip(),
        "metric": story.card.metric.title,
        "score_lines": score_lines(story),
        "findings": story.state.profile.findings if story.state.profile else (),
        "winner": story.card.winner or "nobody",
    }


# --- data -----------------------------------------------------------------------------------------


def _data(story: Story) -> dict[str, object]:
    profile = story.state.profile
    if profile is None:
        return {"data_facts": [], "data_plots": [], "evidence": story.task.notes}
    empty = sorted(profile.columns, key=lambda one: -one.missing)[:4]
    gaps = ", ".join(f"{one.name} {share(one.missing)}" for one in empty if one.missing > 0)
    facts = [
        ("rows to learn from", f"{profile.rows_train:,}"),
        ("rows to answer", "none" if profile.rows_test is None else f"{profile.rows_test:,}"),
        ("columns", f"{len(profile.columns):,}"),
        ("most empty", gaps or "no column has empty cells"),
        ("rows twice", f"{profile.duplicates:,}" if profile.duplicates else "none"),
        ("folds", split_words(story.state)),
    ]
    if profile.drift is not None:
        facts.append(("train against test", f"told apart with an AUC of {profile.drift:.2f}"))
    evidence = dict.fromkeys((*profile.split.evidence, *story.task.notes))
    return {"data_facts": facts, "data_plots": _data_plots(story), "evidence": tuple(evidence)}


def _data_plots(story: Story) -> list[Plot]:
    profile = story.state.profile
    assert profile is not None
    wanted = {target.name for target in story.task.targets[:2]}
    made = [
        Plot(f"Target: {one.name}", _bins_text(one), _distribution(number, one))
        for number, one in enumerate(profile.columns)
        if one.name in wanted and one.distribution
    ]
    strong = [one for one in profile.columns if one.to_target and one.name not in wanted]
    strong.sort(key=lambda one: -(one.to_target or 0.0))
    if strong:
        text = "Each column by itself; together they may say more."
        made.append(Plot("What tells the target", text, plots.relations(strong[:MOST_COLUMNS])))
    return made


def _distribution(number: int, column: ColumnProfile) -> str:
    return plots.distribution(f"target{number}", column.distribution[:MOST_BINS])


def _bins_text(column: ColumnProfile) -> str:
    left = len(column.distribution) - MOST_BINS
    more = f", {count(left, 'more value')} not shown" if left > 0 else ""
    return f"{count(column.distinct, 'different value')}{more}."


# --- scores ---------------------------------------------------------------------------------------


def _scores(story: Story) -> dict[str, object]:
    made: list[Plot] = []
    scored = story.scored
    higher = story.card.metric.direction == "higher"
    if scored:
        text = f"{'Further right' if higher else 'Further left'} is better; lines are one error."
        shown = plots.scoreboard(scored[:MOST_PROGRAMS], story.card.winner or "")
        made.append(Plot("Programs", text, shown))
    whole = [one for one in scored if one.score and one.score.folds == _folds(scored)]
    if len(whole) > 1:
        text = "Dots are programs with every fold, the line is the best so far."
        made.append(Plot("Score by time", text, plots.rounds(whole, higher=higher)))
    blind = story.card.chosen_by or story.card.score
    if blind is not None and len(blind.per_fold) > 1:
        text = "The line is the score of all folds together, the band its error."
        made.append(Plot(f"{story.card.winner} by fold", text, plots.folds(blind)))
    rows = [_tried(one, story) for one in [*scored, *_without_score(story)]]
    return {"score_plots": made, "tried": rows}


def _folds(scored: list[Moment]) -> tuple[int, ...]:
    """All folds."""
    return max((one.score.folds for one in scored if one.score), key=len)


def _without_score(story: Story) -> list[Moment]:
    return [one for one in story.state.moments if one.score is None]


def _tried(moment: Moment, story: Story) -> dict[str, object]:
    verdict = verdict_of(moment, story.card)
    return {
        "track": f"{moment.track} {moment.round}",
        "what": described(story.state.moments, moment),
        "score": score_text(moment.score),
        "folds": len(moment.score.folds) if moment.score else 0,
        "verdict": verdict,
        "won": verdict == "won",
    }


# --- the winner -----------------------------------------------------------------------------------


def _winner(story: Story, seen: Hindsight | None) -> dict[str, object]:
    scores = {one.candidate: score_text(one.score) for one in reversed(story.scored)}
    members = [
        {"name": one.candidate, "share": f"{one.weight:.2f}", "score": scores.get(one.candidate)}
        for one in sorted(story.card.members, key=lambda one: -one.weight)
    ]
    return {
        "why": _why(story),
        "members": members,
        "answer_plots": _answer_plots(seen),
        "confused": _confused(seen),
        "plans": [
            {"name": name, "reason": reason, "steps": steps}
            for name, reason, steps in plan_parts(story)
        ],
        "retrieved": [
            {
                "at": f"{one.entry.at:%Y-%m-%d %H:%M}",
                "kind": one.entry.kind,
                "query": one.entry.query,
                "address": one.entry.address,
                "verdict": one.entry.reason if one.entry.concerns else "not about this competition",
            }
            for one in story.retrieved
        ],
    }


def _why(story: Story) -> list[str]:
    card = story.card
    lines = []
    if card.ahead is not None:
        ahead = abs(card.ahead.difference) > card.ahead.error
        sure = "more than its error" if ahead else "less than its error, so another draw of rows "
        sure += "" if ahead else "may turn it round"
        lines.append(
            f"Row by row it differs from {card.ahead.second} by {card.ahead.difference:+.4f} "
            f"±{card.ahead.error:.4f}: {sure}."
        )
    if card.members:
        lines.append(
            f"It averages what {len(card.members)} programs say ({members_text(card.members)}); "
            "the weights were fitted on blind rows."
        )
    if card.winner is None:
        lines.append("No program came through before the run was over.")
    elif card.tried > 1:
        lines.append(f"{count(card.tried, 'program')} were compared on the same rows.")
    else:
        lines.append("No other program came so far, so there is nothing to compare it with.")
    return lines


def _answer_plots(seen: Hindsight | None) -> list[Plot]:
    if seen is None:
        return []
    rows = f"{seen.rows:,} blind rows"
    made: list[Plot] = []
    if seen.confusion and len(seen.classes) <= MOST_CLASSES:
        made.append(
            Plot(f"{seen.target}, answered", f"{rows}, a line a true class.", plots.confusion(seen))
        )
    if len({round(one.said, 2) for one in seen.reliability}) > 1:
        text = f"{rows} in tenths; below the line it is too sure of itself."
        made.append(Plot("Is it right when it is sure?", text, plots.reliability(seen)))
    if seen.pairs:
        shown: list[tuple[str, Callable[[Hindsight], str]]] = [
            ("Answered beside true", plots.answers),
            ("How far off", plots.residuals),
        ]
        text = f"{rows}" if len(seen.pairs) == seen.rows else f"{len(seen.pairs):,} of {rows}"
        made += [Plot(title, f"{text}.", draw(seen)) for title, draw in shown]
    return made


def _confused(seen: Hindsight | None) -> list[tuple[str, str, int]]:
    if seen is None or len(seen.classes) <= MOST_CLASSES:
        return []
    pairs = [
        (seen.classes[row], seen.classes[column], rows)
        for row, counts in enumerate(seen.confusion)
        for column, rows in enumerate(counts)
        if row != column and rows
    ]
    return sorted(pairs, key=lambda one: -one[2])[:MOST_CONFUSED]


def _again(story: Story) -> dict[str, object]:
    state = story.state
    facts = [
        ("program", story.card.solution if story.solution else "none, the run was over before"),
        ("seed", story.settings_seed),
        ("time", duration(story.card.active_seconds)),
        ("models", models_text(state) or "none, recipes alone"),
        ("sandbox", state.rung or "unknown"),
        ("iml-tui", state.engine.version if state.engine else "unknown"),
    ]
    needed = requirements_text(story.solution, story.added) if story.solution else ""
    return {"again": facts, "requirements": needed}
