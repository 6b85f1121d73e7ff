"""`iml-tui plan` on a recorded run: listing, printing, and what is refused at once."""

from pathlib import Path

import pytest

from agents.api import Place, plan_text, state_of
from agents.errors import InputError
from iml_tui.command_line.commands import run_command
from tests.replay import replay


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return replay("ferry", tmp_path)


def test_plans_are_listed_and_one_is_printed_as_it_can_be_edited(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    state = state_of(place)
    assert state.blueprint is not None
    with pytest.raises(SystemExit):
        run_command(["plan", str(place.competition)])
    listed = capsys.readouterr().out
    assert [row.partition(" (")[0] for row in listed.splitlines()] == [
        plan.name for plan in state.plans
    ]
    plan = state.plans[1]
    with pytest.raises(SystemExit):
        run_command(["plan", str(place.competition), plan.name])
    assert capsys.readouterr().out == plan_text(plan, state.blueprint)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nothing", "", "No plan is called 'nothing'"),
        ("linear", "## linear (traditional)\n\n### Modell\n", "Line 3: 'Modell' is no part"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_sent(
    place: Place, tmp_path: Path, name: str, text: str, said: str
) -> None:
    file = tmp_path / "plan.md"
    file.write_text(text, encoding="utf-8")
    before = state_of(place).seq
    with pytest.raises(InputError) as raised:
        run_command(["plan", str(place.competition), name, "--from", str(file)])
    assert said in str(raised.value)
    assert state_of(place).seq == before
