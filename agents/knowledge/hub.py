"""What pretrained models there are: in the Hugging Face cache on disk, and on the Hub.

The Hub is asked through its own client in processes of their own (`hub_probe.py` searches,
`hub_fetch.py` downloads), so that `HF_HOME`,
`HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` hold as the client reads them, and so that a silent
server costs some seconds and no more. The cache is read by paths and small files alone.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from agents.knowledge.checkpoints import Checkpoint, Wanted
from agents.models import Frozen
from agents.recipes.needs.availability import hub_cache

PROBE: Final = Path(__file__).resolve().with_name("hub_probe.py")
FETCH: Final = Path(__file__).resolve().with_name("hub_fetch.py")
ENDPOINT: Final = "https://huggingface.co"
SECONDS: Final = 6.0
"""For one call."""
SECONDS_IN_ALL: Final = 20.0
"""After which no further search is begun."""
_START_S = 120.0
"""What loading the client may take on a busy machine."""
MOST_DOWNLOAD: Final = 1_000_000_000
"""Bytes of a repository, files beside the weights included."""
_WATCH_S = 0.5
MOST: Final = 50
"""Models a search."""
_HANDED_ON = re.compile(
    r"(HF_.*|.*_PROXY|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|PATH|HOME|XDG_CACHE_HOME|USERPROFILE"
    r"|SYSTEMROOT|LANG|LC_ALL)",
    re.IGNORECASE,
)
_YES = frozenset({"1", "on", "yes", "true"})
_WEIGHTS = (".safetensors", ".bin", ".pt", ".ckpt")
_MOST_OF_A_CARD = 4_000
_TAG_OF_TYPE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra",
         "modernbert", "mpnet", "new", "nomic_bert", "roberta", "xlm-roberta"),
        "feature-extraction",
    ),
    **dict.fromkeys(
        ("beit", "clip", "convnext", "convnextv2", "deit", "dinov2", "dinov3_vit", "efficientnet",
         "mobilenet_v1", "mobilenet_v2", "mobilevit", "regnet", "resnet", "siglip", "swin",
         "swinv2", "vit"),
        "image-feature-extraction",
    ),
    **dict.fromkeys(
        ("audio-spectrogram-transformer", "clap", "data2vec-audio", "hubert", "unispeech-sat",
         "wav2vec2", "wav2vec2-bert", "wavlm", "whisper"),
        "audio-classification",
    ),
}  # fmt: skip
"""What a model is good for, by the `model_type` of its `config.json`."""


class Listing(Frozen):
    """What the Hub answered."""

    models: tuple[Checkpoint, ...] = ()
    problem: str = ""
    """Why there is less than there could be, as a clause; empty where nothing went wrong."""
    address: str = ""
    """Where it was asked."""
    text: str = ""
    """The answer, as it was received from the client."""


class Fetched(Frozen):
    """What came of a download."""

    revision: str = ""
    """The commit that lies in the cache now; empty where none does."""
    size: int = 0
    """Bytes of all its files."""
    files: str = ""
    """A line a file: name, bytes and digest as the Hub has them."""
    problem: str = ""
    """Why it lacks, as a clause; empty where nothing went wrong."""


Told = Callable[[int], None]
"""Learns how many bytes of a repository lie in the cache by now."""


@dataclass(frozen=True)
class Hub:
    """The Hub and its cache, as an environment describes them."""

    environment: Mapping[str, str]
    home: Path
    seconds: float = SECONDS
    most: int = MOST

    @property
    def endpoint(self) -> str:
        """Its address."""
        return self.environment.get("HF_ENDPOINT", "").rstrip("/") or ENDPOINT

    @property
    def cache(self) -> Path:
        """Where downloads lie."""
        return hub_cache(self.environment, self.home)

    @property
    def offline(self) -> bool:
        """Whether the environment forbids to reach it."""
        names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        return any(self.environment.get(name, "").lower() in _YES for name in names)

    def cached(self) -> tuple[Checkpoint, ...]:
        """The models whose weights are on disk, whatever they are for, sorted by name."""
        folders = sorted(self.cache.glob("models--*"))
        found = (_cached(folder) for folder in folders)
        return tuple(one for one in found if one is not None)

    async def search(self, wanted: Sequence[Wanted]) -> Listing:
        """The most downloaded models of some kinds.

        Nothing is raised where the Hub is silent, refuses or is broken: the listing says so.

        Args:
            wanted: The kinds.
        """
        searches = [
            {"tag": tag, "library": library}
            for one in wanted
            for tag in one.tags
            for library in one.libraries
        ]
        if not searches:
            return Listing(address=self.endpoint)
        request = {
            "searches": searches,
            "most": self.most,
            "seconds": self.seconds,
            "seconds_in_all": SECONDS_IN_ALL,
        }
        patience = _START_S + SECONDS_IN_ALL + self.seconds
        answer = await self._asked(PROBE, json.dumps(request), patience)
        if answer is None:
            seconds = SECONDS_IN_ALL + self.seconds
            return Listing(
                address=self.endpoint, problem=f"was given up after more than {seconds:g} s"
            )
        try:
            told = json.loads(answer)
            models = tuple(Checkpoint.model_validate(one) for one in told["models"])
            return Listing(
                models=models, problem=told["problem"], address=self.endpoint, text=answer
            )
        except (ValueError, KeyError, TypeError, ValidationError):
            return Listing(
                address=self.endpoint, problem="cannot be asked, since its client does not run here"
            )

    async def fetch(self, checkpoint: Checkpoint, *, seconds: float, told: Told) -> Fetched:
        """Downloads a repository's weights, as safetensors only, and what is needed beside them.

        Nothing is raised where that fails: what came of it says so. What is interrupted goes on
        where it was when it is asked for again.

        Args:
            checkpoint: What is wanted.
            seconds: After so many it is given up.
            told: Called about once a second.
        """
        request = {
            "repository": checkpoint.repository,
            "revision": checkpoint.revision or "main",
            "most_bytes": MOST_DOWNLOAD,
        }
        watching = asyncio.create_task(self._watch(checkpoint.repository, told), name="download")
        try:
            answer = await self._asked(FETCH, json.dumps(request), seconds)
        finally:
            watching.cancel()
        if answer is None:
            return Fetched(problem=f"was not downloaded within {seconds:.0f} s")
        try:
            return Fetched.model_validate_json(answer)
        except ValidationError:
            return Fetched(problem="was not downloaded, since the Hub's client does not run here")

    async def _watch(self, repository: str, told: Told) -> None:
        folder = self.cache / f"models--{repository.replace('/', '--')}" / "blobs"
        while True:
            with suppress(OSError):
                told(sum(file.stat().st_size for file in folder.glob("*")))
            await asyncio.sleep(_WATCH_S)

    async def _asked(self, program: Path, request: str, seconds: float) -> str | None:
        """The last line that a program of ours printed; None where it took too long."""
        handed_on = {k: value for k, value in self.environment.items() if _HANDED_ON.fullmatch(k)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", os.fspath(program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**handed_on, "HOME": os.fspath(self.home), "HF_HUB_DISABLE_TELEMETRY": "1"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(seconds):
                printed, _ = await process.communicate(request.encode())
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lines = printed.decode(errors="replace").splitlines()
        return lines[-1] if lines else ""


# --- the cache ----------------------------------------------------------------------------------


def _cached(folder: Path) -> Checkpoint | None:
    """The newest snapshot of a repository that has weights; None where none has."""
    with suppress(OSError):
        snapshots = sorted(folder.glob("snapshots/*"), key=lambda one: one.stat().st_mtime)
        for snapshot in reversed(snapshots):
            size = _weights(snapshot)
            tag, library, licence = _purpose(folder.name, snapshot)
            if size and tag:
                return Checkpoint(
                    repository=folder.name.removeprefix("models--").replace("--", "/"),
                    tag=tag,
                    framework=library,
                    licence=licence,
                    bytes=size,
                    cached=True,
                    revision=snapshot.name,
                )
    return None


def _weights(snapshot: Path) -> int:
    """Bytes of the weights, in the format that the libraries take first; 0 without any."""
    for ending in _WEIGHTS:
        files = [one for one in snapshot.glob(f"*{ending}") if one.exists()]
        if files:
            return sum(one.stat().st_size for one in files)
    return 0


def _purpose(name: str, snapshot: Path) -> tuple[str, str, str]:
    """Tag, library and licence of what lies on disk; the tag is empty where nothing tells it."""
    head = dict(_head(snapshot / "README.md"))
    licence = head.get("license", "")
    if tag := head.get("pipeline_tag"):
        library = head.get("library_name", _library(name, snapshot))
        return tag, library, licence
    if (snapshot / "modules.json").exists():
        return "sentence-similarity", "sentence-transformers", licence
    library = _library(name, snapshot)
    if library in {"tabpfn", "tabicl"}:
        kind = "regression" if "reg" in name.lower().rpartition("--")[2] else "classification"
        return f"tabular-{kind}", library, licence
    return _TAG_OF_TYPE.get(_model_type(snapshot / "config.json"), ""), library, licence


def _library(name: str, snapshot: Path) -> str:
    """The library that runs it, by its files and its name."""
    if (snapshot / "modules.json").exists():
        return "sentence-transformers"
    return next((one for one in ("tabpfn", "tabicl") if one in name.lower()), "transformers")


def _model_type(config: Path) -> str:
    with suppress(OSError, ValueError, AttributeError):
        return str(json.loads(config.read_text(encoding="utf-8")).get("model_type", ""))
    return ""


def _head(card: Path) -> Iterator[tuple[str, str]]:
    """The plain entries of a model card's head."""
    with suppress(OSError, UnicodeDecodeError):
        written = card.read_text(encoding="utf-8")[:_MOST_OF_A_CARD]
        head = re.match(r"---\n(.*?)\n---", written, re.DOTALL)
        for line in head[1].splitlines() if head else ():
            if entry := re.fullmatch(r"(pipeline_tag|library_name|license): *(\S+) *", line):
                yield entry[1], entry[2].strip("\"'")
