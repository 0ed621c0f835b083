"""What the encoder is taught, and that it learns it: lessons, their variations, the network, what is written down."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.classifier import SHIPPED_ENCODER
from bot.classifier.corpus_rows import Label, Row
from bot.classifier.encoder import network, tuning
from bot.classifier.encoder.encoder import LAYERS, WIDTH, Encoder
from bot.classifier.encoder.exchanges import exchanged, pool
from bot.classifier.encoder.export import HEAD, graph, read_layers, write_layers
from bot.classifier.encoder.heads import DROP, FIELDS, KINDS, NEITHER, NEW, OLD, Heads
from bot.classifier.encoder.lessons import Spans, joined, lesson, marked, together
from bot.classifier.encoder.making import Plan, make
from bot.classifier.encoder.narrowing import narrowed
from bot.classifier.encoder.pipe import EncoderPipe, judgement
from bot.classifier.encoder.tuning import laid_out
from bot.classifier.encoder.variations import varied
from bot.classifier.pipeline import blank, words_of
from bot.mail.replies import new_spans
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Writing
from tests.classifier.encoder import tiny


def words(text: str) -> Spans:
    """Words between blanks."""
    found = [(at, at + len(word)) for word in dict.fromkeys(text.split()) for at in [text.index(word)]]
    return np.array(sorted(found), np.int32).reshape(-1, 2)


def row(text: str, *labels: Label, kind: Kind = Kind.RECTIFICATION, name: str = "en-ada-1") -> Row:
    return Row(name, "en", "ada", Writing("", text, ((0, len(text)),)), frozenset({kind}), labels, None)


def label(field: Field, old: str | None, new: str | None, action: Action = Action.SET) -> Label:
    return Label(action, field, old, new)


MOVED = row("No more 12 Elm Row, it is 21 Lime Walk now.", label(Field.STREET, "12 Elm Row", "21 Lime Walk"))


def test_each_word_is_what_its_value_is() -> None:
    taught = lesson(MOVED, Encoder(SHIPPED_ENCODER), words, most=128)
    assert taught.roles.tolist() == [NEITHER, NEITHER, OLD, OLD, OLD, NEITHER, NEITHER, NEW, NEW, NEW, NEITHER]
    assert taught.begins.tolist() == [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    assert {FIELDS[number] for number in taught.fields if number >= 0} == {Field.STREET}
    assert taught.word.tolist() == sorted(taught.word.tolist())
    assert set(taught.word.tolist()) == set(range(11))


def test_a_value_is_marked_where_it_stands_alone() -> None:
    found = list(marked("In 2012 you wrote 12, it is 21.", row("", label(Field.STREET, "12", "21"))))
    assert [(mark.start, mark.role) for mark in found] == [(18, OLD), (28, NEW)]


def test_what_is_to_go_is_marked_so() -> None:
    gone = row("Drop 0161 please.", label(Field.PHONE, "0161", None, Action.REMOVE))
    assert [mark.role for mark in marked("Drop 0161 please.", gone)] == [DROP]


@pytest.mark.parametrize("seed", range(40))
def test_a_variation_is_as_long_and_leaves_values_in_their_order(seed: int) -> None:
    text = "Ich heiße Åsa Größmann und wohne jetzt in Łódź, bitte ändern Sie das überall."
    value = (text.index("Åsa"), text.index(" und"))
    other = varied(text, [value], random.Random(seed))
    assert len(other) == len(text)
    bare = str.maketrans("ÅåöÖ", "AaoO")
    assert other[slice(*value)].lower().translate(bare) == text[slice(*value)].lower().translate(bare)


def test_variations_differ_and_come_out_the_same_for_the_same_chance() -> None:
    text = "Please correct the address that you hold of me."
    assert len({varied(text, [], random.Random(seed)) for seed in range(40)}) > 5
    assert varied(text, [], random.Random(3)) == varied(text, [], random.Random(3))


def test_two_messages_become_one() -> None:
    reader = Encoder(SHIPPED_ENCODER)
    gone = lesson(row("Delete me.", kind=Kind.ERASURE), reader, words, most=128)
    idle = lesson(row("Nice shop you have.", kind=Kind.OTHER), reader, words, most=128)
    moved = lesson(MOVED, reader, words, most=128)
    both = joined(moved, gone)
    asked = dict(zip(KINDS, both.kinds.tolist(), strict=True))
    assert {kind for kind, wanted in asked.items() if wanted} == {Kind.RECTIFICATION, Kind.ERASURE}
    assert len(both.pieces) == len(both.word) == len(moved.pieces) + len(gone.pieces)
    assert both.word[len(moved.pieces)] == len(moved.words)
    assert both.roles.tolist() == [*moved.roles.tolist(), NEITHER, NEITHER]
    assert joined(idle, gone).kinds.tolist() == gone.kinds.tolist()
    assert joined(idle, idle).kinds.tolist() == idle.kinds.tolist()


def test_only_short_messages_of_one_language_are_put_together_and_none_is_lost() -> None:
    one = lesson(MOVED, Encoder(SHIPPED_ENCODER), words, most=128)
    long, other = replace(one, pieces=np.zeros(100, np.int32)), replace(one, language=one.language + 1)
    seen = list(together([one] * 200 + [long] * 20 + [other], random.Random(1)))
    pairs = [lesson for lesson in seen if " " in lesson.id]
    assert 20 < len(pairs) < 40
    assert len(seen) + len(pairs) == 221
    assert all(len(pair.pieces) == 2 * len(one.pieces) for pair in pairs)


def test_the_first_word_of_a_line_is_its_own() -> None:
    taught = lesson(row("Please note\n\nhello"), Encoder(SHIPPED_ENCODER), words_of(), most=128)
    assert taught.words.tolist() == [[0, 6], [7, 11], [13, 18]]
    assert set(taught.word.tolist()) == {0, 1, 2}


def test_values_are_exchanged_with_those_of_another_message() -> None:
    other = row("Not Bay Rd 3 but Hill St 4.", label(Field.STREET, "Bay Rd 3", "Hill St 4"))
    told = exchanged(MOVED, pool([other]), new_spans, random.Random(1))
    assert told.writing.text == "No more Bay Rd 3, it is Hill St 4 now."
    assert told.labels == other.labels


def test_a_letter_of_a_value_is_not_exchanged() -> None:
    short = row("With y, not i.", label(Field.STREET, "i", "y"))
    assert exchanged(short, pool([MOVED]), new_spans, random.Random(1)) == short
    assert pool([short]) == {}


def one_layer(seed: int = 0) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    weights = {name: np.ones(WIDTH, np.float32) for name in ("emb.ln.w", "l0.aln.w", "l0.oln.w")}
    weights |= {name: np.zeros(WIDTH, np.float32) for name in ("emb.ln.b", "l0.aln.b", "l0.oln.b")}
    for name, (out, across) in tiny.LAYER.items():
        weights[f"l0.{name}.w"] = (chance.standard_normal((out, across)) * 0.05).astype(np.float32)
        weights[f"l0.{name}.b"] = (chance.standard_normal(out) * 0.05).astype(np.float32)
    return weights


def test_what_matters_least_is_taken_out() -> None:
    """Half of what lies between the halves and every other head go nowhere: what is left is the rest, as it was."""
    weights = one_layer() | network.first_heads(WIDTH, np.random.default_rng(2))
    idle = np.arange(tiny.WIDE) % 2 == 0
    weights["l0.fo.w"] = weights["l0.fo.w"] * ~idle
    unheard = np.arange(WIDTH) // HEAD % 2 == 1
    weights["l0.ao.w"] = weights["l0.ao.w"] * ~unheard
    taught = lesson(MOVED, Encoder(SHIPPED_ENCODER), words, most=128)
    batch = laid_out([taught], (16, 1), Encoder(SHIPPED_ENCODER).given)
    kept = narrowed(weights, 1, [batch], width=tiny.WIDE // 2, heads=6)
    assert np.array_equal(kept["l0.fi.w"], weights["l0.fi.w"][~idle])
    assert np.array_equal(kept["l0.fo.w"], weights["l0.fo.w"][:, ~idle])
    assert np.array_equal(kept["l0.fi.b"], weights["l0.fi.b"][~idle])
    assert np.array_equal(kept["l0.ao.w"], weights["l0.ao.w"][:, ~unheard])
    for part in "qkv":
        assert np.array_equal(kept[f"l0.{part}.w"], weights[f"l0.{part}.w"][~unheard])
        assert np.array_equal(kept[f"l0.{part}.b"], weights[f"l0.{part}.b"][~unheard])


def test_the_heads_at_work_say_what_was_tuned() -> None:
    import jax.numpy as jnp

    chance = np.random.default_rng(4)
    weights = network.first_heads(WIDTH, chance)
    weights = {name: value + chance.standard_normal(value.shape).astype(np.float32) for name, value in weights.items()}
    vectors = chance.standard_normal((6, WIDTH)).astype(np.float32)
    batch = {"word": jnp.array([[-1, *range(6), -1]]), "words": jnp.ones((1, 6))}
    hidden = jnp.concatenate([jnp.ones((1, 1, WIDTH)), jnp.asarray(vectors)[None], jnp.ones((1, 1, WIDTH))], axis=1)
    tuned = network.heads({name: jnp.asarray(value) for name, value in weights.items()}, hidden, batch)
    read = Heads(weights).judge(np.zeros((6, 2), np.int64), vectors)
    for name in ("kinds", "asked", "roles", "fields", "begins"):
        assert np.allclose(np.asarray(tuned[name][0]), getattr(read, name), atol=1e-2), name


def test_what_is_written_down_is_what_was_tuned(tmp_path: Path) -> None:
    import jax.numpy as jnp
    import onnxruntime

    weights = one_layer()
    given = np.random.default_rng(1).standard_normal((1, 9, WIDTH)).astype(np.float32)
    tuned = np.asarray(
        network.encoded({name: jnp.asarray(value) for name, value in weights.items()}, 1, jnp.asarray(given),
                        jnp.ones((1, 9)), None)
    )  # fmt: skip
    whole = onnxruntime.InferenceSession(
        graph(weights, 1).SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {"pieces": given})[0]
    assert np.abs(whole - tuned).max() < 1e-4
    write_layers(weights, 1, tmp_path / LAYERS)
    short = onnxruntime.InferenceSession(str(tmp_path / LAYERS), providers=["CPUExecutionProvider"])
    assert np.corrcoef(short.run(None, {"pieces": given})[0].ravel(), tuned.ravel())[0, 1] > 0.995
    again, layers = read_layers(tmp_path / LAYERS)
    assert layers == 1
    assert set(again) == set(weights)
    assert all(np.abs(again[name] - weights[name]).max() < 0.003 for name in weights)


ASKED = ("my address is {} please", "please stop, delete my data {}")


def asked(number: int) -> Row:
    text = ASKED[number % 2].format(f"{number}a")
    if number % 2:
        return row(text, kind=Kind.ERASURE, name=f"en-ada-{number}")
    return row(text, label(Field.ADDRESS, None, f"{number}a"), name=f"en-ada-{number}")


def test_an_encoder_is_made_of_a_source_and_made_anew_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each shape is compiled by itself, and a batch that is not full costs as much as a full one.
    monkeypatch.setattr(tuning, "_SHAPES", ((16, 12), (32, 6)))
    tiny.write_source(tmp_path / "source.bin")
    rows = [asked(number) for number in range(48)]
    told: list[tuple[int, int]] = []
    plan = Plan(tmp_path / "source.bin", 1, 6, tiny.WIDE, 12, words, new_spans)
    make(tmp_path / "one", SHIPPED_ENCODER, rows, plan, tell=lambda *step: told.append(step))
    assert told[-1][0] == told[-1][1]
    make(
        tmp_path / "other",
        tmp_path / "one",
        rows[:8],
        replace(plan, source=None, epochs=1, width=96, heads=8),
        tell=lambda *_: None,
    )
    assert read_layers(tmp_path / "other" / LAYERS)[0]["l0.fi.b"].size == 96
    assert read_layers(tmp_path / "other" / LAYERS)[0]["l0.q.b"].size == 8 * HEAD
    for folder in ("one", "other"):
        part = EncoderPipe(blank(), "encoder").from_disk(tmp_path / folder)
        read = [judgement(part(blank().make_doc(text.format("7a")))) for text in ASKED]
        kinds = [list(Kind)[int(one.kinds.argmax())] for one in read if one is not None]
        assert kinds == [Kind.RECTIFICATION, Kind.ERASURE]
