"""Learning curves: read from what programs print, shown as the program's own account."""

from pathlib import Path

import pytest

from agents.api import state_of
from iml_tui.widgets.tracks import TracksPane
from iml_tui.words.learning import learned
from tests.picture import Viewer, settled
from tests.replay import replay

PRINTED = {
    "keras": ["Epoch {i}/9 - 3s - loss: 0.7{i}11 - accuracy: 0.5 - val_loss: 0.8{i}22"],
    "lightgbm": [
        "[LightGBM] [Info] Total Bins 2305",
        "[{i}]\ttrain's l2: 0.7{i}11\tvalid's l2: 0.8{i}22",
    ],
    "catboost": [
        "{i}:\tlearn: 0.7{i}11\ttest: 0.8{i}22\tbest: 0.6000 (1)\ttotal: 10ms\tremaining: 1.2s"
    ],
    "a loop": ["epoch {i} of 9  train loss 0.7{i}11  held-out loss 0.8{i}22  lr 0.0010"],
}


@pytest.mark.parametrize("form", PRINTED)
def test_losses_are_read_as_programs_write_them(form: str) -> None:
    lines = [line.replace("{i}", str(step)) for step in range(1, 7) for line in PRINTED[form]]
    told = learned([*lines, "done", *lines])
    assert told is not None
    sides = dict(told.sides)
    assert sides["train"] == tuple((step, float(f"0.7{step}11")) for step in range(1, 7))
    assert sides["held out"] == tuple((step, float(f"0.8{step}22")) for step in range(1, 7))


def test_what_names_no_step_or_too_few_is_no_curve() -> None:
    assert learned(["loss 0.5", "12:04:05 accuracy 0.8", "fold 1: 0.8131", ""]) is None
    assert learned([f"epoch {step} loss 0.5" for step in range(3)]) is None


async def test_a_curve_stands_beside_the_scores_and_says_whose_account_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = replay("ferry", tmp_path)
    best = state_of(place).best
    assert best is not None
    log = next(
        one for one in reversed(state_of(place).logs) if one.step.startswith(f"{best.name}/")
    )
    lines = "".join(f"epoch {step} loss {0.9 - step / 50:.4f}\n" for step in range(1, 21))
    (place.state_dir / log.path).write_text(lines, encoding="utf-8")
    app = Viewer(place)
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("1", "c")
        await app.workers.wait_for_complete()
        await settled(pilot)
        pane = app.bench.query_one(TracksPane)
        text = "\n".join(pane.text_at(number) for number in range(pane.body_height))
    assert "as its program says" in text
    assert "loss 0.5000" in text
    assert "epoch 1 " in text
