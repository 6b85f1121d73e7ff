"""How the rounds of a run stand beside each other: pure functions of its history.

A score on fold 1 says less than one on all folds, and is never ranked among these: of many that met
fold 1 the luckiest stands out. A fault is mended once a later round of the same plan came through.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agents.journal.state import Moment


class Standing(NamedTuple):
    """The rounds of a run: scored ones with the best first, the others as they came."""

    whole: tuple[Moment, ...]
    """Those that did every fold."""
    partly: tuple[Moment, ...]
    """Those that did only some."""
    unscored: tuple[Moment, ...]


def standing(moments: Sequence[Moment], *, higher: bool) -> Standing:
    """Sorts the rounds of a run.

    Args:
        moments: All of them.
        higher: Whether a higher score is better.
    """
    found = [(one, one.score) for one in moments if one.score is not None]
    most = max((len(score.folds) for _, score in found), default=0)
    found.sort(key=lambda pair: pair[1].value, reverse=higher)
    return Standing(
        whole=tuple(one for one, score in found if len(score.folds) == most),
        partly=tuple(one for one, score in found if len(score.folds) < most),
        unscored=tuple(one for one in moments if one.score is None),
    )


def mended_by(moments: Sequence[Moment], faulty: Moment) -> Moment | None:
    """The round that came through after this one failed, of the same plan; None where none did."""
    later = (
        one
        for one in moments
        if (one.track, one.candidate) == (faulty.track, faulty.candidate)
        and one.round > faulty.round
        and one.fault is None
        and one.score is not None
    )
    return next(later, None)


def described(moments: Sequence[Moment], moment: Moment) -> str:
    """What a program is, in words: one that was repaired is more than its last repair."""
    before = [
        one
        for one in moments
        if (one.track, one.candidate) == (moment.track, moment.candidate)
        and one.round < moment.round
    ]
    if not before or before[-1].fault is None:
        return moment.what
    repair = moment.what.removeprefix(moment.candidate).removeprefix(": ")
    return f"{moment.candidate}, repaired: {repair}" if repair else moment.candidate


def faults_of(moments: Sequence[Moment]) -> tuple[int, int]:
    """How many rounds failed, and how many of these were mended."""
    faulty = [one for one in moments if one.fault is not None]
    return len(faulty), sum(mended_by(moments, one) is not None for one in faulty)


def folds_in_words(folds: Sequence[int], whole: int) -> str:
    """`5 folds`, or which ones where these are not all."""
    if len(folds) == whole:
        return f"{whole} fold{'s' if whole != 1 else ''}"
    if len(folds) == 1:
        return f"fold {folds[0]} only"
    return f"{len(folds)} of {whole} folds only"
