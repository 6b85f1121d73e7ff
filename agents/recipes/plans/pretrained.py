"""The plans that adapt a pretrained encoder: taken as it is, with a simple head on what it says.

What an encoder learned from millions of texts, images or sounds is kept; only the head learns from
these rows. So a few hundred rows are enough, and folds and heads share one pass of the encoder.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from agents.models import BlueprintStep, CandidatePlan, Frozen
from agents.recipes.needs.needs import MANY_WORDS, Needs
from agents.recipes.plans.common import (
    Literals,
    as_number,
    contract,
    early_stop,
    encoding_steps,
    evaluation,
    every_target,
    few,
    lightgbm_settings,
    many_words,
    outputs,
    reading_seconds,
    step,
    target_literals,
    target_steps,
)

Kind = Literal["text", "image", "audio"]
LENGTHS: Final = (256, 128, 64, 32)
"""Numbers of tokens after which texts may be cut, the best first."""
MOST_TEXTS = 4
_DIRECTIONS, _DIRECTIONS_FOR_TREES = 400, 60
"""A line is held back as a whole and loses by every direction left out; trees choose columns one
by one, and the later ones are noise to them."""
_STRENGTHS, _PENALTIES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001), (10, 100, 1_000, 10_000)
"""Hundreds of columns say a little each: stronger ones than for tables. Measured on 6,090 short
texts and 384 columns: log loss .469 at 0.1, .448 at 0.01, .443 at 0.003."""
_COLUMNS_BESIDE_FOR_TREES = 3
"""Fewer columns than this beside the encoder's are served by a line."""
_ENCODED: Final[dict[Kind, str]] = {"text": "text", "image": "image", "audio": "sound"}

_PREPARES: Final[dict[Kind, str]] = {
    "text": "AutoTokenizer",
    "image": "AutoImageProcessor",
    "audio": "AutoFeatureExtractor",
}
"""What of `transformers` prepares contents."""


class Encoder(Frozen):
    """A pretrained encoder whose weights are at hand."""

    repository: str
    """On the Hugging Face Hub."""
    revision: str
    """The commit."""
    kind: Kind
    reason: str
    """Why this one, as a sentence."""
    pooling: Literal["first", "mean"] = "mean"
    """Whether a content's vector is that of its first part, or the mean of all parts."""
    prefix: str = ""
    """What stands before every text, where the encoder learned so."""
    most_tokens: int = 512
    """It reads no more of a text."""

    @property
    def short(self) -> str:
        """Its name as a plain word."""
        word = re.sub(r"[^a-z0-9]+", "_", self.repository.rpartition("/")[2].lower()).strip("_")
        return word if word[:1].isalpha() else f"encoder_{word}"


class Measured(Frozen):
    """What a few contents told of an encoder."""

    contents: int
    """Different ones in all."""
    dimensions: int
    seconds: float
    """By the clock, for a token (or an image or a sound): what else runs takes its share of this
    machine, and will go on doing so."""
    work: dict[str, float]
    """Tokens (or images or sounds) in all, by the number of tokens after which texts are cut."""

    def whole_seconds(self, longest: int) -> float:
        """What encoding everything takes."""
        return self.seconds * self.work[str(longest)]


def named(encoders: Sequence[Encoder]) -> tuple[str, ...]:
    """How a program loads each of some encoders, in words."""
    return tuple(
        f'`{one.repository}` ({one.kind}): `AutoModel.from_pretrained("{one.repository}", '
        f'revision="{one.revision}", dtype=torch.float32)`, and `{_PREPARES[one.kind]}` likewise'
        for one in encoders
    )


def readable(needs: Needs, kind: Kind) -> bool:
    """Whether rows have contents that an encoder of this kind reads."""
    if kind == "text":
        return bool(needs.of("text"))
    return needs.media.kind == _ENCODED[kind]


def lengths_for(encoder: Encoder) -> list[int]:
    """Numbers of tokens after which texts may be cut for an encoder."""
    return [length for length in LENGTHS if length <= encoder.most_tokens] or [encoder.most_tokens]


def longest_within(encoder: Encoder, measured: Measured, seconds: float) -> int | None:
    """After how many tokens texts are cut so that all is encoded in time; None where never."""
    fitting = (one for one in lengths_for(encoder) if measured.whole_seconds(one) <= seconds)
    return next(fitting, None)


def encoder_literals(needs: Needs, encoder: Encoder, longest: int, dimensions: int) -> Literals:
    """What the programs around an encoder leave open."""
    return {
        **needs.literals,
        **(needs.media.literals if encoder.kind != "text" else {}),
        "ENCODER": encoder.repository,
        "REVISION": encoder.revision,
        "ENCODED": _ENCODED[encoder.kind],
        "ENCODED_TEXTS": [*_texts(needs)] if encoder.kind == "text" else [],
        "POOLING": encoder.pooling,
        "PREFIX": encoder.prefix,
        "LONGEST": longest,
        "LENGTHS": [*lengths_for(encoder)],
        "DIMENSIONS": dimensions,
    }


