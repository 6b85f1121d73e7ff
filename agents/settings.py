"""The one typed model of settings, and where each value comes from.

Precedence: command line over environment (`IML_…`) over project file (`iml.toml` of the workspace)
over user file (`config.toml` in the user's config directory) over default. A name that no setting
has, or a value that does not fit, is an error that names the file and the nearest spelling.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, JsonValue, ValidationError

from agents.conversation import PARTS, Part
from agents.errors import InputError
from agents.models import Frozen

ENVIRONMENT_PREFIX = "IML_"
EVERY_VARIABLE = f"{ENVIRONMENT_PREFIX}…"
NEAR = 0.85
"""So alike a name and a setting are, from 0 to 1, where one was meant and the other typed."""
PROJECT_FILE = "iml.toml"

STRIPPED = (
    "Analyze the provided data files and execute the appropriate predictive task for the target "
    "variable"
)
"""What the paper says in place of a description that it takes away (5.3)."""

Variant = Literal["static", "mono", "reactive", "isolated"]
"""The paper's degraded variants (5.2); what each takes away is said in `agents.run.switches`."""

Name = Annotated[str, Field(pattern=r"[^\s,]")]
"""One name or several with commas; blanks alone name nothing."""


_TIME = re.compile(r"(\d+(?:\.\d+)?)([hms]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """Seconds that a person means by `300`, `90s`, `5m`, `1h30m`.

    Raises:
        ValueError: It is no time; says so in a sentence.
    """
    parts = _TIME.findall(text.lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.lower():
        raise ValueError(f"{text!r} is no time: write 300, 90s, 5m or 1h30m.")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _timed(value: object) -> object:
    return seconds(value) if isinstance(value, str) else value


class Settings(Frozen):
    """What a run is told. The values of a run are journaled and hold until it ends."""

    target: Name | None = None
    """Column or columns to predict, separated by commas; inferred when absent."""
    metric: Name | None = None
    """Name of the metric; read from the description or chosen by default when absent."""
    id: Name | None = None
    """Column that names a row; inferred when absent."""
    drop: Name | None = None
    """Columns that no program is to see, separated by commas."""
    time_limit: Annotated[float, BeforeValidator(_timed)] = Field(default=1800.0, ge=30.0)
    """Active seconds after which the run must have ended."""
    seed: int = Field(default=7, ge=0)
    cores: int | None = Field(default=None, ge=1)
    """CPU cores to use; all that this process may use when absent."""
    memory: float | None = Field(default=None, gt=0)
    """GiB that the programs of a run may use together; four fifths of the machine when absent."""
    aggregation: Literal["greedy", "best", "average", "stacking", "boosting"] = "greedy"
    """How several programs become one answer."""
    only: Name | None = None
    """Tracks or candidates to try beside the baseline, separated by commas; all when absent."""
    model: Name | None = None
    """The language model: `ollama/qwen2.5-coder:14b`, a URL; only recipes when absent."""
    planner: Name | None = None
    """The model that plans, where it is another one."""
    coder: Name | None = None
    """The model that writes code, where it is another one."""
    debugger: Name | None = None
    """The model that repairs code, where it is another one."""
    model_wait: float = Field(default=180.0, ge=0)
    """Seconds that a model whose server fails is waited for before the run goes on without it."""
    answer_time: float = Field(default=1800.0, ge=1)
    """Seconds that one answer of a model may take."""
    mode: Literal["review", "ask", "auto"] | None = None
    """Whether people decide on proposals: `review` on the screen and `auto` elsewhere when absent.
    """
    debug_rounds: int = Field(default=10, ge=0, le=100)
    """Repairs of one solution before it is given up (the paper's K)."""
    improve_rounds: int = Field(default=20, ge=0, le=1000)
    """Changes of valid solutions that models may propose, per track; 0 varies no recipe either."""
    variant: Variant | None = None
    """Takes one part of the method away, to measure what it is worth."""
    retrieval: bool = True
    """Whether anything is looked up for the models: cards, architectures, checkpoints, the web."""
    web: bool = False
    """Whether the web and the Hugging Face Hub may be reached, to look things up."""
    install: bool | None = None
    """Whether packages may be installed that programs of models miss; asked for when absent, and
    never done where nobody is asked."""
    strip: bool = False
    """Whether the paper's one sentence takes the place of all that the folder says of itself."""
    max_tokens: int | None = Field(default=None, gt=0)
    """Tokens that the models of a run may use together."""
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars that the models of a run may cost together."""
    allow_unsandboxed: bool = False
    """Whether what a model wrote may run where no sandbox can keep it from the user's files."""
    deterministic: bool = False
    """Bounds searches by trials instead of time, so that a run can be repeated to the byte."""

    @property
    def models(self) -> dict[Part, str]:
        """The language model of each part that has one."""
        every = {"planner": self.planner, "coder": self.coder, "debugger": self.debugger}
        return {part: name for part in PARTS if (name := every[part] or self.model)}

    @property
    def task_options(self) -> dict[str, JsonValue]:
        """What the person says about the task, as `agents.competition.stating.task` takes it."""
        said: dict[str, JsonValue] = {
            "target": self.target,
            "metric": self.metric,
            "id": self.id,
        }
        if self.drop is not None:
            said["drop"] = self.drop
        return said | {"words": STRIPPED} if self.strip else said


def user_file() -> Path:
    """Where the user's own defaults are read from."""
    return Path(platformdirs.user_config_dir("iml-tui")) / "config.toml"


def resolve_settings(
    given: Mapping[str, JsonValue],
    *,
    workspace: Path,
    environment: Mapping[str, str] | None = None,
    user: Path | None = None,
) -> Settings:
    """Joins all sources into one `Settings`.

    Args:
        given: Options that were really typed on the command line.
        workspace: Folder whose `iml.toml` is the project file.
        environment: Defaults to the process's own.
        user: Defaults to `user_file()`.

    Raises:
        InputError: a source names an unknown setting or an unusable value.
    """
    sources: list[tuple[str, Mapping[str, JsonValue]]] = [
        _file(user or user_file()),
        _file(workspace / PROJECT_FILE),
        _environment(os.environ if environment is None else environment),
        ("the command line", given),
    ]
    values: dict[str, JsonValue] = {}
    origin: dict[str, str] = {}
    for source, settings in sources:
        for name, value in settings.items():
            _known(name, source)
            if value is not None:
                values[name] = value
                origin[name] = source.replace(EVERY_VARIABLE, _variable(name))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InputError(
            f"{name} = {values[name]!r} from {origin[name]} cannot be used: {_remedy(first)}."
        ) from error


def changed_settings(settings: Settings, changes: Mapping[str, JsonValue]) -> Settings:
    """The settings with some of them changed.

    Raises:
        InputError: a setting is unknown, or a value unusable.
    """
    for name in changes:
        _known(name, "This change")
    try:
        return Settings.model_validate({**settings.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InputError(
            f"{name} = {changes.get(name)!r} cannot be used: {_remedy(first)}."
        ) from error


def _remedy(error: Mapping[str, Any]) -> str:
    """What to say instead, as a clause."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return f"say a number of at least {bounds['ge']:g}"
        case "greater_than":
            return f"say a number above {bounds['gt']:g}"
        case "literal_error":
            return f"say one of {bounds['expected']}"
        case "string_pattern_mismatch":
            return "say a name, or leave it out"
        case kind if kind.startswith(("int", "float")):
            return "say a number"
        case "value_error":
            return str(bounds["error"]).rpartition(": ")[2].rstrip(".")
        case _:
            return str(error["msg"])


def _known(name: str, source: str) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"did you mean {near[0]}?" if near else f"use {', '.join(Settings.model_fields)}."
    raise InputError(f"{source} names the unknown setting {name!r}: {hint}")


def _file(path: Path) -> tuple[str, Mapping[str, JsonValue]]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return str(path), {}
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): give yourself access to it, or name "
            "another folder with --workspace."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}): mend or remove it.") from error
    values.pop("competition", None)
    return str(path), values


def _environment(environment: Mapping[str, str]) -> tuple[str, Mapping[str, JsonValue]]:
    """What the environment sets; a slip of the pen is refused, names that are not ours are not."""
    variables = {_variable(name): name for name in Settings.model_fields}
    for slip in (one for one in environment if one.startswith(ENVIRONMENT_PREFIX)):
        near = difflib.get_close_matches(slip, variables, n=1, cutoff=NEAR)
        if near and slip not in variables:
            raise InputError(f"{slip} in the environment names no setting: did you mean {near[0]}?")
    values: dict[str, JsonValue] = {
        name: environment[variable]
        for variable, name in variables.items()
        if environment.get(variable)  # an empty one counts as not set
    }
    return f"{EVERY_VARIABLE} in the environment", values


def _variable(name: str) -> str:
    """The environment variable of a setting."""
    return ENVIRONMENT_PREFIX + name.upper()
