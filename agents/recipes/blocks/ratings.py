"""What ratings say about who gave them and what they are for: biases, habits, common tastes.

A rating is taken for the mean of all, plus how generous its user is, plus how liked its item is,
plus how well the tastes of both agree (Koren, Bell and Volinsky 2009). Rows get these measures from
other rows' ratings only.
"""

from typing import Any

import numpy as np
import pandas as pd

USER = ""
ITEM = ""
FACTORS = 8
ROUNDS = 6
CROSS_FITS = 5
PRIOR_RATINGS = 5
PENALTIES = (0.05, 0.15, 0.5)

Learned = dict[str, Any]


def learn_ratings(
    features: pd.DataFrame, ratings: pd.Series, seed: int
) -> tuple[pd.DataFrame, Learned]:
    """Measures of the training rows, cross-fitted, and what gives new rows theirs.

    Steps: ratings
    """
    pairs = features[[USER, ITEM]]
    penalty = choose_penalty(pairs, ratings, seed)
    part = np.random.RandomState(seed).permutation(len(pairs)) % CROSS_FITS
    pieces = []
    for k in range(CROSS_FITS):
        others = learn_one(pairs[part != k], ratings[part != k], penalty, seed)
        pieces.append(measure_ratings(pairs[part == k], others))
    learned = learn_one(pairs, ratings, penalty, seed)
    measures = pd.concat(pieces).sort_index()
    for name, side in ((USER, "users"), (ITEM, "items")):
        counts = learned[side]["ratings"].reindex(pairs[name]).to_numpy()
        measures[f"{name}, ratings"] = (counts - 1).astype("float32")
    return measures, learned


def learn_one(pairs: pd.DataFrame, ratings: pd.Series, penalty: float, seed: int) -> Learned:
    """Learn everything from some ratings."""
    mean = float(ratings.mean())
    rest = ratings - mean
    users, items = pairs[USER], pairs[ITEM]
    liked = damped(rest, items)
    generous = damped(rest - items.map(liked).to_numpy(), users)
    rest = rest - items.map(liked).to_numpy() - users.map(generous).to_numpy()
    learned: Learned = {"mean": mean}
    for side, names, bias in (("users", users, generous), ("items", items, liked)):
        habits = ratings.groupby(names.to_numpy()).agg(["size", "std"])
        learned[side] = pd.DataFrame(
            {"bias": bias, "ratings": habits["size"], "spread": habits["std"]}
        )
    learned["tastes"] = tastes(users, items, rest.to_numpy(), penalty, seed)
    return learned


def damped(rest: pd.Series, names: pd.Series) -> pd.Series:
    """The mean of what is left for each name, drawn to zero where there is little of it."""
    rows = rest.groupby(names.to_numpy())
    return rows.sum() / (rows.size() + PRIOR_RATINGS)


def tastes(
    users: pd.Series, items: pd.Series, rest: np.ndarray, penalty: float, seed: int
) -> dict[str, pd.DataFrame]:
    """Factors of users and of items whose products come near what is left of the ratings.

    By alternating least squares with a penalty that grows with the number of ratings (Zhou,
    Wilkinson, Schreiber and Pan 2008).
    """
    (user, user_names), (item, item_names) = pd.factorize(users), pd.factorize(items)
    theirs = np.random.RandomState(seed).normal(0, 0.3, (len(item_names), FACTORS))
    ours = np.zeros((len(user_names), FACTORS))
    for _ in range(ROUNDS):
        ours = solve(user, theirs[item], rest, (len(ours), penalty))
        theirs = solve(item, ours[user], rest, (len(theirs), penalty))
    return {
        "users": pd.DataFrame(ours, index=user_names),
        "items": pd.DataFrame(theirs, index=item_names),
    }


def solve(
    row: np.ndarray, factors: np.ndarray, rest: np.ndarray, setting: tuple[int, float]
) -> np.ndarray:
    """Ridge regression of what is left on the factors of the other side, for each row at once.

    Args:
        row: The user or item of each rating as a number, shape (ratings,).
        factors: Of the other side of each rating, shape (ratings, factors).
        rest: What is left of each rating, shape (ratings,).
        setting: How many users or items there are, and the penalty a rating.
    """
    count, penalty = setting
    size = factors.shape[1]
    square = np.empty((count, size, size))
    for a in range(size):
        for b in range(a, size):
            sums = np.bincount(row, factors[:, a] * factors[:, b], count)
            square[:, a, b] = square[:, b, a] = sums
    ratings = np.bincount(row, minlength=count)
    square += (penalty * ratings + 1e-6)[:, None, None] * np.eye(size)
    right = np.stack([np.bincount(row, factors[:, a] * rest, count) for a in range(size)], axis=1)
    solved: np.ndarray = np.linalg.solve(square, right[:, :, None])[:, :, 0]
    return solved


def choose_penalty(pairs: pd.DataFrame, ratings: pd.Series, seed: int) -> float:
    """How strongly tastes are held back: as ratings outside the fit ask for."""
    held_out = np.random.RandomState(seed).random_sample(len(pairs)) < 1 / CROSS_FITS
    errors = []
    for penalty in PENALTIES:
        learned = learn_one(pairs[~held_out], ratings[~held_out], penalty, seed)
        expected = measure_ratings(pairs[held_out], learned)["expected rating"].to_numpy()
        errors.append(float(((expected - ratings[held_out].to_numpy()) ** 2).mean()))
    return PENALTIES[int(np.argmin(errors))]


def measure_ratings(pairs: pd.DataFrame, learned: Learned) -> pd.DataFrame:
    """What is known of the user and the item of each row; of strangers, what most are like."""
    found: dict[str, np.ndarray] = {}
    bias = np.full(len(pairs), learned["mean"])
    for name, side in ((USER, "users"), (ITEM, "items")):
        known = learned[side].reindex(pairs[name])
        found[f"{name}, bias"] = known["bias"].fillna(0.0).to_numpy()
        found[f"{name}, spread"] = known["spread"].to_numpy()
        found[f"{name}, ratings"] = known["ratings"].fillna(0).to_numpy()
        bias = bias + found[f"{name}, bias"]
    users, items = (learned["tastes"][side] for side in ("users", "items"))
    ours = users.reindex(pairs[USER]).fillna(0.0).to_numpy()
    theirs = items.reindex(pairs[ITEM]).fillna(0.0).to_numpy()
    agree = (ours * theirs).sum(axis=1)
    found |= {"rating without tastes": bias, "tastes": agree, "expected rating": bias + agree}
    return pd.DataFrame(found, index=pairs.index).astype("float32")
