"""The planted fault: one keyword of the model's fit, and nothing else."""

import pytest

from benchmarks.repair import with_wrong_keyword

SOURCE = """\
class Model:
    def __init__(self):
        self.kind = dict(a=1)

    def fit(self, train, *, seed, time_limit_s):
        self.model = Trees(train["X_train"].shape[1], depth=6, seed=seed)
"""


def test_the_first_keyword_of_fit_gets_a_name_that_nothing_knows() -> None:
    broken = with_wrong_keyword(SOURCE)
    assert broken == SOURCE.replace("depth=6", "no_such_option=6")


def test_a_model_without_keywords_cannot_be_broken() -> None:
    with pytest.raises(SystemExit, match="nothing to break"):
        with_wrong_keyword("class Model:\n    def fit(self):\n        pass\n")
