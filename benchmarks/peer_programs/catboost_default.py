"""CatBoost as it comes on one table: `python catboost_default.py SPEC.json`.

What a person does in ten lines: text columns are categories, missing words are words, no tuning.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor


def main() -> None:
    """Fit, predict, write."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    train = pd.read_csv(spec["train"], low_memory=False)
    test = pd.read_csv(spec["test"], low_memory=False)
    answers = pd.DataFrame({"row_id": spec["ids"]})
    features = [name for name in test.columns if name in train.columns]
    words = [name for name in features if not pd.api.types.is_numeric_dtype(train[name])]
    for frame in (train, test):
        frame[words] = frame[words].astype("str").fillna("")
    for target in spec["targets"]:
        rows = train.dropna(subset=[target])
        settings = {"verbose": False, "thread_count": spec["cores"], "cat_features": words}
        settings |= {"allow_writing_files": False, "random_seed": spec["seed"]}
        if spec["problem"] == "regression":
            model = CatBoostRegressor(**settings).fit(rows[features], rows[target])
            answers[target] = model.predict(test[features])
            continue
        model = CatBoostClassifier(**settings).fit(rows[features], rows[target].astype("str"))
        if spec["answers"] == "probability":
            shares = pd.DataFrame(model.predict_proba(test[features]), columns=model.classes_)
            for label, column in spec["columns"][target].items():
                answers[column] = shares.get(label, 0.0)
        else:
            answers[target] = np.ravel(model.predict(test[features]))
    answers.to_parquet(spec["output"], index=False)


if __name__ == "__main__":
    main()
