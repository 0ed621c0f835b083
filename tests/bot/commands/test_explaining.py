"""How the desk would read raw messages: the objects of the contract, from files, folders and standard input."""

import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.commands import explaining
from bot.mail.parsing import NOBODYS
from bot.parser import Limits, ParserBeside
from tests import bombs
from tests.bot.commands.conftest import refusal, rightsdesk

KEYS = [
    "from", "from_name", "reply_to", "to", "subject", "date", "message_id", "in_reply_to", "references", "text",
    "new_text", "attachments", "auto", "auto_reason", "bounce", "language", "kinds", "decided", "route",
    "corrections", "defects", "threaded_by",
]  # fmt: skip
SHORT = Limits(seconds=5.0)
MOVED = "Please correct my phone number: it is +44 20 7946 0012 now, no longer +44 20 7946 0011."


def mail(text: str = MOVED, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ada Quint <ada@example.net>", "support@shop.example"
    message["Subject"], message["Message-ID"] = "my number", "<1@example.net>"
    message["Date"] = "Wed, 25 Nov 2026 10:00:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_bytes(mail())
    return path


def test_one_file_is_one_object(letter):
    result = rightsdesk("explain", letter, "--json")

    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert list(told) == KEYS
    assert (told["from"], told["date"], told["auto"]) == ("ada@example.net", "2026-11-25T10:00:00+01:00", None)
    assert len(told["kinds"]) == 8
    assert told["decided"] == ["rectification"]
    (correction,) = told["corrections"]
    assert correction["in"] == "text"
    assert told["text"][correction["start"] : correction["end"]] == correction["new"] == "+44 20 7946 0012"


def test_a_person_reads_the_same_object_over_many_lines(letter):
    shown = rightsdesk("explain", letter).stdout

    assert len(shown.splitlines()) > len(KEYS)
    assert json.loads(shown) == json.loads(rightsdesk("explain", letter, "--json").stdout)


def test_standard_input_is_read(letter):
    assert json.loads(rightsdesk("explain", "-", stdin=mail()).stdout)["from"] == "ada@example.net"


def test_a_folder_is_a_line_each_in_order_of_name(tmp_path):
    for name in ("b.eml", "a.eml", "a.toml", ".hidden"):
        (tmp_path / name).write_bytes(mail())

    lines = [json.loads(line) for line in rightsdesk("explain", tmp_path).stdout.splitlines()]

    assert [line["file"] for line in lines] == ["a.eml", "b.eml"]
    assert all(list(line) == ["file", *KEYS, "ms"] for line in lines)
    assert all(set(line["ms"]) == {"parse", "classify"} for line in lines)


def test_a_folder_without_messages_is_no_line(tmp_path):
    result = rightsdesk("explain", tmp_path)

    assert (result.exit_code, result.stdout) == (0, "")


def test_several_files_are_a_line_each(letter, tmp_path):
    (tmp_path / "again.eml").write_bytes(mail())

    lines = rightsdesk("explain", letter, tmp_path / "again.eml").stdout.splitlines()

    assert [Path(json.loads(line)["file"]).name for line in lines] == ["again.eml", "letter.eml"]


@pytest.mark.parametrize(
    ("headers", "auto", "route"),
    [
        pytest.param({"Auto_Submitted": "auto-replied"}, "auto-reply", "set_aside", id="an absence"),
        pytest.param({"List_Id": "<shop.example.org>"}, "list", "person", id="a right from a group"),
    ],
)
def test_machines_are_told_from_people(tmp_path, headers, auto, route):
    (tmp_path / "one.eml").write_bytes(mail(**headers))

    told = json.loads(rightsdesk("explain", tmp_path / "one.eml", "--json").stdout)

    assert (told["auto"], told["route"]) == (auto, route)
    assert max(told["kinds"].values()) > 0
    assert (told["corrections"] == []) is (auto == "auto-reply")


@pytest.mark.parametrize(
    ("subject", "to", "text", "certain"),
    [
        pytest.param("Unsubscribe", "support@shop.example", "", True, id="one word"),
        pytest.param("x", "support+unsubscribe@shop.example", "\n", True, id="its address"),
        pytest.param("Unsubscribe", "support@shop.example", "But why do you write to me?", False, id="a person"),
    ],
)
@pytest.mark.parametrize("marked", [{}, {"Auto_Submitted": "auto-generated"}], ids=["by hand", "by a program"])
def test_the_unsubscribing_of_a_mail_program_is_an_opt_out_for_certain(tmp_path, subject, to, text, certain, marked):
    message = EmailMessage()
    for name, value in {"From": "ada@example.net", "To": to, "Subject": subject, **marked}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    (tmp_path / "one.eml").write_bytes(message.as_bytes())

    told = json.loads(rightsdesk("explain", tmp_path / "one.eml", "--json").stdout)

    if certain:
        assert (told["decided"], told["route"], told["corrections"]) == (["opt_out"], "auto", [])
        assert told["kinds"] == {kind: float(kind == "opt_out") for kind in told["kinds"]}
    else:
        assert 0 < told["kinds"]["opt_out"] < 1
        assert (told["route"] == "set_aside") is bool(marked)


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 999, b"From: \r\n\r\n", b"Subject: \xff\xfe\r\n\r\n\xed\xa0\x80"])
def test_whatever_is_sent_is_explained(tmp_path, raw):
    (tmp_path / "odd.eml").write_bytes(raw)

    result = rightsdesk("explain", tmp_path / "odd.eml", "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["route"] in {"auto", "person", "set_aside"}


def test_a_file_that_is_not_there(tmp_path):
    assert "there is no file or folder" in refusal(rightsdesk("explain", tmp_path / "none.eml"))


def test_nothing_to_explain_is_wrong_usage():
    assert rightsdesk("explain").exit_code == 2


def test_a_bomb_costs_its_own_line_alone(tmp_path, capsys):
    """One that takes too much memory, one that hangs, and one that has more parts than are read."""
    (tmp_path / "a.eml").write_bytes(mail())
    (tmp_path / "b.eml").write_bytes(bombs.nested())
    (tmp_path / "c.eml").write_bytes(bombs.mail(1, bombs.LOOPS).raw)
    (tmp_path / "d.eml").write_bytes(mail())

    explaining.explain([str(tmp_path)], as_json=True, parser=ParserBeside(NOBODYS, limits=SHORT, read=bombs.read))

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in told] == ["a.eml", "b.eml", "c.eml", "d.eml"]
    assert all(list(line) == ["file", *KEYS, "ms"] for line in told)
    assert [line["decided"] == ["rectification"] for line in told] == [True, False, False, True]
    for lost, why in ((told[1], "448 MB"), (told[2], "the 5 s")):
        assert why in lost["defects"][0]
        assert (lost["from"], lost["text"], lost["route"], lost["corrections"]) == ("", "", "person", [])
        assert len(lost["kinds"]) == 8
        assert len(lost["decided"]) > 0


def test_a_mail_that_was_read_in_part_is_for_a_person(tmp_path):
    parts = b"--b\n\nThank you.\n" * 502 + b"--b--"
    raw = b"From: a@b.example\nSubject: thanks\nContent-Type: multipart/mixed; boundary=b\n\n" + parts
    (tmp_path / "one.eml").write_bytes(raw)

    told = json.loads(rightsdesk("explain", tmp_path / "one.eml", "--json").stdout)

    assert "too-many-parts" in told["defects"]
    assert told["route"] == "person"
