"""The encoder at work: pieces, the words that they stand in, and what the heads make of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy

import bot.classifier.pipeline  # noqa: F401  what a stored pipeline is made of
from bot.classifier import SHIPPED, SHIPPED_ENCODER
from bot.classifier.encoder.align import over_words
from bot.classifier.encoder.blocks import unpacked
from bot.classifier.encoder.encoder import WIDTH, Encoder, Pieces
from bot.classifier.encoder.heads import KINDS, Heads
from bot.classifier.encoder.network import first_heads
from bot.classifier.encoder.pieces import FIRST, chosen, piece_model
from bot.classifier.encoder.pipe import NAME, judgement
from bot.classifier.encoder.source import SourceError, read_source
from bot.classifier.encoder.telling import telling
from bot.classifier.sentences import sentences
from models.rules.kinds import Kind
from tests.classifier.encoder import tiny


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(SHIPPED_ENCODER)


def test_four_bits_come_back_as_the_numbers_that_they_stand_for() -> None:
    weights = np.arange(-8, 8, dtype=np.float32).repeat(2).reshape(1, 32) / 2
    blocks = np.frombuffer(tiny.packed(weights), np.uint8)
    assert np.abs(unpacked(blocks.reshape(1, -1)) - weights).max() < 0.3


def test_the_source_is_read_as_it_was_written(tmp_path: Path) -> None:
    tiny.write_source(tmp_path / "source.bin")
    source = read_source(tmp_path / "source.bin")
    assert (source.width, source.layers, source.pieces) == (WIDTH, 1, tiny.PIECES)
    assert source.tensor("emb.type").shape == (WIDTH,)
    assert source.tensor("l0.fo.w").shape == (WIDTH * tiny.WIDE,)
    assert unpacked(source.words).shape == (len(tiny.PIECES), WIDTH)


def test_another_file_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"PK\3\4")
    with pytest.raises(SourceError, match=r"other\.bin"):
        read_source(tmp_path / "other.bin")


def test_what_is_pruned_falls_back_to_smaller_pieces(tmp_path: Path) -> None:
    from sentencepiece import SentencePieceProcessor

    tiny.write_source(tmp_path / "source.bin")
    source = read_source(tmp_path / "source.bin")
    keep = chosen(source, ["my street"])
    assert tiny.PIECES.index("<mask>") not in keep
    smaller = [number for number in keep if source.pieces[number] != "▁street"]
    cut = SentencePieceProcessor(model_proto=piece_model(source, smaller)).encode("My  Street".lower(), out_type=str)
    assert cut == ["▁my", "▁", *"street"]
    assert len(keep) + len(FIRST) > len(smaller)


def test_pieces_say_where_they_stand(encoder: Encoder) -> None:
    text = "Meine  Straße: Lindenweg ½, 😀 ok"
    found = encoder.pieces(text)
    assert [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)][:2] == ["Meine", "  Straße"]
    assert (found.starts[1:] == found.ends[:-1]).all()
    assert found.ends[-1] == len(text)


def test_a_word_is_the_mean_of_its_pieces() -> None:
    vectors = np.array([[1.0], [3.0], [10.0]], np.float32)
    pieces = Pieces(np.arange(3, dtype=np.int32), np.array([0, 2, 4], np.int32), np.array([2, 4, 7], np.int32))
    words, means = over_words(vectors, pieces, np.array([(0, 4), (5, 7), (8, 9)]))
    assert words.tolist() == [[0, 4], [5, 7]]
    assert means.tolist() == [[2.0], [10.0]]


def test_a_long_text_is_read_as_far_as_there_are_places(encoder: Encoder) -> None:
    pieces = encoder.pieces("one two three " * 200)
    assert 0 < len(encoder.read(encoder.given(pieces.numbers))) < len(pieces.numbers)


def test_all_that_words_say_and_a_bias_is_what_the_text_says() -> None:
    heads = Heads(first_heads(WIDTH, np.random.default_rng(1)))
    heads.weights["kinds.seek"] = np.random.default_rng(2).standard_normal((len(KINDS), WIDTH)).astype(np.float32)
    vectors = np.random.default_rng(3).standard_normal((5, WIDTH)).astype(np.float32)
    judged = heads.judge(np.arange(10).reshape(5, 2), vectors)
    assert judged.said.shape == (5, len(KINDS))
    assert np.allclose(judged.said.sum(axis=0) + heads.weights["kinds.b"], judged.kinds, atol=1e-5)
    assert judged.roles.shape == (5, 4)


TALE = "My address\n\nThe weather is fine here. Nothing new. I live at Lime Walk 21 now. Bye for now, my friends."


def test_of_a_long_text_the_weightiest_sentences_are_read_in_their_order(encoder: Encoder) -> None:
    spans = list(sentences(TALE))
    weights = np.array([float("21" in TALE[start:end]) for start, end in spans])
    whole = encoder.pieces(TALE)
    some = telling(whole, spans, weights, 18)
    read = "".join(TALE[a:b] for a, b in zip(some.starts, some.ends, strict=True))
    assert len(some) == 18
    assert read.startswith("My address")
    assert " I live at Lime Walk 21 now." in read
    assert some.starts.tolist() == sorted(some.starts.tolist())
    assert telling(whole, spans, weights, 1_000).numbers.tolist() == whole.numbers.tolist()


@pytest.mark.parametrize(("asks_nothing", "fewer"), [(0.99, True), (0.5, False)])
def test_of_what_by_its_words_asks_for_nothing_less_is_read(asks_nothing: float, fewer: bool) -> None:
    nlp = spacy.load(SHIPPED)
    part: Any = nlp.get_pipe(NAME)
    doc = nlp.make_doc(20 * "The weather is fine, and the garden grows. ")
    doc.cats = {Kind.OTHER: asks_nothing}
    words, vectors = part.read(doc)
    assert len(words) == len(vectors)
    assert (len(words) < 55) is fewer


def test_what_is_read_ahead_is_read_the_same_and_in_its_order() -> None:
    nlp = spacy.load(SHIPPED)
    part: Any = nlp.get_pipe(NAME)
    texts = [f"My house has the number {number}, not {number + 1}. " * (1 + number % 3) for number in range(30)]
    alone = [judgement(part(nlp.make_doc(text))) for text in texts]
    ahead = [judgement(doc) for doc in part.pipe(nlp.make_doc(text) for text in texts)]
    for one, other in zip(alone, ahead, strict=True):
        assert one is not None
        assert other is not None
        assert np.array_equal(one.words, other.words)
        assert np.allclose(one.kinds, other.kinds)
