"""Whether a pretrained model can be adapted, said before any code and with what would change it."""

from pathlib import Path

import pytest

from agents.recipes.needs.availability import (
    NOTHING,
    Surroundings,
    hub_cache,
    pretrained_verdict,
)
from agents.roles.guideline_agent import guide
from tests.notes import write_notes
from tests.recipes.media.drawn import draw
from tests.recipes.support import Planned, plan_folder, planned

DEEP = frozenset({"torch", "transformers"})
READY = Surroundings(DEEP, frozenset({"acme/encoder"}), offline=True)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    folder = write_notes(tmp_path_factory.mktemp("notes") / "competition")
    return plan_folder(folder, target="late")


def verdict(competition: Planned, surroundings: Surroundings) -> str:
    return pretrained_verdict(competition.task, competition.profile, surroundings)


def test_an_encoder_at_hand_is_tried_and_its_plans_follow(notes: Planned) -> None:
    assert verdict(notes, READY) == ""
    blueprint = guide(notes.task, notes.profile, READY)
    assert "pretrained" not in blueprint.declined
    assert blueprint.of_track("pretrained") == ()


def test_missing_packages_are_named_with_what_installs_them(notes: Planned) -> None:
    said = verdict(notes, NOTHING)
    assert said == (
        "A pretrained encoder would fit `entry`, but `torch` and `transformers` cannot be imported "
        "where programs run: install what runs one with `pip install 'iml-tui[deep]'` and start "
        "again."
    )
    assert "but `transformers` cannot" in verdict(
        notes, READY._replace(installed=frozenset({"torch"}))
    )


def test_a_missing_checkpoint_is_named_with_both_ways_to_get_one(notes: Planned) -> None:
    empty = READY._replace(cached=frozenset())
    said = verdict(notes, empty)
    assert "no checkpoint of one is in the Hugging Face cache" in said
    assert "--web" in said
    assert "`hf download sentence-transformers/all-MiniLM-L6-v2`" in said
    assert verdict(notes, empty._replace(offline=False)) == ""


def test_where_nothing_may_be_looked_up_that_is_the_reason(notes: Planned) -> None:
    assert verdict(notes, READY._replace(barred="Nothing is looked up.")) == "Nothing is looked up."


@pytest.mark.parametrize(("kind", "named"), [("image", "facebook/dinov2-small"), ("sound", "wav2")])
def test_images_and_sounds_ask_for_encoders_of_their_kind(
    tmp_path: Path, kind: str, named: str
) -> None:
    competition = plan_folder(draw(tmp_path / "competition", kind), target="sort")
    said = verdict(competition, READY._replace(cached=frozenset()))
    assert said.startswith(f"A pretrained encoder would fit the {kind}s, but no checkpoint")
    assert named in said
    assert verdict(competition, READY) == ""


def test_records_are_read_by_none(tmp_path: Path) -> None:
    competition = plan_folder(draw(tmp_path / "competition", "record"), target="sort")
    assert verdict(competition, READY) == (
        "No pretrained model that this version adapts reads record files."
    )


def test_plain_tables_would_fit_a_foundation_model_that_lacks(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multiclass")
    assert verdict(competition, READY) == (
        "A tabular foundation model would fit, but no package that runs one (`tabpfn` or `tabicl`) "
        "is installed where programs run."
    )
    with_package = READY._replace(installed=DEEP | {"tabpfn"})
    assert verdict(competition, with_package).endswith("no recipe of this version adapts one.")


def test_several_targets_are_said_to_be_beyond_a_foundation_model(tmp_path: Path) -> None:
    competition = planned(tmp_path / "competition", "multilabel")
    assert "it predicts one target, not 3" in verdict(competition, NOTHING)


def test_the_cache_lies_where_the_client_keeps_it() -> None:
    home = Path("/home/somebody")
    assert hub_cache({}, home) == home / ".cache" / "huggingface" / "hub"
    assert hub_cache({"HF_HOME": "/models"}, home) == Path("/models/hub")
    assert hub_cache({"HF_HUB_CACHE": "/hub", "HF_HOME": "/models"}, home) == Path("/hub")
