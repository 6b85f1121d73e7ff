"""Evaluation sections in the style of competition pages, each with the metric that it asks for.

A case is the text, the metric's name ("" where none can be known), and what else must be read:
parameters, or weights as (column, cell, weight, default).
"""

# ruff: noqa: E501 - a page is easier to read on one line
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

COLUMNS = ("row", "Shop", "Day", "IsFestival", "tier", "amount_weight", "era", "x1")
"""The columns of the test table that the texts may speak of."""


class Case(NamedTuple):
    """One evaluation section."""

    text: str
    name: str
    parameters: Mapping[str, Any] = MappingProxyType({})
    weights: tuple[str, str, float, float] | None = None


E = "## Evaluation\n"

CASES = (
    # labels
    Case(
        E + "We compute balanced accuracy, so rare habitats count as much as common ones.",
        "balanced_accuracy",
    ),
    Case(E + "The score is the macro-averaged recall over all eleven genera.", "balanced_accuracy"),
    Case(E + "Submissions are ranked by macro F1 over the five moods.", "f1_macro"),
    Case(
        E + "Submissions are compared by F1. The score is macro-averaged over classes.", "f1_macro"
    ),
    Case(E + "The evaluation metric is the micro-averaged F1 score.", "f1_micro"),
    Case(E + "Weighted F1-score, i.e. F1 of each class weighted by its support.", "f1_weighted"),
    Case(E + "Mean F1 score: F1 is computed for every photo and averaged.", "f1_samples"),
    Case(
        E + "For each document we compute the F1 of its predicted tags; the final score is the "
        "average over documents.",
        "f1_samples",
    ),
    Case(
        E + "We use the F2 score, which values recall more than precision.", "f_beta", {"beta": 2.0}
    ),
    Case(E + "The F-beta score with beta = 0.5 of the positive class.", "f_beta", {"beta": 0.5}),
    Case(E + "Submissions are scored by the harmonic mean of precision and recall.", "f1"),
    Case(
        E + "The Jaccard index between the predicted and the true tag sets, averaged over songs.",
        "jaccard",
    ),
    Case(E + "Hamming loss over the 14 labels. Lower is better.", "hamming"),
    Case(E + "A row counts only if its label is an exact match with the truth.", "exact_match"),
    Case(E + "Cohen's kappa between your labels and ours.", "kappa_unweighted"),
    Case(E + "Submissions are scored with Cohen's kappa, weighted quadratically.", "kappa"),
    Case(E + "Linearly weighted kappa between both raters.", "kappa_linear"),
    Case(E + "Your model is judged by the quadratic weighted kappa (QWK).", "kappa"),
    Case(E + "Matthews' correlation coefficient of the edible class.", "mcc"),
    Case(E + "We report the misclassification rate on held-out batches.", "accuracy"),
    Case(
        "# Task\nGuess the dialect.\n\n# Scoring\nOne point for each clip whose dialect is "
        "correctly identified; the fraction of correct clips is your score.",
        "accuracy",
    ),
    # guesses and rankings
    Case(
        E + "Submissions are evaluated according to the Mean Average Precision @ 5 (MAP@5).",
        "map_at_k",
        {"k": 5},
    ),
    Case(E + "MAP@3: you may name up to three fertilisers a row.", "map_at_k", {"k": 3}),
    Case(E + "Mean average precision at 7, with one right answer a row.", "map_at_k", {"k": 7}),
    Case(E + "Mean reciprocal rank over the top 10 answers.", "map_at_k", {"k": 10}),
    Case(
        E + "Mean column-wise ROC AUC: the score is the average of the individual AUCs of each "
        "predicted column.",
        "auc",
    ),
    Case(
        E + "Area under the ROC curve, one-vs-rest, weighted average of the AUCs by support.",
        "auc",
        {"average": "weighted"},
    ),
    Case(E + "macro-averaged one-vs-rest AUROC", "auc"),
    Case(E + "Area under the precision-recall curve of the fraud class.", "average_precision"),
    Case(E + "The leaderboard shows average precision (PR-AUC).", "average_precision"),
    Case(E + "We score with the Normalized Gini Coefficient.", "gini"),
    Case(E + "Label ranking average precision (LRAP) of the sound tags.", "lrap"),
    # probabilities
    Case(
        E + "Submissions are evaluated using the multi-class logarithmic loss. The submitted "
        "probabilities need not sum to one: each is divided by its row's sum and clipped to "
        "$max(min(p,1-10^{-15}),10^{-15})$.",
        "log_loss",
    ),
    Case(E + r"$$-\frac{1}{N}\sum_{i=1}^{N}\sum_{j=1}^{M}y_{ij}\log(p_{ij}),$$", "log_loss"),
    Case(E + "The Brier score of the forecast probabilities.", "brier"),
    Case("Evaluation\n\nCategorical cross-entropy.", "log_loss"),
    # numbers
    Case(E + "Mean squared error (MSE) over all cells.", "mse"),
    Case(E + "MCRMSE, the mean columnwise root mean squared error.", "rmse"),
    Case(E + "Mean column-wise root mean squared logarithmic error.", "rmsle"),
    Case(E + "RMSE between the log of the predicted and the log of the observed rent.", "rmsle"),
    Case(
        E + r"$$\epsilon = \sqrt{\frac{1}{n} \sum_{i=1}^n (\log(p_i + 1) - \log(a_i+1))^2}$$",
        "rmsle",
    ),
    Case(E + "Mean Absolute Percentage Error (MAPE).", "mape"),
    Case(E + r"$$\frac{100}{n}\sum_{t=1}^{n}\left|\frac{A_t-F_t}{A_t}\right|$$", "mape"),
    Case(E + "Forecasts are scored by SMAPE. We define SMAPE = 0 when both values are 0.", "smape"),
    Case(E + r"$$\frac{1}{n}\sum_{t=1}^n \frac{|F_t - A_t|}{(|A_t|+|F_t|)/2}$$", "smape"),
    Case(E + "Median absolute error of the delays in minutes.", "medae"),
    Case(E + "Root mean square percentage error, rows with zero turnover being ignored.", "rmspe"),
    Case(
        E + r"$$\mathrm{Score}=\sqrt{\frac{1}{n}\sum_{i=1}^{n}\left(\frac{y_i-\hat{y}_i}{y_i}"
        r"\right)^2}$$",
        "rmspe",
    ),
    Case(E + "Pinball loss at the 0.9 quantile.", "pinball", {"quantile": 0.9}),
    Case(
        E + "You are asked for the 95th percentile of the load, judged by quantile loss.",
        "pinball",
        {"quantile": 0.95},
    ),
    Case(E + "Pearson correlation between predicted and true binding.", "pearson"),
    Case(
        E + "Spearman's rank correlation, computed for each `era` and averaged.",
        "spearman",
        {"group": "era"},
    ),
    Case(E + "R squared, the coefficient of determination.", "r2"),
    Case(E + r"$R^2 = 1 - \frac{\sum_i (y_i - \hat{y}_i)^2}{\sum_i (y_i - \bar{y})^2}$", "r2"),
    Case(E + "`np.sqrt(np.mean((y_true - y_pred) ** 2))`", "rmse"),
    Case(E + "`mean(abs(actual - predicted))`, lower is better.", "mae"),
    Case(
        E + "Root mean squared error (RMSE). True target values are clipped into [0,20] range.",
        "rmse",
        {"clip": [0, 20]},
    ),
    Case(E + "RMSE. Predictions are clipped to the range [0, 20].", "rmse", {"clip": [0, 20]}),
    Case(E + "Mean Poisson deviance of the claim counts.", "poisson"),
    # weights
    Case(
        E + "Weighted absolute percentage error over all rows,\n\n`sum(w * |actual - predicted|) "
        "/ sum(w * |actual|)`\n\nwith `w = 4` on days with a festival (`IsFestival` true) and "
        "`w = 1` on the others.",
        "wape",
        {},
        ("IsFestival", "True", 4.0, 1.0),
    ),
    Case(
        E + "This competition is evaluated on the weighted mean absolute error (WMAE):\n\n"
        r"$$\frac{1}{\sum{w_i}} \sum_{i=1}^n w_i | y_i - \hat{y}_i |$$"
        "\n\nwhere w are weights. w = 5 if the day is a festival, 1 otherwise.",
        "mae",
        {},
        ("IsFestival", "True", 5.0, 1.0),
    ),
    Case(
        E + "Weighted RMSE, where rows are weighted by `amount_weight`.",
        "rmse",
        {},
        ("amount_weight", "", 0.0, 1.0),
    ),
    Case(
        E + "Mean absolute error. Rows where IsFestival is 1 are not scored.",
        "mae",
        {},
        ("IsFestival", "1", 0.0, 1.0),
    ),
    Case(
        E + "RMSE. Only rows with `tier` = gold are evaluated.",
        "rmse",
        {},
        ("tier", "gold", 1.0, 0.0),
    ),
    Case(
        E + "Log loss. Rows of customers with `tier` = gold count three times as much as others.",
        "log_loss",
        {},
        ("tier", "gold", 3.0, 1.0),
    ),
    Case(
        E + "MAE in which every row has weight 2 where IsFestival is 1, and weight 1 elsewhere.",
        "mae",
        {},
        ("IsFestival", "1", 2.0, 1.0),
    ),
    # traps
    Case(E + "We use AUC, not accuracy, because clicks are rare.", "auc"),
    Case(E + "Unlike RMSE, the chosen metric, MAE, forgives outliers.", "mae"),
    Case(
        "## Data\nThe r2 column is the second radius. GPS accuracy is 3 m.\n\n## Evaluation\n"
        "The mean absolute error in metres.",
        "mae",
    ),
    Case("## Background\nA paper reached an F1 of 0.8.\n\n## Evaluation\nLog loss.", "log_loss"),
    Case(E + "MCC. Ties are broken by accuracy.", "mcc"),
    Case(E + "Your score is RMSLE. We also report MAE for information.", "rmsle"),
    Case("## Evaluation\nJudges will read your report.\n\n## Data\n`mape` is a town.", ""),
    Case(E + "Normalised discounted cumulative gain, NDCG@10.", ""),
    Case(E + "The Dice coefficient of the masks.", ""),
    Case(E + "Mean average precision over IoU thresholds from 0.5 to 0.95.", ""),
    Case("Predict how many scooters are rented. Good luck!", ""),
    Case(E + "CRPS of the predicted distribution; the RMSE baseline scores 12.", ""),
    Case(E + "The kappa column is a curvature.\n\nSubmissions are scored by RMSE.", "rmse"),
    Case(E + "Last year's edition used MAE. This year the metric is SMAPE.", "smape"),
    Case(
        E + "Weighted kappa would be nice, but we simply count the percentage of plots that "
        "are correctly classified.",
        "accuracy",
    ),
    # as other people write
    Case(
        "## Scoring\nWe call `sklearn.metrics.f1_score(y_true, y_pred, average='macro')`.",
        "f1_macro",
    ),
    Case(E + "`roc_auc_score(y_true, y_score, multi_class='ovr')` from scikit-learn.", "auc"),
    Case(E + "mean_squared_error(y_true, y_pred, squared=False)", "rmse"),
    Case(E + "cohen_kappa_score(y_true, y_pred, weights='quadratic')", "kappa"),
    Case(E + "F1-score, the unweighted mean over the six classes.", "f1_macro"),
    Case(
        E
        + "The metric is Mean F-Score. It measures accuracy by precision p and recall r of the tags of each image.",
        "f1_samples",
    ),
    Case(E + "Your total is the mean of the RMSLE of the two target columns.", "rmsle"),
    Case(
        E
        + "For every row, list the three likeliest crops, best first. Submissions are evaluated by MAP@3.",
        "map_at_k",
        {"k": 3},
    ),
    Case(E + "A modified Laplace log likelihood.", ""),
    Case(E + "Top-5 error: a row is right if one of five guesses is.", ""),
    Case(E + "SMAPE, a number between 0 and 200.", "smape"),
    Case(
        E
        + "We take the average of the absolute differences between your estimates and the meter readings.",
        "mae",
    ),
    Case(E + "The share of predictions within 10 % of the truth.", ""),
    Case(
        E
        + "Quadratic weighted kappa is computed as follows. First an N x N matrix O is built, where O[i, j] counts ... Accuracy plays no part.",
        "kappa",
    ),
    Case(
        E
        + "During scoring, policies are sorted from largest to smallest prediction; the Gini coefficient of this order is normalised.",
        "gini",
    ),
    Case(
        E
        + "Submissions are evaluated by the average of the area under the ROC curve for each of the seven columns.",
        "auc",
    ),
    Case(E + "Mean columnwise Spearman's correlation coefficient.", "spearman"),
    Case("Competition Metric\nBalanced log loss: each class contributes equally.", "log_loss"),
    Case(E + "RMSE on log1p-transformed counts.", "rmsle"),
    Case("### Metric\nAveraged R2 score over targets", "r2"),
    Case(
        E + "Your submission will be evaluated using the Quantile Loss with q = 0.1.",
        "pinball",
        {"quantile": 0.1},
    ),
    Case("# About\nThe objective is to maximise the F1-score on frauds.", "f1"),
    Case(E + "weighted average F1", "f1_weighted"),
    Case(
        E + "Scores are MSE, and lower values rank higher. Note that outliers weigh heavily.", "mse"
    ),
    Case(E + "accuracy_score over all test images", "accuracy"),
    Case(E + "The evaluation is based on PR AUC since positives are 2 %.", "average_precision"),
    Case(
        E + "Predictions are compared by WAPE, weights being given in `amount_weight`.",
        "wape",
        {},
        ("amount_weight", "", 0.0, 1.0),
    ),
    Case(
        E + "Weighted log loss: observations with tier = platinum have weight 10, all others 1.",
        "log_loss",
        {},
        ("tier", "platinum", 10.0, 1.0),
    ),
    Case(E + "Rows are weighted equally. The metric is MAE.", "mae"),
    Case(
        E + "The score is the mean over shops of the RMSE within each Shop.",
        "rmse",
        {"group": "Shop"},
    ),
    Case(E + "For each Shop and Day predict sales. RMSLE is used.", "rmsle"),
    Case(
        E
        + "Each row's error counts 2.5 times on festival days, once otherwise; then errors (absolute) are averaged: MAE.",
        "mae",
        {},
        ("IsFestival", "True", 2.5, 1.0),
    ),
    Case(
        E + "The leaderboard is sorted by accuracy (higher is better). AUC is the tie-breaker.",
        "accuracy",
    ),
    Case("## What you predict\nThe probability of default.\n\n## How we score\nAUROC.", "auc"),
    Case(
        "<h2>Evaluation</h2>\n<p>Submissions are scored on the root mean squared error.</p>", "rmse"
    ),
    Case(
        E
        + "Root Mean Squared Error (RMSE), defined as\n\n$$\\sqrt{\\frac{1}{n}\\sum_{i=1}^n(\\log(1+\\hat y_i)-\\log(1+y_i))^2}$$",
        "rmsle",
    ),
    Case(E + "Per-class F1 averaged (macro).", "f1_macro"),
    Case(E + "Exactly matching answers score 1, others 0.", "exact_match"),
    Case(E + "Submissions are scored using the concordance index.", ""),
)
