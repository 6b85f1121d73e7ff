"""Waiting and spending: countdowns, hard limits, prices, and the model that plays a script."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.conversation import Prompt, Usage, Waiting
from agents.errors import (
    BudgetSpentError,
    GaveUpError,
    InputError,
    ModelTooSlowError,
    RateLimitedError,
    ServerBusyError,
    UnknownModelError,
    WrongKeyError,
)
from agents.llm.backoff import Patience, PatientModel
from agents.llm.budget import Budget, Limits, MeteredModel
from agents.llm.catalog import address_of
from agents.llm.failures import retry_after
from agents.llm.opening import open_model
from agents.llm.prices import context_of, price_of
from agents.llm.scripted import Answer, ScriptedModel
from tests.llm.servers import Turn, openai_delta, serving
from tests.llm.talk import NOWHERE, STUBBORN, model_on, question, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After-Ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Thu, 01 Jan 2026 00:01:00 GMT"}, 60.0),
        ({"Retry-After": "Wed, 31 Dec 2025 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOW) == seconds


class Clock:
    """Counts the seconds that were waited, without waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.told: list[Waiting] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def patient(self, model: ScriptedModel, patience: Patience, seed: int = 1) -> PatientModel:
        return PatientModel(model, patience, seed=seed, announce=self.told.append, sleep=self.sleep)


async def test_a_wait_that_the_server_asks_for_is_kept_and_counted_down() -> None:
    clock = Clock()
    model = ScriptedModel([RateLimitedError("Slow down.", 3.0), "7"])
    reply = await clock.patient(model, Patience()).ask(question())
    assert reply.text == "7"
    assert 3.0 <= sum(clock.slept) <= 4.0
    left = [one.seconds_left for one in clock.told]
    assert left == sorted(left, reverse=True)
    assert len(left) == 4
    assert {(one.reason, one.attempt, one.attempts) for one in clock.told} == {("Slow down.", 2, 8)}


async def test_waits_double_up_to_a_bound_and_are_spread_by_the_seed() -> None:
    clocks = [Clock(), Clock(), Clock()]
    patience = Patience(attempts=7, first_wait_s=2, longest_wait_s=16)
    for clock, seed in zip(clocks, (1, 1, 2), strict=True):
        model = ScriptedModel([ServerBusyError("Busy.") for _ in range(7)])
        with pytest.raises(GaveUpError, match=r"Busy; 7 calls were made\."):
            await clock.patient(model, patience, seed).ask(question())
    total = [sum(clock.slept) for clock in clocks]
    assert total[0] == total[1] != total[2]
    assert all((2 + 4 + 8 + 16 * 3) / 2 <= seconds <= 2 + 4 + 8 + 16 * 3 for seconds in total)


async def test_a_deadline_is_not_run_into_again_and_again() -> None:
    model = ScriptedModel([ModelTooSlowError("Late.") for _ in range(9)])
    with pytest.raises(GaveUpError, match="2 calls"):
        await Clock().patient(model, Patience()).ask(question())


async def test_a_terminal_failure_is_not_waited_for() -> None:
    clock = Clock()
    with pytest.raises(WrongKeyError):
        await clock.patient(ScriptedModel([WrongKeyError("No."), "7"]), Patience()).ask(question())
    assert clock.slept == []


# --- money -----------------------------------------------------------------------------------


def metered(budget: Budget, price: float | None, *answers: str) -> MeteredModel:
    def priced(usage: Usage) -> float | None:
        return None if price is None else usage.tokens * price

    return MeteredModel(ScriptedModel(answers), budget, priced)


def brief(role: str = "task_analyzer") -> Prompt:
    return question().model_copy(update={"answer_tokens": 50, "role": role})


async def test_what_is_spent_is_kept_by_role_and_in_all() -> None:
    budget = Budget()
    model = metered(budget, 0.01, "seven", "eight is a longer word")
    first = await model.ask(brief())
    await model.ask(brief("debugging_agent"))
    assert set(budget.by_role) == {"task_analyzer", "debugging_agent"}
    assert budget.spent.calls == 2
    assert budget.by_role["task_analyzer"].cost == first.usage.cost
    assert budget.spent.cost == pytest.approx(budget.spent.tokens * 0.01)


