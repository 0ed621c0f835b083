"""What the words and the encoder say, together."""

import numpy as np
import pytest

from bot.classifier.encoder.heads import KINDS
from bot.classifier.mixing import Mix, fitted, logits_of, plain

MANY = 4_000


def test_each_counts_for_what_it_is_worth() -> None:
    weights = plain().weights.copy()
    weights[0] = 0.5, 2.0, -0.25
    scores = Mix(weights).scores(np.array([0.7] + [0.5] * 7), np.array([0.4] + [0.0] * 7))
    assert logits_of(scores[:1]) == pytest.approx(0.5 * logits_of(np.array(0.7)) + 2.0 * 0.4 - 0.25)
    assert scores[1:] == pytest.approx([0.5] * 7)


def test_where_the_encoder_read_nothing_the_words_decide() -> None:
    by_words = np.linspace(0.1, 0.8, len(KINDS))
    assert plain().scores(by_words, None) == pytest.approx(by_words)


@pytest.mark.parametrize("logit", [-1e9, 1e9])
def test_nothing_is_beyond_doubt_but_everything_is_a_share(logit: float) -> None:
    scores = plain().scores(np.full(len(KINDS), 0.5), np.full(len(KINDS), logit))
    assert ((scores >= 0.0) & (scores <= 1.0)).all()


def test_what_is_fitted_is_as_often_right_as_it_says() -> None:
    """Words that say nothing and an encoder twice too sure: it is believed half, and the words not at all."""
    chance = np.random.default_rng(3)
    by_words = chance.random((MANY, len(KINDS)))
    meant = chance.standard_normal((MANY, len(KINDS))) * 2
    wanted = chance.random(meant.shape) < 1 / (1 + np.exp(-meant))
    mix = fitted(by_words, 2 * meant, wanted)
    words, encoder, constant = mix.weights.T
    assert encoder == pytest.approx([0.5] * len(KINDS), abs=0.1)
    assert np.abs(words).max() < 0.15
    assert np.abs(constant).max() < 0.15
    scores = np.array([mix.scores(*given) for given in zip(by_words, 2 * meant, strict=True)])
    sure = (scores > 0.7) & (scores < 0.9)
    assert wanted[sure].mean() == pytest.approx(scores[sure].mean(), abs=0.02)
