"""What each part of the method is worth: variant by competition by seed, in the paper's tables.

    python -m benchmarks.ablations [--grader "CMD"] [--model NAME] [--variants full,stripped] DIR...

A DIR is a competition as `benchmarks.competitions` takes it (`public/` and `private/answers.csv`),
or as MLE-bench prepares it (`prepared/public` and `prepared/private`). CMD grades a submission as
it does there. With `--submissions` the answers are kept, a folder a variant and seed, beside the
JSONL file that `mlebench grade` takes (`competition_id`, `submission_path`). `--thresholds` names a
JSON file that says by competition what the median and the medals ask for (`median`, `bronze`,
`silver`, `gold`).

Without a model only what recipes do differently is measured. The tables show every variant: who
made a submission, whose was valid, above the median, medals and APS (RQ1, RQ2), P_norm by
competition, APS by modality (RQ3), tokens, money and time by phase (RQ4).
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from benchmarks.competitions import Grade, graded
from benchmarks.outcomes import (
    MEDALS,
    PHASES,
    PLACE,
    Case,
    Outcome,
    keep_outcome,
    outcome_of,
    read_outcomes,
)
from benchmarks.runs import run_headless
from benchmarks.tables import NONE, keep, shown, table


class Variant(NamedTuple):
    """One way to run the product."""

    options: tuple[str, ...]
    needs_model: bool = False
    """Whether it changes nothing about the recipes."""


VARIANTS = {
    "full": Variant(()),
    "static": Variant(("--variant", "static"), needs_model=True),
    "mono": Variant(("--variant", "mono"), needs_model=True),
    "reactive": Variant(("--variant", "reactive"), needs_model=True),
    "isolated": Variant(("--variant", "isolated"), needs_model=True),
    "retrieval-free": Variant(("--no-retrieval",), needs_model=True),
    "K=0": Variant(("--debug-rounds", "0"), needs_model=True),
    "K=1": Variant(("--debug-rounds", "1"), needs_model=True),
    "K=3": Variant(("--debug-rounds", "3"), needs_model=True),
    "K=5": Variant(("--debug-rounds", "5"), needs_model=True),
    "K=20": Variant(("--debug-rounds", "20"), needs_model=True),
    "unimproved": Variant(("--improve-rounds", "0"), needs_model=True),
    "traditional": Variant(("--only", "traditional")),
    "pretrained": Variant(("--only", "pretrained")),
    "neural": Variant(("--only", "neural")),
    "best valid": Variant(("--aggregation", "best")),
    "average": Variant(("--aggregation", "average")),
    "stacking": Variant(("--aggregation", "stacking")),
    "boosting": Variant(("--aggregation", "boosting")),
    "stripped": Variant(("--strip",)),
}


def main() -> int:
    """Runs, grades, prints and keeps; returns the exit code."""
    arguments = _parser().parse_args()
    model = label_of(arguments.model)
    names = chosen(arguments.variants, with_model=bool(model))
    for folder in arguments.folders:
        for name in names:
            for seed in arguments.seeds.split(","):
                keep_outcome(_measure(folder, name, int(seed), arguments), arguments.lines)
    shown_ones = [
        one
        for one in read_outcomes(arguments.lines)
        if one.model == model and one.limit_s == arguments.time_limit
    ]
    parts = tables(shown_ones)
    print("\n\n".join(parts))
    if arguments.lines == PLACE:
        name = "-".join(["ablations", *re.findall(r"[\w.]+", model)])
        title = f"What each part is worth, with {model or 'no model'}"
        print(f"\nKept in {keep(name, title, parts)}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--grader", default="", metavar="CMD")
    parser.add_argument("--model", default="", help="as the product's --model takes it")
    parser.add_argument("--variants", default="", help="some of them, with commas")
    parser.add_argument("--time-limit", type=float, default=300.0)
    parser.add_argument("--cores", default="2")
    parser.add_argument("--seeds", default="7", help="several with commas")
    parser.add_argument("--thresholds", type=Path, metavar="FILE")
    parser.add_argument("--submissions", type=Path, metavar="DIR")
    parser.add_argument("--lines", type=Path, default=PLACE, help="where each run is kept")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    return parser


def label_of(model: str) -> str:
    """A model as results name it, without the folder of a script."""
    kind, _, file = model.partition("/")
    return f"script/{Path(file).name}" if kind == "script" else model


def chosen(named: str, *, with_model: bool) -> list[str]:
    """The variants that are named, else all that change something.

    Raises:
        SystemExit: one is not known, or needs a model.
    """
    names = [name.strip() for name in named.split(",") if name.strip()]
    for name in names:
        if name not in VARIANTS:
            sys.exit(f"No variant is called {name!r}: there are {', '.join(VARIANTS)}.")
        if VARIANTS[name].needs_model and not with_model:
            sys.exit(f"{name} changes what models do: name one with --model.")
    able = [name for name, one in VARIANTS.items() if with_model or not one.needs_model]
    return names or able


def public_of(folder: Path) -> Path:
    """What a user would have of a competition, in either layout.

    Raises:
        SystemExit: it has neither.
    """
    for place in (folder / "prepared" / "public", folder / "public"):
        if place.is_dir():
            return place
    sys.exit(f"{folder} holds neither public/ nor prepared/public/: name a competition's folder.")


def _measure(folder: Path, variant: str, seed: int, arguments: argparse.Namespace) -> Outcome:
    name = folder.resolve().name
    known = arguments.thresholds
    thresholds = json.loads(known.read_text(encoding="utf-8")) if known is not None else {}
    case = Case(
        variant,
        name,
        seed,
        label_of(arguments.model),
        arguments.time_limit,
        thresholds.get(name, {}),
    )
    options = ["--time-limit", str(arguments.time_limit), "--cores", arguments.cores]
    options += ["--seed", str(seed), *VARIANTS[variant].options]
    options += ["--model", arguments.model] if arguments.model else []
    with tempfile.TemporaryDirectory(prefix="iml-ablation-") as scratch:
        copy = Path(scratch).resolve() / name
        shutil.copytree(public_of(folder), copy)
        print(f"{name}, {variant}, seed {seed} ...", file=sys.stderr)
        run = run_headless(copy, options)
        workspace = copy / "pipeline"
        submission = workspace / "submission.csv"
        grade = Grade(valid=bool(run.card and run.card.submission), score=None, normalized=None)
        if arguments.grader:
            grade = graded(arguments.grader, name, submission)
        if arguments.submissions is not None and submission.exists():
            hand_over(submission, arguments.submissions, case)
        return outcome_of(case, run, grade, workspace)


def hand_over(submission: Path, folder: Path, case: Case) -> Path:
    """Keeps a submission and names it in the JSONL file that MLE-bench grades; returns that file.

    `mlebench grade --submission FILE` takes one line a competition, so each variant and seed has a
    file of its own.
    """
    run = f"{case.variant.replace(' ', '-')}-{case.seed}"
    kept = folder.resolve() / run / f"{case.competition}.csv"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(submission, kept)
    lines = folder.resolve() / f"{run}.jsonl"
    before = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
    others = [line for line in before if json.loads(line)["competition_id"] != case.competition]
    line = json.dumps({"competition_id": case.competition, "submission_path": str(kept)})
    lines.write_text("\n".join([*others, line]) + "\n", encoding="utf-8")
    return lines


# --- tables ------------------------------------------------------------------------------------


def tables(outcomes: Sequence[Outcome]) -> list[str]:
    """The paper's tables of these runs."""
    variants = [name for name in VARIANTS if any(one.variant == name for one in outcomes)]
    by_variant = {name: [one for one in outcomes if one.variant == name] for name in variants}
    modalities = sorted({one.modality for one in outcomes})
    competitions = sorted({one.competition for one in outcomes})

    def split(label: str, names: Iterable[str], part: Callable[[Outcome], str]) -> str:
        rows = [
            [
                name,
                *(_aps([one for one in own if part(one) == name]) for own in by_variant.values()),
            ]
            for name in names
        ]
        total = ["overall APS", *(_aps(own) for own in by_variant.values())]
        return table([label, *variants], [*rows, total])

    return [
        _performance(by_variant),
        split("P_norm", competitions, lambda one: one.competition),
        split("APS by modality", modalities, lambda one: one.modality),
        _efficiency(by_variant),
    ]


