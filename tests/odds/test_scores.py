"""Scores and the model as plain numbers, beside those of scikit-learn."""

from __future__ import annotations

import random
from itertools import pairwise
from math import exp, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from loudou.odds.figures.features import FEATURES, logit, rate_told
from loudou.odds.figures.logistic import Model, Weight, spread_of
from loudou.odds.figures.scores import Trial, auc, auc_interval, bins, brier, trial
from loudou.odds.learning import fit, learn
from loudou.odds.queries import Example

TOLD = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=60
)


@given(TOLD)
def test_auc_and_brier_as_scikit_learn_has_them(told: list[tuple[float, bool]]) -> None:
    chances, outcomes = [chance for chance, _won in told], [won for _chance, won in told]
    assert isclose(brier(told), brier_score_loss(outcomes, chances, pos_label=True), abs_tol=1e-12)
    if len(set(outcomes)) == 2:
        assert isclose(auc(told), roc_auc_score(outcomes, chances), abs_tol=1e-12)
    else:
        assert auc(told) == 0.5


@given(TOLD)
def test_tenths_hold_every_deal_once(told: list[tuple[float, bool]]) -> None:
    found = bins(told)
    assert sum(one.n for one in found) == len(told)
    assert all(after.told >= before.told - 1e-12 for before, after in pairwise(found))
    assert isclose(sum(one.won * one.n for one in found), sum(won for _chance, won in told), abs_tol=1e-9)


def test_calibration_as_scikit_learn_has_it() -> None:
    dice = random.Random(4)
    told = [(chance := dice.random(), dice.random() < chance) for _ in range(400)]
    won, mean = calibration_curve(
        [outcome for _chance, outcome in told],
        [chance for chance, _won in told],
        n_bins=10,
        strategy="quantile",
    )
    assert [round(one.told, 9) for one in bins(told)] == [round(float(value), 9) for value in mean]
    assert [round(one.won, 9) for one in bins(told)] == [round(float(value), 9) for value in won]


def test_hanley_and_mcneil() -> None:
    """Their example of 1982: 51 and 58 cases, area 0.893, standard error 0.032."""
    low, high = auc_interval(0.893, 51, 58)
    assert abs((high - low) / 2 / 1.96 - 0.032) < 0.001
    assert auc_interval(0.5, 0, 3) == (0.0, 1.0)


def test_a_trial_says_whether_anything_was_learned() -> None:
    good = [(0.9, True)] * 80 + [(0.1, False)] * 80 + [(0.9, False)] * 5 + [(0.1, True)] * 5
    random.Random(0).shuffle(good)
    found = trial(good, [0.3] * len(good), 0.5)
    assert found.teaches and found.lift > 1.5 and found.brier < found.brier_base < found.brier_stage
    late = trial(
        [(0.5 + chance / 4, won) for chance, won in good], [float(won) for _chance, won in good], 0.5
    )
    assert late.tells_apart and not late.teaches
    coin = trial([(0.5, won) for won in (True, False)] * 50, [0.5] * 100, 0.5)
    assert not coin.teaches and not coin.tells_apart and coin.auc == 0.5 and coin.lift == 1.0
    none = trial([(0.5, False)] * 10, [0.5] * 10, 0.5)
    assert none.lift == 1.0 and not none.teaches
    assert isinstance(none, Trial)


def values(**told: float) -> tuple[float, ...]:
    return tuple(told.get(name, 0.0) for name in FEATURES)


def examples(dice: random.Random, n: int) -> list[Example]:
    """Deals that are won the rather the later their stage and the fewer their pushes."""
    found = []
    for _ in range(n):
        stage, pushes, amount = (
            logit(dice.choice((0.1, 0.3, 0.5, 0.8))),
            dice.randrange(4),
            dice.random() * 10,
        )
        odds = stage - 1.2 * pushes + 1.5
        won = dice.random() < 1 / (1 + exp(-odds))
        found.append(Example(values(stage=stage, pushes=pushes, amount=amount, undated=float(won)), won))
    return found


def test_the_model_is_that_of_scikit_learn_as_plain_numbers() -> None:
    some = examples(random.Random(1), 600)
    model = fit(["stage", "pushes", "amount"], some)
    read = Model.read(model.plain())
    assert read == model
    rows = []
    for one in some:
        told = dict(zip(FEATURES, one.values, strict=True))
        rows.append([(told[each.name] - each.mean) / each.spread for each in model.weights])
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(rows, [one.won for one in some])
    for one, row in zip(some[:50], rows, strict=False):
        assert isclose(model.chance(one.values), float(fitted.predict_proba([row])[0][1]), abs_tol=1e-9)
    reasons = model.reasons(values(stage=logit(0.8), pushes=3.0, amount=5.0))
    assert {reason.name for reason in reasons[:2]} == {"stage", "pushes"}
    lifts = {reason.name: reason.lift for reason in reasons}
    assert lifts["stage"] > 0 > lifts["pushes"]


def test_what_was_written_down_after_the_close_is_left_out() -> None:
    dice = random.Random(2)
    earlier, later = examples(dice, 700), examples(dice, 300)
    found = learn(earlier, later, [*earlier, *later])
    assert list(found.given_away) == ["undated"]
    assert "undated" not in {one.name for one in found.model.weights}
    assert found.trial.teaches and found.trial.auc > 0.75
    assert found.trial.brier < found.trial.brier_stage


def test_what_never_changes_weighs_nothing() -> None:
    assert spread_of([3.0, 3.0]) == (3.0, 1.0)
    model = Model(0.0, [Weight("stage", 0.0, 1.0, 0.0)])
    assert model.chance(values(stage=2.0)) == pytest.approx(0.5)
    assert rate_told(values(stage=logit(0.3))) == pytest.approx(0.3)
    assert logit(0) == logit(0.01) and logit(1) == logit(0.99)
