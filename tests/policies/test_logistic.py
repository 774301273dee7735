"""The regression is scikit-learn's; what is folded into words predicts the same."""

from __future__ import annotations

import numpy as np

from gencost.policies.logistic import Logistic, _probabilities, fit_logistic
from gencost.policies.text_features import TextFeatures


def test_all_columns_at_once_are_what_scikit_learn_makes_of_each():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5)) / 3
    labels = (rng.random((400, 3)) < 1 / (1 + np.exp(-(x @ rng.normal(size=(5, 3)) * 3 + [1, 0, -1])))).astype(float)
    weights = fit_logistic(x, labels, strength=10.0)
    for column, own in zip(labels.T, weights.T, strict=True):
        model = LogisticRegression(C=10.0, tol=1e-10, max_iter=1000).fit(x, column)
        assert np.allclose(own, [*model.intercept_, *model.coef_[0]], atol=0.03)


def test_unknown_labels_are_left_out():
    x = np.array([[0.0], [1.0], [0.0], [1.0], [0.5]])
    labels = np.array([[0.0], [1.0], [0.0], [1.0], [np.nan]])
    assert np.allclose(fit_logistic(x, labels, 1.0), fit_logistic(x[:4], labels[:4], 1.0), atol=0.01)


def test_a_graded_score_is_a_share():
    weights = fit_logistic(np.zeros((50, 1)), np.full((50, 1), 0.3), 1.0)
    assert abs(1 / (1 + np.exp(-weights[0, 0])) - 0.3) < 1e-3


def test_the_exported_words_predict_what_the_directions_do():
    texts = [f"{'prove' if i % 2 else 'greet'} number {i} {'theorem' if i % 3 else 'hello'}" for i in range(60)]
    text = TextFeatures(texts, 0)
    right = np.array([[i % 2, i % 3 == 0] for i in range(60)], dtype=float)
    weights = fit_logistic(text.of(texts), right, 10.0)
    terms = np.column_stack([text.vectorizer.idf_, text.directions @ weights[1:]]).tolist()
    policy = Logistic(
        costs={"a": 1.0, "b": 2.0},
        intercepts=dict(zip("ab", weights[0].tolist(), strict=True)),
        terms=dict(zip(text.vectorizer.get_feature_names_out().tolist(), terms, strict=True)),
    )
    asked = ["prove the theorem, prove it twice", "nothing known"]
    expected = _probabilities(text.of(asked), weights, (0.0, 1.0))
    assert np.allclose([policy._predict(one) for one in asked], expected)
