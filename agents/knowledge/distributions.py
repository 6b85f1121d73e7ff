"""Which distribution brings a module: what to install where a program imports what is not there.

Import names and the names of distributions differ, and a name that a model made up may be anybody's
package. So what machine learning usually imports is written down here; any other name is a guess,
and says so.
"""

import re
from typing import NamedTuple

_NAMES = {
    "bs4": "beautifulsoup4",
    "category_encoders": "category-encoders",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "feature_engine": "feature-engine",
    "fitz": "PyMuPDF",
    "imblearn": "imbalanced-learn",
    "Levenshtein": "levenshtein",
    "PIL": "Pillow",
    "pytorch_tabnet": "pytorch-tabnet",
    "pywt": "PyWavelets",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "umap": "umap-learn",
    "unidecode": "Unidecode",
    "yaml": "PyYAML",
}
_ALIKE = frozenset(
    re.findall(
        r"\w+",
        """
        catboost cmaes dask duckdb ftfy gensim geopandas geopy h3 holidays hyperopt interpret joblib
        librosa lifelines lightgbm networkx nltk numba numexpr openpyxl optuna patsy polars prophet
        pyarrow pycountry pyod rapidfuzz rdkit regex river sentencepiece shap shapely skrub
        soundfile spacy statsforecast statsmodels sympy tables textblob textstat threadpoolctl tqdm
        tsfresh xgboost xlrd
        """,
    )
)
"""Modules whose distribution is called as they are."""
_NO_PACKAGE = frozenset(
    re.findall(
        r"\w+",
        """
        asyncore common config constants data dataset distutils features helpers imp main model
        models preprocess preprocessing settings solution src submission test tests train utils
        """,
    )
)
"""Names of a program's own files, and of what Python itself no longer has."""
_TOO_LARGE = frozenset(
    {"cudf", "cuml", "jax", "keras", "tensorflow", "tf", "torch", "torchaudio", "torchvision"}
)
"""Gigabytes, made for one kind of machine: they belong into the interpreter's own environment."""


class Distribution(NamedTuple):
    """What would have to be installed for a module."""

    name: str
    known: bool
    """Whether the name is written down here; otherwise it is the module's own."""


def distribution_of(module: str) -> Distribution | None:
    """What brings a module, given by its dotted name; None where nothing should be installed."""
    top = module.partition(".")[0]
    if top in _NO_PACKAGE or top in _TOO_LARGE or top.startswith("_") or not top.isascii():
        return None
    known = _NAMES.get(top) or (top if top in _ALIKE else "")
    return Distribution(known or top.replace("_", "-"), known=bool(known))
