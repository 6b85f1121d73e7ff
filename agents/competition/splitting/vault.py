"""Whether some labelled rows are kept from all that chooses, to report on (`design/scores.md`).

Rows that chose the best of many programs flatter it (Cawley and Talbot 2010, JMLR 11); rows that
had no part in any choice do not. They imitate the real test as the folds do:

- where rows or groups are drawn at random, a tenth of them, from which nothing learns: the fits of
  all folds answer them together, as they answer the real test;
- where the test lies in the future, the window (or the last rows of each series) nearest to it,
  since it is the likest to the test, and since folds that lie before it never learned from it. One
  fit on the rows before it is scored; the fit that answers the real test learns from it too;
- between periodic blocks, every tenth block.
"""

from typing import Final

import pandas as pd

from agents.competition.splitting.fold_masks import vault_mask
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.splits import VAULT_PARTS, columns_of_targets, labelled_rows
from agents.models import SplitPlan, Task

FEWEST_LABELLED: Final = 2_000
"""Only above so many labelled rows can a tenth be spared."""
FEWEST_KEPT: Final = FEWEST_LABELLED // VAULT_PARTS
"""On fewer rows the final score would say less than the corrected estimate."""
_FEWEST_UNITS: Final = 2 * VAULT_PARTS
"""Groups, or blocks: the vault must hold two, or nothing can be said about its error."""
_FEWEST_FOLDS: Final = 2
"""That are left to choose by."""


def with_vault(task: Task, cells: pd.DataFrame, split: SplitPlan) -> SplitPlan:
    """The same plan with a vault, where the data allows one; otherwise the plan as it is.

    Args:
        task: Names the targets.
        cells: The training table as text, or rows of it drawn at random.
        split: A plan without a vault.
    """
    labelled = labelled_rows(cells, columns_of_targets(task, cells))
    if len(labelled) <= FEWEST_LABELLED:
        return split
    moved = split.splitter in ("time", "entity_tail")
    kept = split.model_copy(
        update={
            "vault": True,
            "folds": split.folds - moved,
            "evidence": (*split.evidence, _sentence(split)),
        }
    )
    if kept.folds < _FEWEST_FOLDS or _units(cells.iloc[labelled], split) < _FEWEST_UNITS:
        return split
    rows = int(vault_mask(cells, task, kept)[1].sum())
    return kept if rows >= FEWEST_KEPT else split


def _units(rows: pd.DataFrame, split: SplitPlan) -> int:
    """How many groups or blocks can be dealt out; rows where there are neither."""
    if split.splitter == "periodic" and split.time is not None:
        return len(split.time.windows)
    if split.splitter == "grouped" and split.key is not None:
        return int(key_values(rows, split.key).nunique())
    return len(rows)


def _sentence(split: SplitPlan) -> str:
    promise = "no choice looks at it, and only the final answer is scored on it, once"
    answering = "the fit that answers the test learns from it too"
    match split.splitter:
        case "time":
            return f"The first of these windows is the vault: {promise}; {answering}."
        case "entity_tail":
            rows = "row" if split.tail == 1 else f"{split.tail} rows"
            return f"The last {rows} of each series are the vault: {promise}; {answering}."
        case "periodic":
            return f"Every tenth of these blocks is the vault: {promise}; {answering}."
        case "grouped":
            kept = "One labelled row in ten, in whole groups,"
        case _:
            kept = "One labelled row in ten"
    return f"{kept} is the vault: {promise}; nothing learns from it, neither before nor after."
