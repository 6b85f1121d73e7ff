"""What models took is told by role and in all, and an unknown price is called unknown."""

from dataclasses import replace

from agents.journal import events as facts
from agents.journal.state import State
from iml_tui.words.present import headline
from iml_tui.words.spending import models_text, so_far, spent_text
from tests.iml_tui import runs


def answered(role: str, tokens: int, cost: float | None) -> facts.ModelAnswered:
    return facts.ModelAnswered(
        step=f"look/{role}",
        role=role,
        part="coder",
        model="ollama/m",
        prompt_tokens=tokens,
        completion_tokens=100,
        seconds=2.0,
        cost=cost,
        ended="stop",
    )


def after(*events: facts.ModelAnswered) -> State:
    return runs.state_after((*runs.BUILDING, *events))


def test_roles_are_named_with_the_dearest_first_and_the_rest_as_one() -> None:
    roles = ("task_analyzer", "modeling_coder", "debugging_agent", "improver", "profiling_agent")
    state = after(*(answered(role, 1_000 * place, 0.01) for place, role in enumerate(roles, 1)))

    assert models_text(state) == (
        "15,500 tokens, $0.05 in 5 calls: Profiling Agent 5,100, Improver 4,100, "
        "Debugging Agent 3,100, others 3,200"
    )


def test_a_price_that_is_not_known_is_no_price_of_nothing() -> None:
    unknown = after(answered("improver", 1_000, None))
    partly = after(answered("improver", 1_000, None), answered("improver", 1_000, 0.5))

    assert spent_text(unknown.spent) == "1,100 tokens, price unknown"
    assert spent_text(partly.spent) == "2,200 tokens, $0.50 and more"


def test_each_answer_says_what_its_role_and_all_took_so_far() -> None:
    last = answered("improver", 2_000, 0.25)
    state = after(answered("task_analyzer", 1_000, 0.25), last)

    assert so_far(state, "improver") == "2,100 in this role, 3,200 tokens, $0.50 in all"
    assert str(headline(last, state)).endswith(
        "answered as Improver: 2.0 s, 2,100 tokens; 2,100 in this role, 3,200 tokens, $0.50 in all"
    )


def test_what_nobody_waited_for_counts_by_estimate_and_is_told() -> None:
    dropped = facts.ModelDropped(
        step="traditional/improve/change-2/ask-1",
        role="improver",
        part="coder",
        model="ollama/m",
        prompt_tokens=8_000,
        completion_tokens=0,
        seconds=3.0,
    )
    one = after(answered("improver", 1_000, None))
    state = runs.state_after((*runs.BUILDING, answered("improver", 1_000, None), dropped))

    assert state.spent.tokens == one.spent.tokens + 8_000
    assert state.spent_by_role["improver"].calls == 2
    assert state.talk == one.talk
    assert str(headline(dropped, state)) == (
        "ollama/m, asked as Improver for traditional, is not waited for any longer: "
        "about 8,000 tokens"
    )


def test_a_run_without_a_model_says_nothing_of_models() -> None:
    assert models_text(replace(State())) == ""