def plan_pretrained(
    needs: Needs, encoder: Encoder, longest: int, dimensions: int
) -> tuple[CandidatePlan, ...]:
    """A line on what an encoder says, and trees where other columns stand beside it."""
    what = "ridge regression" if as_number(needs) else "logistic regression"
    line = [
        step(
            "linear model",
            f"Fit {what} for {every_target(needs.task)}.",
            "What an encoder says has the directions that matter already; a line finds them.",
        ),
        step(
            "strength train",
            "Choose how strongly it is held back on a fifth of the rows held out from the fit.",
            "The right strength depends on the data, and only held-out rows can tell it.",
        ),
    ]
    literals = encoder_literals(needs, encoder, longest, dimensions)
    rows = needs.profile.rows_train
    seconds = rows * _DIRECTIONS * (6e-6 + 3e-7 * outputs(needs))
    more: Literals = {
        "ROUNDS": 1,
        "STRENGTHS": [*_STRENGTHS],
        "PENALTIES": [*_PENALTIES],
        "DIRECTIONS": _DIRECTIONS,
    }
    plans = [_plan(needs, encoder, "linear", line, {**literals, **more}, seconds)]
    others = [one for one in needs.features if one.semantic != "text"]
    if len(others) + needs.sides.measures >= _COLUMNS_BESIDE_FOR_TREES:
        plans.append(_trees(needs, encoder, literals))
    return tuple(plans)


def _trees(needs: Needs, encoder: Encoder, literals: Literals) -> CandidatePlan:
    rows = needs.profile.rows_train
    settings = lightgbm_settings(needs, leaves=16, fewest=10 if few(needs) else 20, columns=0.3)
    steps = [
        step(
            "boost model",
            f"Boost trees of at most {settings['num_leaves']} leaves for "
            f"{every_target(needs.task)} with LightGBM, each on {settings['colsample_bytree']:.0%} "
            "of the columns.",
            f"{len(needs.features)} columns stand beside what the encoder says, and trees find "
            "where they work together.",
        ),
        early_stop(needs),
    ]
    goals = 1 if as_number(needs) else outputs(needs)
    a_tree = 3e-4 + 6e-8 * rows + _DIRECTIONS_FOR_TREES * (2e-5 + 1.5e-9 * rows)
    seconds = 400 * (2 if few(needs) else 1) * (0.35 + 0.65 * goals) * a_tree
    more: Literals = {
        "SETTINGS": settings,
        "REFIT": few(needs),
        "DIRECTIONS": _DIRECTIONS_FOR_TREES,
    }
    return _plan(needs, encoder, "gradient", steps, {**literals, **more}, seconds)


def _plan(
    needs: Needs,
    encoder: Encoder,
    head: str,
    steps: Sequence[BlueprintStep],
    literals: Literals,
    seconds: float,
) -> CandidatePlan:
    beside = bool(needs.features or needs.sides.measures)
    return CandidatePlan(
        track="pretrained",
        name=f"{encoder.short}_{head}",
        recipe=f"pretrained/{head}",
        literals={
            **literals,
            **target_literals(needs),
            "BESIDE": beside,
            "BENT": False,
            "MANY_WORDS": MANY_WORDS if many_words(needs) else 0,
        },
        steps=(
            *needs.steps,
            *(needs.media.steps if encoder.kind != "text" else ()),
            *_encoding(needs, encoder, literals),
            *(_beside_steps(needs) if beside else ()),
            *steps,
            *target_steps(needs),
            *evaluation(needs),
        ),
        contract=contract(needs, ("float32",), nullable=False),
        reason=encoder.reason,
        seconds=round(1.0 + reading_seconds(needs) + seconds, 2),
    )


def _encoding(needs: Needs, encoder: Encoder, literals: Literals) -> list[BlueprintStep]:
    what = {"image": "the image of each row", "audio": "the sound of each row"}.get(encoder.kind)
    if what is None:
        what = ", ".join(f"`{name}`" for name in _texts(needs))
        what += f" (the first {literals['LONGEST']} tokens)"
    return [
        step(
            "encode prep",
            f"Read {what} with the pretrained encoder `{encoder.repository}` as it is, once.",
            encoder.reason,
        ),
        step(
            "directions prep",
            "Measure what it says in deviations, and keep at most "
            f"{literals['DIRECTIONS']} directions, those in which rows differ most.",
            "Encoders say the same in many ways, and the head needs one scale.",
        ),
    ]


def _beside_steps(needs: Needs) -> list[BlueprintStep]:
    impute = step(
        "impute prep",
        "Fill missing numbers with the median, and say in a column beside it where.",
        "New rows may have gaps that these have not.",
    )
    scale = step(
        "scale prep",
        "Bring the numbers beside what the encoder says to one scale, and cut them at four "
        "deviations.",
        "None may drown the others.",
    )
    return [impute, scale, *encoding_steps(needs)]


def _texts(needs: Needs) -> list[str]:
    """The columns of text that are encoded, the most telling ones."""
    texts = sorted(needs.of("text"), key=lambda one: -(one.to_target or 0.0))[:MOST_TEXTS]
    names = {one.name for one in texts}
    return [one.name for one in needs.of("text") if one.name in names]
