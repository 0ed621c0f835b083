"""What looks like a machine's address or a repeat, and how many lost letters are too many."""

import pytest

from models.rules.loop_guards import body_digest, circuit_opens, subject_alike, takes_no_answer


@pytest.mark.parametrize(
    "local",
    [
        "abuse", "root", "Postmaster", "MAILER-DAEMON", "no-reply", "noreply", "no_reply-orders", "do-not-reply",
        "DoNotReply", "bounce", "bounces+12=ada", "owner-news", "majordomo", "nicht-antworten", "ne-pas-repondre",
        "keine.antwort", "nao-responda", "niet_beantwoorden", "neodpovidat", "svara-inte", "orders-noreply",
    ],
)  # fmt: skip
def test_a_machine_stands_behind(local: str) -> None:
    assert takes_no_answer(f"{local}@example.net")


@pytest.mark.parametrize(
    "address",
    ["ada@example.net", "rooter@example.net", "privacy-request@example.net", "abuser.smith@example.net",
     "ada+no-reply@example.net", "noreen@example.net", "nonna@example.it", "abuse.ada@example.net",
     "no.answer.ada@example.net"],
)  # fmt: skip
def test_a_person_may_stand_behind(address: str) -> None:
    assert not takes_no_answer(address)


def test_what_is_no_address_takes_no_answer() -> None:
    assert takes_no_answer("@example.net")
    assert takes_no_answer("")


@pytest.mark.parametrize(
    ("letters", "lost", "opens"),
    [(49, 49, False), (50, 10, False), (50, 11, True), (500, 100, False), (500, 101, True)],
)
def test_the_circuit_opens_for_more_than_a_fifth_of_fifty_or_more(letters: int, lost: int, opens: bool) -> None:
    assert circuit_opens(letters, lost) is opens


def test_the_same_words_are_the_same_body_however_they_are_set() -> None:
    assert body_digest("Please, stop it.\r\n", []) == body_digest("  PLEASE stop\n\n it", [])
    assert body_digest("Please stop it", []) != body_digest("Please stop that", [])
    assert body_digest("See the file", [("a.pdf", 10)]) != body_digest("See the file", [("a.pdf", 11)])


def test_nothing_said_is_no_repeat_of_nothing() -> None:
    assert body_digest(" \n . ", []) is None


def test_subjects_are_alike_under_any_mark_of_a_reply() -> None:
    assert subject_alike("AW: Re: My  data") == subject_alike("my data")
