"""The plan of the neural network for tables, and when none is made."""

from agents.models import BlueprintStep, CandidatePlan
from agents.recipes.needs.losses import training_loss
from agents.recipes.needs.needs import Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    as_ranks,
    contract,
    evaluation,
    every_target,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
    width,
)
from agents.recipes.plans.variation import Variation

PACKAGE = "torch"
FEWEST_ROWS = 300
ROWS_A_CLASS = 10
_MEMBERS = 8
_WIDTH = 128
_NETWORKS = 6
_LAPS = 15
_EPOCHS = 16
_BATCH = 256
_FEWEST_STEPS = 320
_SECONDS_A_STEP = 2e-3
_SECONDS_A_PRODUCT = 5e-11


def no_neural(needs: Needs, installed: frozenset[str]) -> str | None:
    """Why no network is trained, as a sentence that says what would change that; None if one is.

    Args:
        needs: The columns of the competition.
        installed: Top-level packages that programs can import.
    """
    rows, classes = needs.profile.rows_train, len(needs.task.targets[0].classes)
    if rows < FEWEST_ROWS:
        return (
            f"{rows} labelled rows are too few for a neural network to beat simpler models; "
            f"it is tried from {FEWEST_ROWS} on."
        )
    if classes * ROWS_A_CLASS > rows:
        return (
            f"{rows} rows for {classes} classes are too few for a neural network; it is tried from "
            f"{ROWS_A_CLASS} rows a class on."
        )
    if PACKAGE not in installed:
        return (
            "A neural network would suit these rows, but PyTorch is not installed where programs "
            "run: install it with `pip install 'iml-tui[deep]'` and start again."
        )
    return None


def plan_neural(needs: Needs) -> CandidatePlan:
    """Ensembles of perceptrons on numbers seen through waves.

    Call it where `no_neural` gives no reason against it.
    """
    return CandidatePlan(
        track="neural",
        name="neural",
        recipe="tables/neural",
        literals=_literals(needs),
        steps=(
            *needs.steps,
            *_input_steps(needs),
            *_network_steps(needs),
            *target_steps(needs),
            *evaluation(needs),
        ),
        contract=contract(needs, ("float32", "int8", "int32"), nullable=False),
        reason="It bends smoothly and shares what it learns between columns, where trees cut; "
        "blended, both err less.",
        seconds=round(_seconds(needs), 2),
    )


def neural_variations(plan: CandidatePlan) -> tuple[Variation, ...]:
    """Changes of a network worth trying, the most promising first."""
    units, epochs = _count(plan, "WIDTH"), _count(plan, "EPOCHS")
    fewest = _count(plan, "FEWEST_STEPS")
    return (
        Variation(
            "wider",
            {"WIDTH": 2 * units, "DROPOUT": 0.3},
            "More units find more of what columns say.",
        ),
        Variation(
            "longer",
            {"EPOCHS": 3 * epochs, "FEWEST_STEPS": 3 * fewest},
            "More steps follow finer patterns.",
        ),
        Variation("gentler", {"RATE": 0.005}, "Small steps settle where large ones jump about."),
        Variation("deeper", {"LAYERS": 3}, "A third layer composes what two have found."),
        Variation(
            "choppier",
            {"WAVE_SPREAD": 0.5},
            "Shorter waves follow a target that jumps along a number.",
        ),
        Variation(
            "held_back", {"DROPOUT": 0.4, "DECAY": 0.1}, "Noisy targets ask for a modest network."
        ),
    )


def _count(plan: CandidatePlan, name: str) -> int:
    value = plan.literals[name]
    assert isinstance(value, int)
    return value


def _literals(needs: Needs) -> Literals:
    loss = "cross_entropy"
    literals: Literals = {**needs.literals, **target_literals(needs)}
    if needs.task.problem == "multilabel":
        loss = "binary_cross_entropy"
    elif as_ranks(needs):
        loss = "squared_error"
    elif as_number(needs):
        found = training_loss(needs.task.metric, "regression", targets=len(needs.task.targets))
        loss = found.torch if found.torch in {"absolute_error", "pinball"} else "squared_error"
        literals["QUANTILE"] = 0.5 if found.quantile is None else found.quantile
    return literals | {
        "LOSS": loss,
        "MEMBERS": _MEMBERS,
        "WIDTH": _WIDTH,
        "NETWORKS": _NETWORKS,
        "EPOCHS": _EPOCHS,
        "FEWEST_STEPS": _FEWEST_STEPS,
    }


def _input_steps(needs: Needs) -> list[BlueprintStep]:
    steps = [
        step(
            "scale prep",
            "Measure each number from its median in distances between quartiles, and bend its long "
            "tails in as a logarithm does.",
            "A network learns from numbers of one scale, and one far value must not rule it.",
        ),
        step(
            "flags prep",
            "Turn numbers of two values, and whether a number is missing, into 0 and 1.",
            "A network takes no gaps, and that there is one may mean something.",
        ),
    ]
    if needs.words:
        steps.append(
            step(
                "words prep",
                "Number the words of each column; rare and unknown ones share a number.",
                "A word that occurs once teaches nothing, and new rows will bring unknown ones.",
            )
        )
    return steps


def _network_steps(needs: Needs) -> list[BlueprintStep]:
    steps = [
        step(
            "waves model",
            "Give every number a few learned mixtures of cosines beside it.",
            "Targets rise and fall along a number, and a plain layer is slow to learn that.",
        )
    ]
    if needs.words:
        steps.append(
            step(
                "embed model",
                "Learn a few numbers for every word.",
                "Words that mean alike then lie close together.",
            )
        )
    return [
        *steps,
        step(
            "network model",
            f"Train {_MEMBERS} perceptrons in one, which share inner weights, for "
            f"{every_target(needs.task)}.",
            "Their mean errs less than one network, at little more cost.",
        ),
        step(
            "laps train",
            f"Train for {_LAPS} laps at a rate that rises and falls four times; keep the lap after "
            "which held-out rows are predicted best.",
            f"With {needs.profile.rows_train} rows the right length is not known before.",
        ),
        step(
            "early_stop train",
            f"Train up to {_NETWORKS} networks, each with other rows held out, and average them.",
            "So every row is learned from, and chance in the first weights evens out.",
        ),
    ]


def _seconds(needs: Needs) -> float:
    """What all networks cost on one core."""
    rows = needs.profile.rows_train
    inputs = 4 * width(needs) + 6 * len(needs.of("category"))
    products = 3 * min(_BATCH, rows // 8) * _MEMBERS * _WIDTH * (inputs + _WIDTH + outputs(needs))
    a_step = _SECONDS_A_STEP + products * _SECONDS_A_PRODUCT
    steps = max(_FEWEST_STEPS, _EPOCHS * rows // _BATCH)
    return 2.0 + reading_seconds(needs) + _NETWORKS * steps * a_step
