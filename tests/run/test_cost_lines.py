"""The report's table of what models took."""

from agents.journal.talks import Spent
from agents.run.choosing.report import cost_lines

CODER = Spent(calls=2, prompt_tokens=9_000, cached_tokens=4_000, completion_tokens=800, cost=0.02)
ANALYZER = Spent(calls=1, prompt_tokens=3_000, completion_tokens=200, unpriced=1)
BOTH = Spent(
    calls=3,
    prompt_tokens=12_000,
    cached_tokens=4_000,
    completion_tokens=1_000,
    cost=0.02,
    unpriced=1,
)


def test_every_role_has_a_line_and_all_together_the_last() -> None:
    lines = cost_lines({"task_analyzer": ANALYZER, "modeling_coder": CODER}, BOTH)

    assert lines[1] == "## What the models took"
    assert lines[-3:] == [
        "| modeling coder | 2 | 9,000 | 4,000 | 800 | $0.02 |",
        "| task analyzer | 1 | 3,000 | 0 | 200 | unknown |",
        "| in all | 3 | 12,000 | 4,000 | 1,000 | $0.02 and more |",
    ]
    assert {line.count("|") for line in lines[3:]} == {7}


def test_without_a_model_there_is_nothing_to_tell() -> None:
    assert cost_lines({}, Spent()) == []
