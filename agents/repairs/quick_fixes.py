"""Repairs that need no model: a few exact words, by rule, at no token cost.

Each rule reads the fault and changes only what the message speaks of; a program that is right never
comes here. Rules know what libraries renamed, what the contract promises, and how the runner calls
the two classes. None of them decides anything about the data or the method: that is left to the
Debugging Agent.
"""

from collections.abc import Callable, Collection, Mapping

from agents.models import Contract, Fault
from agents.repairs import (
    arguments,
    attributes,
    data_types,
    effort,
    imports,
    places,
    promises,
    state,
    writing,
)
from agents.repairs.situation import NOTHING_KNOWN, Argument, Fix, Lookup, Situation
from agents.repairs.source import parsed

__all__ = ["NOTHING_KNOWN", "Argument", "Fix", "Lookup", "quick_fix"]

Rule = Callable[[Situation], Fix | None]

RULES: tuple[Rule, ...] = (
    writing.written_right,
    imports.forgotten_import,
    imports.misspelt_name,
    imports.moved_import,
    arguments.refused_argument,
    arguments.argument_by_place,
    arguments.invalid_option,
    arguments.one_of_several,
    attributes.lost_of_numpy,
    attributes.frame_appended,
    state.attribute_kept,
    attributes.renamed_attribute,
    attributes.detached,
    attributes.whole_pickles,
    attributes.without_card,
    data_types.words_as_categories,
    data_types.gaps_as_words,
    data_types.categories_named,
    data_types.gaps_filled,
    data_types.made_dense,
    data_types.cells_coerced,
    attributes.numbers_only,
    data_types.gaps_before_whole,
    data_types.words_by_type,
    data_types.unknown_word,
    data_types.plain_for_json,
    data_types.tensor_types,
    promises.object_renamed,
    promises.object_dropped,
    promises.promised_name_taken,
    promises.object_converted,
    promises.index_counted_anew,
    promises.scores_as_table,
    promises.scores_with_ids,
    promises.scores_by_name,
    state.limits_accepted,
    state.methods_added,
    state.steps_claimed,
    places.given_folder,
    effort.smaller_batches,
    effort.fewer_rounds,
)
"""In the order in which they are tried; the surest first."""


AGAIN = frozenset({"smaller batches", "fewer rounds"})
"""Rules that may be needed more than once on the same fault."""


def quick_fix(
    fault: Fault,
    files: Mapping[str, str],
    contract: Contract,
    lookup: Lookup,
    *,
    first: str = "",
    without: Collection[str] = (),
) -> Fix | None:
    """The first change by rule that answers a fault.

    Args:
        fault: What went wrong, and where.
        files: The program's parts, name to text.
        contract: What preprocessing promises and modelling may assume.
        lookup: Questions to the installed libraries; `NOTHING_KNOWN` where none can be asked.
        first: The rule that healed such a fault before, which is preferred where it fits.
        without: Rules that were tried on this very fault and did not help.

    Returns:
        The files after the change, which are Python, and a sentence on it; None where no rule fits.
    """
    at = Situation(fault, files, contract, lookup)
    found = None
    for rule in RULES:
        fix = rule(at)
        if fix is None or fix.files == files or not _is_python(fix.files):
            continue
        if fix.rule in without and fix.rule not in AGAIN:
            continue
        if fix.rule == first or not first:
            return fix
        found = found or fix
    return found


def _is_python(files: Mapping[str, str]) -> bool:
    return all(parsed(text) is not None for name, text in files.items() if name.endswith(".py"))
