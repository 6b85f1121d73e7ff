"""Which distribution brings a module, and which names are only guessed."""

import pytest

from agents.knowledge.distributions import Distribution, distribution_of


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("sklearn.svm", Distribution("scikit-learn", known=True)),
        ("cv2", Distribution("opencv-python-headless", known=True)),
        ("xgboost", Distribution("xgboost", known=True)),
        ("smooth_sums.inner", Distribution("smooth-sums", known=False)),
        ("utils", None),
        ("torch.nn", None),
        ("_hidden", None),
    ],
)
def test_a_module_is_brought_by_a_known_package_a_guess_or_nothing(
    module: str, found: Distribution | None
) -> None:
    assert distribution_of(module) == found
