"""Programs are written piece by piece, and come out as if each had been written at once."""

from pathlib import Path

from agents.models import CandidatePlan
from agents.recipes.writing.inline import inline, load_source
from agents.recipes.writing.instantiate import instantiate
from agents.recipes.writing.literals import constants_of, fill, settle, specialise
from agents.recipes.writing.source import compose, parse
from tests.recipes.support import planned


def written_at_once(plan: CandidatePlan, inlined: str) -> str:
    text = fill(inlined, plan.literals)
    return compose(parse(settle(text, constants_of(text))))


def test_what_programs_have_in_common_is_the_same_in_each(tmp_path: Path) -> None:
    plans = planned(tmp_path, "binary", rows=120).blueprint.candidates
    seen: set[str] = set()
    for plan in plans:
        for part in ("preprocess", "model"):
            name = f"agents.recipes.{plan.recipe.replace('/', '.')}.{part}"
            inlined = compose(inline(parse(load_source(name))))
            program = compose(specialise(parse(inlined), plan.literals))
            assert program == written_at_once(plan, inlined), name
            seen.add(program)
    assert len(seen) > len(plans)


def test_a_plan_with_other_constants_leaves_no_trace_in_the_next(tmp_path: Path) -> None:
    plan = planned(tmp_path, "multiclass", rows=120).plan("linear")
    first = instantiate(plan, "model", "Model")
    other = plan.model_copy(update={"literals": plan.literals | {"ROUNDS": 17}})
    assert "ROUNDS = 17" not in first
    assert "ROUNDS = 17" in instantiate(other, "model", "Model")
    assert instantiate(plan, "model", "Model") == first
