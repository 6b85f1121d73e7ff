"""What texts say about the target: scores by words and characters, cross-fitted, and topics.

TF-IDF of words, pairs of words and of characters inside words goes into ridge regression on every
goal. A training row is scored by a model that saw neither it nor an equal text (nor a row of its
group, where rows come in groups), a new row by the mean of these models. A text whose scores say
nothing that the other columns do not say is left out: names often repeat what stands beside them.
Topics are the leading directions of the same TF-IDF (latent semantic analysis, Deerwester et al.
1990).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, make_union

from agents.recipes.blocks.encoding import goals_of
from agents.recipes.blocks.features import words_of

SCORED_TEXTS: list[str] = []
PAIRS = True
CHARACTERS = True
MOST_CHARACTERS = 3_000_000
"""Counting the pieces of words in more text than this takes far longer than all the rest, and long
texts say what they mean in whole words."""
TOPICS = 12
TELLING_ONLY = True
TEXT_FITS = 5
TEXT_PENALTY = 2.0
MOST_WORDS = 20_000
LONGEST_TEXT = 2_000
LEAST_CORRELATION = 0.05
CHANCE_ERRORS = 3
FEW_GOALS = 3


def learn_texts(
    train: dict[str, Any], cells: pd.DataFrame, seed: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Score and describe the texts of training rows.

    Steps: text_scores

    Args:
        train: The target, the features without texts, and groups where rows come in groups.
        cells: The training table.
        seed: Of the parts.

    Returns:
        Features of the training rows, and what describes new ones by `describe_texts`.
    """
    goals = goals_of(train["y_train"])
    learned: dict[str, Any] = {}
    found = [cells[[]]]
    for name in SCORED_TEXTS:
        texts = cells[name].str.slice(0, LONGEST_TEXT)
        vectorizer = text_vectorizer(texts)
        part = parts_of_texts(train.get("groups_train", texts), seed)
        vectors = learn_vectors(vectorizer, texts)
        if vectors is None or len(np.unique(part)) < TEXT_FITS:
            continue
        models = [text_model(vectors[part != k], goals[part != k]) for k in range(TEXT_FITS)]
        scores = np.zeros(goals.shape)
        for k, model in enumerate(models):
            if (part == k).any():
                scores[part == k] = model.predict(vectors[part == k]).reshape(-1, goals.shape[1])
        if TELLING_ONLY and not telling(scores, unexplained(train["X_train"], goals, part)):
            continue
        topics = learn_topics(vectors, seed) if TOPICS else None
        learned[name] = (vectorizer, topics, models, [str(goal) for goal in goals])
        found.append(text_features(name, scores, topics, vectors, learned[name][3]))
    return pd.concat(found, axis=1), learned


def learn_topics(vectors: csr_matrix, seed: int) -> TruncatedSVD:
    """The directions in which texts differ most."""
    count = max(1, min(TOPICS, vectors.shape[1] - 1))
    return TruncatedSVD(count, random_state=seed).fit(vectors)


def unexplained(features: pd.DataFrame, goals: pd.DataFrame, part: np.ndarray) -> np.ndarray:
    """What some small trees on the other columns leave of the goals, cross-fitted."""
    codes = {name: pd.factorize(features[name])[0] for name in words_of(features)}
    known = features.assign(**codes)
    known = known.fillna(known.min() - 1).fillna(0)  # these trees fail on an empty column
    left = goals.iloc[:, :FEW_GOALS].to_numpy(dtype=float, copy=True)
    for goal in left.T:
        expected = np.empty(len(goal))
        for k in np.unique(part):
            seen = part != k
            trees = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=8, random_state=0)
            expected[~seen] = trees.fit(known[seen], goal[seen]).predict(known[~seen])
        goal -= expected
    return left


def telling(scores: np.ndarray, left: np.ndarray) -> bool:
    """Whether scores go with what is left of a goal more closely than chance would have them."""
    least = max(LEAST_CORRELATION, CHANCE_ERRORS / np.sqrt(len(left)))
    pairs = zip(scores.T, left.T, strict=False)
    return any(np.std(one) > 0 and np.corrcoef(one, goal)[0, 1] > least for one, goal in pairs)


def describe_texts(cells: pd.DataFrame, learned: dict[str, Any]) -> pd.DataFrame:
    """Score and describe the texts of new rows."""
    found = [cells[[]]]
    for name, (vectorizer, topics, models, goals) in learned.items():
        vectors = vectorizer.transform(cells[name].str.slice(0, LONGEST_TEXT))
        scores = np.mean([model.predict(vectors).reshape(-1, len(goals)) for model in models], 0)
        found.append(text_features(name, scores, topics, vectors, goals))
    return pd.concat(found, axis=1)


def text_vectorizer(texts: pd.Series) -> FeatureUnion:
    """TF-IDF of words and their pairs, and of characters inside words where texts are few."""
    count = len(texts)
    rarest = 2 if count < 2_000 else 3
    settings = {"sublinear_tf": True, "max_features": MOST_WORDS, "dtype": np.float32}
    ways = [
        TfidfVectorizer(
            ngram_range=(1, 2) if PAIRS else (1, 1),
            token_pattern=r"\w+",
            min_df=text_floor(count, rarest),
            **settings,
        )
    ]
    if CHARACTERS and texts.str.len().sum() <= MOST_CHARACTERS:
        floor = text_floor(count, 2 * rarest)
        ways.append(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=floor, **settings)
        )
    return make_union(*ways)


def learn_vectors(vectorizer: FeatureUnion, texts: pd.Series) -> csr_matrix | None:
    """The texts as vectors; None where no word is frequent enough to learn from."""
    try:
        vectors: csr_matrix = vectorizer.fit_transform(texts)
    except ValueError:
        return None
    return vectors


def text_floor(texts: int, rarest: int) -> int:
    """In how many texts something must occur; in one where there are hardly any texts."""
    return rarest if texts >= 100 else 1


def text_model(vectors: csr_matrix, goals: pd.DataFrame) -> Ridge:
    """Ridge regression of the goals on words."""
    return Ridge(TEXT_PENALTY, solver="sparse_cg", max_iter=60, tol=1e-3).fit(
        vectors, goals.to_numpy(dtype="float32")
    )


def parts_of_texts(kin: pd.Series, seed: int) -> np.ndarray:
    """Deal rows into parts at random, those of one text or one group into the same."""
    kind = pd.factorize(kin)[0]
    part: np.ndarray = (np.random.RandomState(seed).permutation(kind.max() + 1) % TEXT_FITS)[kind]
    return part


def text_features(
    name: str,
    scores: np.ndarray,
    topics: TruncatedSVD | None,
    vectors: csr_matrix,
    goals: list[str],
) -> pd.DataFrame:
    """Scores and topics as columns."""
    named = pd.DataFrame(scores, columns=[f"{name}, score of {goal}" for goal in goals])
    if topics is not None:
        found = topics.transform(vectors)
        names = [f"{name}, topic {place + 1}" for place in range(found.shape[1])]
        named[names] = found
    return named.astype("float32")
