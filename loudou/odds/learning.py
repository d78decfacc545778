"""Learning a model from examples: only the job does it, and only it imports what that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loudou.odds.figures.features import FEATURES, rate_told
from loudou.odds.figures.logistic import Model, Weight, spread_of
from loudou.odds.figures.scores import GIVES_AWAY, Trial, auc, trial
from loudou.odds.queries import Example

STEADY = 1.0  # how strongly weights are drawn to nought (the inverse of scikit-learn's C)


@dataclass(frozen=True)
class Learned:
    """A model, how well one like it foretold later deals, what it told of each, and the features that gave the outcome away."""

    model: Model
    trial: Trial
    given_away: Sequence[str]
    chances: Sequence[float]  # that were told of the later deals, in their order


def learn(earlier: Sequence[Example], later: Sequence[Example], every: Sequence[Example]) -> Learned:
    """Fit a model on the deals that closed earlier, hold it against those that closed later, then fit one on all."""
    telling = [name for name in FEATURES if not _gives_away(name, earlier)]
    tried = fit(telling, earlier)
    told = [(tried.chance(one.values), one.won) for one in later]
    base = sum(one.won for one in earlier) / len(earlier)
    scores = trial(told, [rate_told(one.values) for one in later], base)
    left_out = [name for name in FEATURES if name not in telling]
    return Learned(fit(telling, every), scores, left_out, [chance for chance, _won in told])


def fit(names: Sequence[str], some: Sequence[Example]) -> Model:
    """A logistic regression of these features, each as spreads from its mean."""
    from sklearn.linear_model import LogisticRegression

    places = [FEATURES.index(name) for name in names]
    spreads = [spread_of([one.values[place] for one in some]) for place in places]
    rows = [
        [(one.values[place] - mean) / spread for place, (mean, spread) in zip(places, spreads, strict=True)]
        for one in some
    ]
    fitted = LogisticRegression(C=1 / STEADY, max_iter=1_000).fit(rows, [one.won for one in some])
    weights = [
        Weight(name, mean, spread, float(weight))
        for name, (mean, spread), weight in zip(names, spreads, fitted.coef_[0], strict=True)
    ]
    return Model(float(fitted.intercept_[0]), weights)


def _gives_away(name: str, some: Sequence[Example]) -> bool:
    """Whether a feature alone tells wins from losses so well that it must have been written down after the close."""
    place = FEATURES.index(name)
    alone = auc([(one.values[place], one.won) for one in some])
    return not 1 - GIVES_AWAY < alone < GIVES_AWAY
