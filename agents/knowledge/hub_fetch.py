"""A program that downloads one model of the Hugging Face Hub into its cache.

`python -P hub_fetch.py` reads a request as json from standard input and writes what came of it as
the last line of standard output; `agents.knowledge.hub` asks it and knows what both look like. Only
weights that are plain numbers are taken (safetensors, never a pickle), and no program that lies
beside them.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, ModelInfo, snapshot_download
from huggingface_hub.constants import HF_HUB_CACHE
from huggingface_hub.errors import HfHubHTTPError

WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors")
BESIDE = re.compile(r"[^/]+\.(json|txt|model)|1_Pooling/config\.json|README\.md")
"""Configuration and vocabulary."""


class FailedError(Exception):
    """Nothing was downloaded; the text says why, as a clause."""


def main() -> int:
    """Answers one request; returns the exit code."""
    request = json.load(sys.stdin)
    try:
        answer = fetched(request["repository"], request["revision"], request["most_bytes"])
    except FailedError as error:
        answer = {"problem": str(error)}
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        answer = {"problem": f"was not downloaded ({words})"}
    print(f"\n{json.dumps(answer)}")  # noqa: T201 - the answer
    return 0


def fetched(repository: str, revision: str, most_bytes: int) -> dict[str, object]:
    """Downloads what is needed of a repository.

    Raises:
        FailedError: It has no weights that are safe to read, or is too large.
    """
    model = HfApi().model_info(repository, revision=revision, files_metadata=True)
    files = needed(model)
    size = sum(files.values())
    if size > most_bytes:
        raise FailedError(f"is too large ({size / 1e6:,.0f} MB)")
    place = Path(HF_HUB_CACHE)
    place.mkdir(parents=True, exist_ok=True)
    if size > shutil.disk_usage(place).free / 2:
        raise FailedError(f"does not fit on the disk of {place} ({size / 1e6:,.0f} MB)")
    snapshot_download(repository, revision=model.sha, allow_patterns=[*files])
    lines = [f"{name} {files[name]} {digest}" for name, digest in digests(model) if name in files]
    return {"revision": model.sha, "size": size, "files": "\n".join(lines)}


def needed(model: ModelInfo) -> dict[str, int]:
    """Names of the files that are taken, with their bytes.

    Raises:
        FailedError: No weights among them are safe to read.
    """
    every = {one.rfilename: one.size or 0 for one in model.siblings or []}
    weights = [name for name in every if WEIGHTS.fullmatch(name)]
    if not weights:
        raise FailedError("has no weights as safetensors, the only format that is taken")
    whole = ["model.safetensors"] if "model.safetensors" in weights else weights
    beside = [name for name in every if BESIDE.fullmatch(name)]
    return {name: every[name] for name in sorted({*whole, *beside})}


def digests(model: ModelInfo) -> list[tuple[str, str]]:
    """What the Hub says that each file's contents are."""
    return [
        (one.rfilename, one.lfs.sha256 if one.lfs else one.blob_id or "")
        for one in model.siblings or []
    ]


if __name__ == "__main__":
    raise SystemExit(main())
