"""What the words and the encoder say, together."""

import pytest

from bot.classifier.pipeline import Mix, logit_of


def test_each_counts_for_what_it_is_worth() -> None:
    mix = Mix(words=0.5, encoder=2.0, bias=-0.25)
    assert logit_of(mix.score(0.7, 0.4)) == pytest.approx(0.5 * logit_of(0.7) + 2.0 * 0.4 - 0.25, abs=0.001)


def test_where_the_encoder_read_nothing_the_words_decide() -> None:
    assert Mix(words=1.0, encoder=2.0, bias=-3.0).score(0.7, None) == pytest.approx(0.7, abs=0.001)


@pytest.mark.parametrize("logit", [-1e9, 1e9])
def test_nothing_is_beyond_doubt_but_everything_is_a_share(logit: float) -> None:
    assert 0.0 <= Mix().score(0.5, logit) <= 1.0
