"""How long a pretrained encoder takes for a competition, judged by a few of its contents.

python measure.py REPORT --learned DIR... --asked DIR...
"""

import json
import time
from collections.abc import Sequence

import numpy as np

from agents.recipes.blocks.encoders import (
    ENCODED,
    LETTERS_A_TOKEN,
    LONGEST,
    Content,
    encoded,
    load_encoder,
)
from agents.recipes.pretrained.contents import contents_of, read_folders

LENGTHS: list[int] = []
"""Numbers of tokens after which a text may be cut."""
TRIED = 32
COUNTED = 2_000


def main() -> None:
    """Encode a few contents, and count what there is to encode."""
    given = read_folders(__doc__)
    contents = contents_of(given.learned, given.asked)
    order = np.random.RandomState(0).permutation(len(contents))
    tried = [contents[place] for place in order[:TRIED]]
    counted = [contents[place] for place in order[:COUNTED]]
    encoded(tried[:2])  # pays for what is done only once
    began = time.monotonic()
    vectors = encoded(tried)
    seconds = time.monotonic() - began
    report = {
        "contents": len(contents),
        "dimensions": max((len(one) for one in vectors), default=0),
        "seconds": seconds / max(1, work_in(tried)),
        "work": {
            str(length): sum(work_of(counted, length)) * len(contents) / max(1, len(counted))
            for length in LENGTHS
        },
    }
    given.output.write_text(json.dumps(report), encoding="utf-8")


def work_of(contents: Sequence[Content], longest: int) -> list[int]:
    """Tokens of each text; 1 for everything else."""
    if ENCODED == "text":
        texts = [str(one)[: longest * LETTERS_A_TOKEN] for one in contents]
        cut = load_encoder()[0](texts, truncation=True, max_length=longest)
        return [len(tokens) for tokens in cut["input_ids"]]
    return [1] * len(contents)


def work_in(batch: Sequence[Content]) -> int:
    """What one batch costs: its texts are filled up to the longest."""
    return len(batch) * max(work_of(batch, LONGEST), default=1)


if __name__ == "__main__":
    main()
