"""A fault that comes back is answered by more; rounds end."""

from agents.models import Fault
from agents.repairs.escalation import Attempt, Means, next_rung


def fault(message: str = "KeyError: 'a'", kind: str = "preprocessing logic") -> Fault:
    return Fault.model_validate({"kind": kind, "component": "model.py", "message": message})


def courses(one: Fault, means: Means) -> list[str]:
    """The rungs of a fault that always comes back."""
    history: list[Attempt] = []
    while (rung := next_rung(history, one, means)) != "recipe":
        history.append(Attempt(one, rung))
    return [attempt.rung for attempt in history]


def test_a_fault_that_comes_back_climbs_from_rule_to_recipe() -> None:
    assert courses(fault(), Means(web=True))[2:] == [
        *("quick", "debug", "signature", "web", "anew")
    ]


def test_the_web_is_asked_only_where_that_is_allowed() -> None:
    found = courses(fault(), Means(quick=False))
    assert found == ["debug", "signature", "anew"]


def test_a_fault_about_libraries_meets_their_true_signatures_at_once() -> None:
    about = fault("TypeError: f() got an unexpected keyword argument 'a'", "incompatible API")
    assert courses(about, Means(quick=False)) == ["signature", "anew"]


def test_without_a_model_the_recipe_follows_the_rules() -> None:
    assert set(courses(fault(), Means(model=False))) == {"quick"}


def test_another_fault_begins_at_the_bottom() -> None:
    history = [Attempt(fault(), "quick"), Attempt(fault(), "debug")]
    assert next_rung(history, fault("ValueError: shapes differ")) == "quick"
    assert next_rung(history, fault()) == "signature"


def test_a_fault_that_comes_back_after_another_one_goes_on_where_it_was() -> None:
    other = fault("ValueError: shapes differ")
    history = [Attempt(fault(), "debug"), Attempt(other, "debug"), Attempt(fault(), "quick")]
    assert next_rung(history, fault()) == "signature"


def test_rounds_end_while_rules_still_cost_nothing() -> None:
    history = [Attempt(fault(f"KeyError: {name}"), "debug") for name in "abc"]
    assert next_rung(history, fault("KeyError: d"), Means(rounds=3)) == "quick"
    assert next_rung(history, fault("KeyError: d"), Means(rounds=3, quick=False)) == "recipe"


def test_rules_that_go_round_in_circles_end_too() -> None:
    history: list[Attempt] = []
    for number in range(40):
        one = fault("KeyError: a" if number % 2 else "KeyError: b")
        history.append(Attempt(one, next_rung(history, one, Means(model=False))))
    assert history[-1].rung == "recipe"
