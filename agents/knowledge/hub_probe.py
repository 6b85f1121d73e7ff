"""A program that asks the Hugging Face Hub which models there are.

`python -P hub_probe.py` reads a request as json from standard input and writes the answer as the
last line of standard output; `agents.knowledge.hub` asks it and knows what both look like. It runs
as a process of its own, because the client takes address, token and offline mode from the
environment when it is imported, and repeats failed calls for half a minute unless all its calls are
made to fail at once.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx2
from huggingface_hub import HfApi, ModelInfo, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from typing_extensions import override

DETAILS = 4
"""Models a search whose files are asked for, where the list does not tell their size."""
BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "I8": 1, "U8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "BOOL": 1,
}  # fmt: skip
"""A parameter, by the name of its type in safetensors files."""


class FailedError(Exception):
    """No answer; the text says why, as a clause."""


class Once(httpx2.Client):
    """A client whose calls take some seconds at most and are never repeated."""

    seconds = 5.0

    @override
    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Sends a request.

        Raises:
            FailedError: nothing came back, or a refusal.
        """
        request.extensions["timeout"] = httpx2.Timeout(self.seconds).as_dict()
        try:
            response = super().send(request, **options)
        except httpx2.TimeoutException as error:
            raise FailedError(f"did not answer within {self.seconds:g} s") from error
        except httpx2.TransportError as error:
            raise FailedError(
                f"cannot be reached ({str(error) or type(error).__name__})"
            ) from error
        if response.status_code in {401, 403}:
            raise FailedError(f"refuses the search ({response.status_code}): mend HF_TOKEN")
        if response.is_error:
            raise FailedError(f"answered with an error ({response.status_code})")
        return response


def main() -> int:
    """Answers one request; returns the exit code."""
    request = json.load(sys.stdin)
    Once.seconds = request["seconds"]
    set_client_factory(lambda: Once(follow_redirects=True))
    until = time.monotonic() + request["seconds_in_all"]
    answer: dict[str, object] = {"problem": ""}
    models: list[dict[str, object]] = []
    try:
        for search in request["searches"]:
            if time.monotonic() > until:
                raise FailedError("answers too slowly")
            models += found(search["tag"], search["library"], request["most"], until)
    except FailedError as error:
        answer["problem"] = str(error)
    except (HfHubHTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        answer["problem"] = f"answered in a form that is not known ({type(error).__name__})"
    answer["models"] = models
    print(f"\n{json.dumps(answer)}")  # noqa: T201 - the answer
    return 0


def found(tag: str, library: str, most: int, until: float) -> Iterator[dict[str, object]]:
    """The most downloaded models of a kind."""
    api = HfApi()
    listed = api.list_models(
        pipeline_tag=tag,
        filter=library,
        sort="downloads",
        limit=most,
        expand=["downloads", "gated", "library_name", "safetensors", "sha", "tags"],
    )
    unknown = 0
    for model in listed:
        size = size_listed(model)
        if size is None and not model.gated and unknown < DETAILS and time.monotonic() < until:
            unknown += 1
            size = size_of_files(api.model_info(model.id, files_metadata=True))
        yield {
            "repository": model.id,
            "tag": tag,
            "framework": library,
            "licence": licence(model),
            "bytes": size,
            "downloads": model.downloads,
            "gated": bool(model.gated),
            "revision": model.sha or "",
            "safe": model.safetensors is not None or "safetensors" in (model.tags or []),
        }


def licence(model: ModelInfo) -> str:
    """What the tags say; empty where they say nothing."""
    said = (tag.partition(":")[2] for tag in model.tags or [] if tag.startswith("license:"))
    return next(said, "")


def size_listed(model: ModelInfo) -> int | None:
    """Bytes of the weights, from the number of parameters of each type."""
    if model.safetensors is None:
        return None
    counts = model.safetensors.parameters
    return sum(count * BYTES.get(kind, 4) for kind, count in counts.items()) or None


def size_of_files(model: ModelInfo) -> int | None:
    """Bytes of the weights, in the format that the libraries take first."""
    files = {one.rfilename: one.size or 0 for one in model.siblings or []}
    top = {name: size for name, size in files.items() if "/" not in name}
    for ending in (".safetensors", ".bin", ".pt", ".ckpt"):
        sizes = [size for name, size in top.items() if name.endswith(ending)]
        if sizes:
            return sum(sizes) if ending in {".safetensors", ".bin"} else max(sizes)
    return None


if __name__ == "__main__":
    raise SystemExit(main())
