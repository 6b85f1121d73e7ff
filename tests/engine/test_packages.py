"""A model's program imports a package that is not there: it is asked for, installed, or not had."""

import json
import subprocess
from pathlib import Path

import pytest

from agents.journal.choices import POLICY
from agents.journal.events import FaultFound, ModelAsked, ProgramStarted, ProposalAccepted
from agents.journal.state import State
from tests.builders import write_competition
from tests.engine.played import (
    ELSEWHERE,
    EXPLORE,
    PLAN,
    READING,
    WHOLE,
    code,
    edit,
    write_script,
)
from tests.engine.support import (
    ENGINE,
    SHORT,
    engine_command,
    facts_of,
    iml_tui,
    programs_since,
    run_engine,
    state_of,
    wait_until,
)
from tests.wheels import installing_from, write_wheel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SETTINGS = SHORT | {"only": "model"}
PACKAGE = "smooth_sums"
SCALER = '''from sklearn.preprocessing import StandardScaler


class Scaler(StandardScaler):
    """Scales."""
'''
_PLAIN = "from sklearn.preprocessing import StandardScaler\n"
IMPORTING = ELSEWHERE.replace(_PLAIN, f"from {PACKAGE} import Scaler\n").replace(
    "StandardScaler()", "Scaler()"
)
DOES_WITHOUT = edit(
    "model.py",
    f"from {PACKAGE} import Scaler",
    "from sklearn.preprocessing import StandardScaler as Scaler",
    "Do without.",
)
GATE = "install-smooth-sums"


def competition_with(folder: Path, *more: tuple[str, str]) -> tuple[Path, dict[str, object]]:
    """A competition, and the settings of a run whose model imports the package."""
    competition = write_competition(folder / "c", "binary", rows=200)
    name = write_script(
        folder / "answers.jsonl",
        ("task_analyzer", f"```json\n{json.dumps(READING)}\n```"),
        ("profiling_agent", code("explore.py", EXPLORE)),
        ("knowledge_retriever", '{"picks": []}'),
        ("guideline_agent", json.dumps(PLAN)),
        ("preprocessing_coder", code("preprocess.py", WHOLE)),
        ("modeling_coder", code("model.py", IMPORTING)),
        *more,
    )
    return competition, SETTINGS | {"model": name}


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose person agrees to install what the model imports."""
    folder = tmp_path_factory.mktemp("agreed")
    write_wheel(folder / "wheels", PACKAGE, "1.2", {f"{PACKAGE}.py": SCALER}, "scikit-learn")
    competition, settings = competition_with(folder)
    command = engine_command(competition, ENGINE, settings | {"mode": "review"})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in installing_from(folder / "wheels").items():
            patch.setenv(name, value)
        engine = subprocess.Popen(command, cwd="/")
    wait_until(lambda: GATE in open_gates(competition))
    listed = iml_tui("answer", str(competition))
    assert f"`model.py` of traditional imports {PACKAGE}" in listed.stdout
    answered = iml_tui("answer", str(competition), GATE, "install")
    assert "smooth-sums is installed" in answered.stdout, answered.stderr
    assert engine.wait(timeout=500) == 0
    return competition


def open_gates(competition: Path) -> set[str]:
    if not (competition / "pipeline" / ".iml" / "journal.db").exists():
        return set()
    return {gate.gate for gate in state_of(competition).open_gates}


def written_model(competition: Path) -> str:
    file = competition / "pipeline" / "tracks" / "traditional" / "model.py"
    return file.read_text(encoding="utf-8")


def accepted(state_facts: list[object]) -> list[ProposalAccepted]:
    every = [one for one in state_facts if isinstance(one, ProposalAccepted)]
    return [one for one in every if one.track == "traditional"]


def test_what_was_agreed_to_is_installed_and_the_model_s_program_passes_unchanged(
    agreed: Path,
) -> None:
    facts = [fact.event for fact in facts_of(agreed)]
    state: State = state_of(agreed)
    asked = [one.role for one in facts if isinstance(one, ModelAsked)]

    assert len(accepted([*facts])) == 1
    assert written_model(agreed) == IMPORTING
    assert not [one for one in facts if isinstance(one, FaultFound)]
    assert "debugging_agent" not in asked
    assert len([one for one in state.moments if one.track == "traditional"]) == 1


def test_the_ledger_tells_what_was_installed_from_where(agreed: Path) -> None:
    ledger = (agreed / "pipeline" / "ledger.md").read_text(encoding="utf-8")
    wheel = (agreed.parent / "wheels").as_uri()
    assert f"| package | {PACKAGE}==1.2 | {wheel}" in ledger
    assert (agreed / "pipeline" / ".iml" / "env" / "site" / f"{PACKAGE}.py").exists()


def test_a_restart_asks_installs_and_trains_nothing_again(agreed: Path) -> None:
    last = facts_of(agreed)[-1].seq

    again = run_engine(agreed, settings=SETTINGS)

    assert again.returncode == 0, again.stderr
    assert programs_since(agreed, last) == []
    assert GATE not in open_gates(agreed)


def test_where_nobody_is_asked_the_repair_does_without_it(tmp_path: Path) -> None:
    competition, settings = competition_with(tmp_path, ("debugging_agent", DOES_WITHOUT))

    ended = run_engine(competition, settings=settings)

    assert ended.returncode == 0, ended.stderr
    facts = [fact.event for fact in facts_of(competition)]
    [fault] = [one.fault for one in facts if isinstance(one, FaultFound)]
    assert fault.kind == "missing dependency"
    assert "smooth-sums cannot be had here" in fault.message
    gate = state_of(competition).gates[GATE]
    assert gate.decided is not None
    assert (gate.decided.by, gate.decided.choice["option"]) == (POLICY, "without")
    programs = [one.step for one in facts if isinstance(one, ProgramStarted)]
    assert not [step for step in programs if step.startswith("packages/")]
    assert len(accepted([*facts])) == 1
    assert PACKAGE not in written_model(competition)
    prompts = (competition / "pipeline" / ".iml" / "logs").glob("*debug*.prompt.md")
    assert any("smooth-sums cannot be had here" in file.read_text() for file in prompts)
