"""The paper's switches (4, RQ2 and RQ3): what each of them takes away from a run.

All are settings, off by default, journaled with the others. They measure what a part of the method
is worth, and concern what language models are asked and what becomes of their code. The recipes,
the scores on blind rows and the promise of a valid submission stay in every variant.

    static        w/o verification: code is read but not run before it is scored. It meets no
                  sample, the Modeling Coder is not told what preprocessing really made, and what
                  fails when it is run is given up, not repaired. Nothing is improved afterwards.
    mono          w/ mono code: one agent writes preprocessing and model as one file, without a
                  contract between them, and every repair may change, and refits, all of it.
    reactive      w/o data profiling: prompts know the description, the names of files and columns
                  and what an answer looks like, and nothing that was measured; no Profiling Agent.
    isolated      w/o the Knowledge Retriever: no cards of advice.
    no retrieval  nothing is looked up at all: no cards, architectures, checkpoints, web pages.
    strip         one sentence stands for all that the folder says of itself
                  (`Settings.task_options`).

Single tracks (`--only`), the rounds of repair (`--debug-rounds`) and how programs become one answer
(`--aggregation`) are switches too, and live where their subject does.
"""

from collections.abc import Mapping

from agents.models import CandidatePlan, Contract, Profile
from agents.prompts.dossier import without_profile
from agents.settings import Settings


def runs_code_early(settings: Settings) -> bool:
    """Whether what models write meets real data before it is scored, and is repaired after."""
    return settings.variant != "static"


def writes_one_file(settings: Settings) -> bool:
    """Whether one agent writes preprocessing and model together."""
    return settings.variant == "mono"


def profiles(settings: Settings) -> bool:
    """Whether models are told what was measured."""
    return settings.variant != "reactive"


def retrieves_cards(settings: Settings) -> bool:
    """Whether the Knowledge Retriever is asked."""
    return settings.retrieval and settings.variant != "isolated"


def retrieves_designs(settings: Settings) -> bool:
    """Whether architectures and pretrained checkpoints are looked up."""
    return settings.retrieval


def may_reach_out(settings: Settings) -> bool:
    """Whether the web and the Hugging Face Hub may be reached."""
    return settings.retrieval and settings.web


def told(settings: Settings, facts: Mapping[str, object]) -> dict[str, object]:
    """What all prompts of the run know, of what they could know."""
    known = dict(facts) if profiles(settings) else without_profile(facts)
    return known | {
        "one_file": writes_one_file(settings),
        "repeatable": settings.deterministic,
    }


def known_profile(settings: Settings, profile: Profile) -> Profile:
    """The profile as far as knowledge may be looked up by it."""
    if profiles(settings):
        return profile
    return profile.model_copy(update={"columns": (), "findings": (), "side": {}})


def agreed(settings: Settings, plan: CandidatePlan) -> CandidatePlan:
    """A model's plan with what its parts agree on: nothing where they are one file."""
    if not writes_one_file(settings):
        return plan
    kept = plan.contract
    free = Contract(objects=(), transductive=kept.transductive, declined=kept.declined)
    return plan.model_copy(update={"contract": free})
