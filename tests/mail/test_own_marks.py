"""Ids and addresses that name our letters: known again under old keys, folded, and for their own letter alone."""

import pytest

from models import message_ids, plus_addresses
from models.keys import Keyring
from models.rules.addresses import without_plus

OLD = ("k1", bytes(range(32)))
NEW = ("k2", bytes(range(1, 33)))
BEFORE, AFTER, OTHERS = Keyring((OLD,)), Keyring((OLD, NEW)), Keyring((NEW,))
SUPPORT, ADA = "support@shop.example", "Ada@example.net"


def made(keys: Keyring, recipient: str = ADA) -> str:
    return message_ids.make(keys, "RD-7F3K2QXM", "sixteen letters of chance", sender=SUPPORT, recipient=recipient)


def way_back(keys: Keyring, message_id: str) -> plus_addresses.PlusAddress:
    read = plus_addresses.read(plus_addresses.make(keys, SUPPORT, "RD-7F3K2QXM", message_id), {SUPPORT})
    assert read is not None
    return read


def test_a_new_key_signs_and_the_old_one_still_counts() -> None:
    old, new = made(BEFORE), made(AFTER)
    assert old != new
    assert all(message_ids.is_ours(AFTER, one, [ADA]) for one in (old, new))
    assert not message_ids.is_ours(OTHERS, old, [ADA])
    assert plus_addresses.names(AFTER, way_back(BEFORE, old), old)
    assert plus_addresses.names(AFTER, way_back(AFTER, old), old)
    assert not plus_addresses.names(OTHERS, way_back(BEFORE, old), old)


@pytest.mark.parametrize("recipients", [["ada@EXAMPLE.net"], ["ben@example.org", ADA]], ids=str)
def test_an_id_is_bound_to_whom_the_letter_went_to(recipients: list[str]) -> None:
    assert message_ids.is_ours(BEFORE, made(BEFORE), recipients)


@pytest.mark.parametrize("recipients", [[], ["ben@example.org"], ["ada@example.net.example"]], ids=str)
def test_for_nobody_else_it_is_ours(recipients: list[str]) -> None:
    assert not message_ids.is_ours(BEFORE, made(BEFORE), recipients)


def test_whoever_folds_it_folds_nothing_that_counts() -> None:
    number = made(BEFORE)
    assert message_ids.is_ours(BEFORE, f"<{number.upper()}>", [ADA])
    folded = plus_addresses.make(BEFORE, SUPPORT, "RD-7F3K2QXM", number).upper()
    read = plus_addresses.read(folded, {SUPPORT})
    assert read == way_back(BEFORE, number)


@pytest.mark.parametrize("at", [3, 12, 30, 45])
def test_a_changed_id_is_nobodys(at: int) -> None:
    number = made(BEFORE)
    other = "3" if number[at] != "3" else "4"
    assert not message_ids.is_ours(BEFORE, number[:at] + other + number[at + 1 :], [ADA])


def test_the_address_of_one_letter_names_no_other() -> None:
    one, other = made(BEFORE), made(BEFORE, "ben@example.org")
    assert plus_addresses.names(BEFORE, way_back(BEFORE, one), one)
    assert not plus_addresses.names(BEFORE, way_back(BEFORE, one), other)


@pytest.mark.parametrize(
    "address",
    [
        SUPPORT,
        "support+unsubscribe@shop.example",
        "support+7f3k2qxm@shop.example",
        "support+7f3k2qxm.aaaaaaaaaaaaaaa@shop.example",
        "support+7f3k2qxm.aaaaaaaaaaaaaaa1@shop.example",
        "sales+7f3k2qxm.aaaaaaaaaaaaaaaa@shop.example",
        "support+7f3k2qxm.aaaaaaaaaaaaaaaa@other.example",
        "7f3k2qxm.aaaaaaaaaaaaaaaa@shop.example",
        "",
    ],
)
def test_what_is_no_address_of_a_letter(address: str) -> None:
    assert plus_addresses.read(address, {SUPPORT}) is None


@pytest.mark.parametrize(
    ("address", "base"),
    [("a+b@c.example", "a@c.example"), ("a@c.example", "a@c.example"), ("a+b+c@d.example", "a+b@d.example")],
)
def test_what_arrives_beside_an_address(address: str, base: str) -> None:
    assert without_plus(address) == base