def _performance(by_variant: dict[str, list[Outcome]]) -> str:
    """The paper's table 1."""
    header = ["variant", "runs", "made", "valid", "above median", *MEDALS, "any medal", "APS"]
    rows = []
    for name, own in by_variant.items():
        medals = [
            _share([None if one.medal is None else one.medal == medal for one in own])
            for medal in MEDALS
        ]
        rows.append(
            [
                name,
                str(len(own)),
                _share([one.made for one in own]),
                _share([one.valid for one in own]),
                _share([one.above_median for one in own]),
                *medals,
                _share([None if one.medal is None else bool(one.medal) for one in own]),
                _aps(own),
            ]
        )
    return table(header, rows)


def _efficiency(by_variant: dict[str, list[Outcome]]) -> str:
    """Means a run: what it took, and when (RQ4)."""
    header = ["variant", "calls", "tokens", "most by", "US dollars", "stable prefix", "s"]
    header += [f"{phase}, s" for phase in PHASES]
    rows = []
    for name, own in by_variant.items():
        known = [one.cost for one in own if one.cost is not None]
        stable = [one.stable for one in own if one.stable is not None]
        rows.append(
            [
                name,
                shown(fmean(one.calls for one in own), 1),
                f"{fmean(sum(one.tokens.values()) for one in own):,.0f}",
                _dearest(own),
                shown(fmean(known), 4) if len(known) == len(own) else NONE,
                f"{fmean(stable):.0%}" if stable else NONE,
                shown(fmean(one.seconds for one in own), 0),
                *(shown(fmean(one.phases.get(phase, 0.0) for one in own), 1) for phase in PHASES),
            ]
        )
    return table(header, rows)


def _dearest(outcomes: Sequence[Outcome]) -> str:
    """The role with most tokens, and its share."""
    totals: dict[str, int] = {}
    for one in outcomes:
        for role, tokens in one.tokens.items():
            totals[role] = totals.get(role, 0) + tokens
    if not totals:
        return NONE
    role = max(totals, key=lambda name: totals[name])
    return f"{role.replace('_', ' ')} {totals[role] / sum(totals.values()):.0%}"


def _share(known: Iterable[bool | None]) -> str:
    """How many of those that are known, as a share."""
    counted = [one for one in known if one is not None]
    return f"{fmean(counted):.0%}" if counted else NONE


def _aps(outcomes: Sequence[Outcome]) -> str:
    return shown(fmean(one.normalized for one in outcomes), 3) if outcomes else NONE


if __name__ == "__main__":
    sys.exit(main())
