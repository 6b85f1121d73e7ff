"""Settings: command line over environment over project file over user file over default."""

from pathlib import Path

import pytest

from agents.errors import InputError
from agents.settings import Settings, resolve_settings


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('seed = 1\ntime_limit = 100\ncores = 1\nmetric = "auc"\n', encoding="utf-8")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "pipeline"
    folder.mkdir()
    (folder / "iml.toml").write_text("seed = 2\ntime_limit = 200\ncores = 2\n", encoding="utf-8")
    return folder


def test_each_source_beats_the_one_below(workspace: Path, user_file: Path) -> None:
    settings = resolve_settings(
        {"seed": 4},
        workspace=workspace,
        environment={"IML_SEED": "3", "IML_TIME_LIMIT": "300"},
        user=user_file,
    )
    assert settings == Settings(seed=4, time_limit=300, cores=2, metric="auc")


def test_options_that_were_not_typed_do_not_count(workspace: Path, user_file: Path) -> None:
    settings = resolve_settings({"seed": None}, workspace=workspace, environment={}, user=user_file)
    assert settings.seed == 2


def test_a_misspelt_name_is_named_with_its_file_and_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("tme_limit = 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.toml.*tme_limit.*did you mean time_limit"):
        resolve_settings({}, workspace=tmp_path, environment={}, user=path)


def test_a_misspelt_variable_is_refused_and_names_of_others_are_not(tmp_path: Path) -> None:
    said = r"IML_TIMELIMIT in the environment names no setting: did you mean IML_TIME_LIMIT\?"
    with pytest.raises(InputError, match=said):
        resolve_settings({}, workspace=tmp_path, environment={"IML_TIMELIMIT": "600"})
    others = {"IML_MODEL_KEY": "secret", "IML_HOME": "/home/me"}
    assert resolve_settings({}, workspace=tmp_path, environment=others) == Settings()


def test_a_time_limit_is_written_the_same_way_everywhere(tmp_path: Path) -> None:
    (tmp_path / "iml.toml").write_text('time_limit = "1h30m"\n', encoding="utf-8")
    assert resolve_settings({}, workspace=tmp_path, environment={}).time_limit == 5400
    shorter = {"IML_TIME_LIMIT": "10m"}
    assert resolve_settings({}, workspace=tmp_path, environment=shorter).time_limit == 600
    said = r"time_limit = 'soon' from IML_TIME_LIMIT .* cannot be used: write 300, 90s, 5m or 1h30m"
    with pytest.raises(InputError, match=said):
        resolve_settings({}, workspace=tmp_path, environment={"IML_TIME_LIMIT": "soon"})


def test_an_unusable_value_names_its_source(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"time_limit.*from the command line"):
        resolve_settings(
            {"time_limit": 1}, workspace=tmp_path, environment={}, user=tmp_path / "none"
        )


def test_a_broken_file_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("seed = = 3", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        resolve_settings({}, workspace=tmp_path, environment={}, user=path)
