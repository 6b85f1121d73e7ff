"""When a blend takes the place of its best member."""

import pytest

from agents.models import Comparison
from agents.roles.ensembler import is_worth_it


@pytest.mark.parametrize(
    ("difference", "sharper", "worth"),
    [
        (0.01, 0.0, True),
        (-0.01, 0.0, False),
        (-0.01, 2.0, True),
        (-0.01, 0.5, False),
        (-0.03, 9.0, False),
    ],
)
def test_better_probabilities_decide_where_labels_cannot_tell(
    difference: float, sharper: float, worth: bool
) -> None:
    against = Comparison(first="ensemble", second="linear", difference=difference, error=0.02)

    assert is_worth_it(against, sharper) is worth
