"""Which steps of a plan a file claims, and which it should."""

from agents.models import BlueprintStep, CandidatePlan, Contract
from agents.recipes.writing.claims import wrong_claims

PLAN = CandidatePlan(
    track="traditional",
    name="smooth",
    recipe="",
    literals={},
    steps=(
        BlueprintStep(id="fill", part="prep", directive="Fill gaps.", reason="Few."),
        BlueprintStep(id="scale", part="prep", directive="Scale.", reason="Long tails."),
        BlueprintStep(id="fit", part="train", directive="Fit.", reason="Usual."),
    ),
    contract=Contract(objects=()),
    reason="It bends.",
)


def source(claims: str) -> str:
    return f'"""Tables.\n\nSteps: {claims}\n"""\n'


def test_a_file_claims_the_steps_of_its_own_part_only() -> None:
    assert wrong_claims(PLAN, source("fill, scale"), ("prep",)) == []
    assert wrong_claims(PLAN, source("fit"), ("model", "train")) == []


def test_what_is_claimed_in_place_of_a_step_is_named_beside_it() -> None:
    assert wrong_claims(PLAN, source("fill, rescale"), ("prep",)) == [
        "No docstring claims these steps: scale.",
        "Docstrings claim steps that the plan does not have: rescale.",
    ]


def test_a_claim_too_many_alone_does_no_harm() -> None:
    assert wrong_claims(PLAN, source("fill, scale, more"), ("prep",)) == []