async def test_no_call_is_made_that_could_lead_beyond_the_tokens() -> None:
    most = brief().estimated_tokens + 50
    budget = Budget(Limits(max_tokens=most))
    model = metered(budget, None, "seven", "seven")
    await model.ask(brief())
    with pytest.raises(BudgetSpentError, match=rf"--max-tokens {most} \(\d+ are spent\)"):
        await model.ask(brief())
    budget.limits = Limits(max_tokens=most * 3)
    assert (await model.ask(brief())).text == "seven"
    assert budget.spent.tokens <= most * 3


async def test_no_call_is_made_that_could_lead_beyond_the_money() -> None:
    budget = Budget(Limits(max_cost=0.05))
    with pytest.raises(BudgetSpentError, match=r"--max-cost 0\.05"):
        await metered(budget, 0.01, "seven").ask(brief())
    assert budget.spent.calls == 0


async def test_an_unknown_price_is_unknown_and_no_limit_on_money_can_be_kept() -> None:
    budget = Budget()
    assert (await metered(budget, None, "seven").ask(brief())).usage.cost is None
    assert budget.spent.unpriced_calls == 1
    budget.limits = Limits(max_cost=100)
    with pytest.raises(BudgetSpentError, match="price of script is not known"):
        await metered(budget, None, "seven").ask(brief())


async def test_calls_under_way_count_against_the_limit() -> None:
    budget = Budget(Limits(max_tokens=150))
    with budget.held(Usage(prompt_tokens=100), "m"), pytest.raises(BudgetSpentError):
        await metered(budget, None, "seven").ask(brief())
    assert (await metered(budget, None, "seven").ask(brief())).text == "seven"


async def test_an_answer_that_broke_off_is_paid_for_by_estimate() -> None:
    budget = Budget()
    turns = [Turn(stream=[openai_delta(content="seven " * 70)], cut=True), said("openai", "7")]
    async with serving(*turns) as server:
        await model_on(server, "openai", STUBBORN, budget).ask(question())
    assert (budget.spent.calls, budget.spent.estimated_calls) == (2, 1)
    assert budget.spent.completion_tokens > 100


async def test_a_prompt_whose_answer_nobody_waits_for_is_paid_for_by_estimate() -> None:
    budget = Budget()
    async with serving(Turn(hangs_before=True)) as server:
        asked = asyncio.create_task(model_on(server, "openai", STUBBORN, budget).ask(question()))
        await asyncio.sleep(0.2)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert (budget.spent.calls, budget.spent.estimated_calls) == (1, 1)
    assert budget.spent.prompt_tokens == question().estimated_tokens


@pytest.mark.parametrize(
    ("name", "environment", "cost"),
    [
        ("ollama/qwen2.5-coder", {}, 0.0),
        ("ollama/gpt-oss:120b-cloud", {}, None),
        ("vllm/m", {"VLLM_BASE_URL": "http://gpu.example.org:8000"}, None),
        ("http://127.0.0.1:1/v1#m", {}, None),
        ("openai/no-such-model-anywhere", {}, None),
    ],
)
def test_free_is_only_what_runs_here(
    name: str, environment: dict[str, str], cost: float | None
) -> None:
    assert price_of(address_of(name, environment), Usage(prompt_tokens=10)) == cost


def test_a_listed_model_has_a_price_that_knows_the_cache_and_a_context() -> None:
    address = address_of("openai/gpt-4o-mini", {})
    plain = price_of(address, Usage(prompt_tokens=1000, completion_tokens=10))
    cached = price_of(address, Usage(prompt_tokens=1000, cached_tokens=900, completion_tokens=10))
    assert plain is not None
    assert cached is not None
    assert 0 < cached < plain < 0.01
    assert (context_of(address) or 0) >= 100_000


# --- the script ------------------------------------------------------------------------------


async def test_a_script_is_opened_like_any_model_and_answers_by_role(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    lines = [Answer(text="code", role="modeling_coder"), Answer(text="for anyone")]
    file.write_text("".join(f"{one.model_dump_json()}\n" for one in lines), encoding="utf-8")
    model = open_model(f"script/{file}", environment={}, keys=NOWHERE)
    assert (await model.ask(brief())).text == "for anyone"
    assert (await model.ask(brief("modeling_coder"))).text == "code"
    with pytest.raises(UnknownModelError, match="no answer left for task_analyzer"):
        await model.ask(brief())


def test_a_file_that_is_no_script_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text('{"text": "fine"}\n{"say": "what"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="Line 2 of"):
        open_model(f"script/{file}", environment={}, keys=NOWHERE)
