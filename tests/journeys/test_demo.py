"""The demo's whole way in a real browser: mail, proof link, approval, confirmation letter."""

import json
import re
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.servers import free_port

ADA = "ada.okafor@example.org"
RIGHTSDESK = Path(sys.executable).parent / "rightsdesk"
PATIENCE = 60


@dataclass(frozen=True)
class Demo:
    folder: Path
    form: str
    staff: str
    mail: str
    smtp: str

    def letters_to(self, address: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.mail}?format=json") as answer:  # noqa: S310 - its own demo, on loopback
            return [letter for letter in json.load(answer) if letter["to"] == address]

    def wait_for_letter(self, address: str, word: str) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for letter in self.letters_to(address):
                if word in letter["text"]:
                    return letter
            time.sleep(0.1)
        raise AssertionError(f"no letter with {word!r}: {[one['subject'] for one in self.letters_to(address)]}")

    def send(self, sender: str, subject: str, text: str, *, to: str = "support@shop.example.com") -> None:
        message = EmailMessage()
        message["From"], message["To"] = f"Ada Okafor <{sender}>", to
        message["Subject"] = subject
        message.set_content(text)
        host, _, port = self.smtp.partition(":")
        with smtplib.SMTP(host, int(port)) as door:
            door.send_message(message)

    def says(self, *words: str) -> Any:
        """What a command says of the demo's desk, in JSON."""
        config = str(self.folder / "config.toml")
        said = subprocess.run([RIGHTSDESK, *words, "--json", "--config", config], check=True, capture_output=True)
        return json.loads(said.stdout)

    def customer(self, email: str) -> dict[str, Any]:
        shop = sqlite3.connect(self.folder / "shop.sqlite3")
        shop.row_factory = sqlite3.Row
        row = dict(shop.execute("SELECT * FROM customers WHERE email = ?", (email,)).fetchone())
        shop.close()
        return row


@pytest.fixture
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    words = [RIGHTSDESK, "demo", "--port", str(free_port()), "--smtp-port", str(free_port()), "--dir", str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen([*words, *request.param], stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        said = dict(line.strip().split(": ", 1) for line in (running.stdout.readline() for _ in range(4)))
        yield Demo(tmp_path, **said)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0, running.stderr.read() if running.stderr else ""
        assert running.stderr is not None
        assert "@" not in running.stderr.read()


def press(browser: Chrome, words: str) -> None:
    """Press the button that bears these words, and wait for the page that follows."""
    (button,) = [one for one in browser.find_elements(By.TAG_NAME, "button") if one.text.startswith(words)]
    # The page that follows may have the same address: the old one must be gone.
    page = browser.find_element(By.TAG_NAME, "html")
    button.click()
    WebDriverWait(browser, 20).until(lambda _: is_gone(page))


def is_gone(page: Any) -> bool:
    try:
        page.is_enabled()
    except Exception as error:  # the driver has several names for it
        return "stale" in type(error).__name__.lower() or "stale" in str(error) or "no such" in str(error)
    return False


@pytest.mark.parametrize("demo", [["--no-samples"]], indirect=True, ids=["empty"])
def test_a_newcomer_sees_a_mail_become_a_correction_and_its_confirmation(demo: Demo, chromium: Chrome) -> None:
    words = "Hello, my street is wrong in your files, it is 14 Quarry Hill now, not 12 Juniper Lane."
    demo.send(ADA, "I have moved", words)
    proof = demo.wait_for_letter(ADA, "/proof/")
    (link,) = [one for one in proof["links"] if "/proof/" in one]
    chromium.get(link)
    assert "14 Quarry Hill" in chromium.page_source
    assert demo.customer(ADA)["street"] == "12 Juniper Lane"
    press(chromium, "Yes")
    chromium.get(demo.staff)
    chromium.find_element(By.PARTIAL_LINK_TEXT, "14 Quarry Hill").click()
    assert "12 Juniper Lane" in chromium.page_source
    press(chromium, "Approve")
    demo.wait_for_letter(ADA, "14 Quarry Hill")
    assert demo.customer(ADA)["street"] == "14 Quarry Hill"
    chromium.get(demo.mail)
    chromium.find_element(By.PARTIAL_LINK_TEXT, "I have moved").click()
    assert "14 Quarry Hill" in chromium.page_source


@pytest.mark.parametrize("demo", [["--no-samples"]], indirect=True, ids=["empty"])
def test_an_answer_to_the_address_that_a_letter_names_finds_its_ticket(demo: Demo, chromium: Chrome) -> None:
    demo.send(ADA, "my data", "Please send me a copy of all the data you hold about me.")
    proof = demo.wait_for_letter(ADA, "/proof/")
    assert re.fullmatch(r"support\+\w{8}\.[a-z2-7]{16}@shop\.example\.com", proof["reply_to"])
    chromium.get(f"{demo.mail}/{proof['n']}")
    assert f"answers to {proof['reply_to']}" in chromium.find_element(By.TAG_NAME, "body").text
    demo.send(ADA, "hello", "How long will it take, please?", to=proof["reply_to"])
    until = time.monotonic() + PATIENCE
    while len(said := [one for one in messages(demo) if one["direction"] == "in"]) < 2:
        assert time.monotonic() < until, "the answer is not on the ticket"
        time.sleep(0.2)
    assert [one["subject"] for one in said] == ["my data", "hello"]


def messages(demo: Demo) -> list[dict[str, Any]]:
    """Of the only ticket."""
    (ticket,) = {one["ticket"] for one in demo.says("queue", "--state", "all")}
    return list(demo.says("ticket", ticket)["messages"])


@pytest.mark.parametrize("demo", [[]], indirect=True, ids=["samples"])
def test_the_samples_lie_in_the_queue_when_the_demo_says_it_is_ready(demo: Demo, chromium: Chrome) -> None:
    chromium.get(demo.staff)
    text = chromium.find_element(By.TAG_NAME, "body").text
    assert int(re.search(r"To approve\s+(\d+)", text)[1]) >= 5  # type: ignore[index]
    assert int(re.search(r"Waiting for proof\s+(\d+)", text)[1]) >= 1  # type: ignore[index]
    assert int(re.search(r"Quarantine\s+(\d+)", text)[1]) == 0  # type: ignore[index]


@pytest.mark.parametrize("demo", [["--no-samples"]], indirect=True, ids=["empty"])
def test_the_demos_door_is_as_strict_as_any(demo: Demo) -> None:
    host, _, port = demo.smtp.partition(":")
    with smtplib.SMTP(host, int(port), timeout=PATIENCE) as door:
        door.ehlo()
        assert (door.esmtp_features["size"], "chunking" in door.esmtp_features) == ("25000000", False)
        assert door.docmd("MAIL", f"FROM:<{ADA}> SIZE=25000001")[0] == 552
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            door.sendmail(ADA, ["somebody@example.com"], "Subject: pass it on\r\n\r\n")
        door.mail(ADA)
        door.rcpt("support@shop.example.com")
        assert door.docmd("DATA")[0] == 354
        # Who leaves within a mail has sent none, and the next one is heard.
        door.send(f"From: {ADA}\r\nSubject: half\r\n\r\nPlease show me all my data.\r\nQUIT\r\n")
        door.close()
    demo.send("ben.somebody@example.org", "all of it", "Please send me a copy of all the data you hold about me.")
    demo.wait_for_letter("ben.somebody@example.org", "/proof/")
    assert demo.letters_to(ADA) == []


@pytest.mark.parametrize("demo", [["--no-samples"]], indirect=True, ids=["empty"])
def test_the_form_needs_no_script_and_ends_in_the_queue(demo: Demo, chromium: Chrome) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    chromium.get(demo.form)
    chromium.find_element(By.NAME, "email").send_keys(ADA)
    chromium.find_element(By.CSS_SELECTOR, "select[name=field] option[value=phone]").click()
    chromium.find_element(By.NAME, "new").send_keys("+44 20 7946 0199")
    time.sleep(3.1)  # who fills the form in under three seconds is a machine
    chromium.find_element(By.CSS_SELECTOR, "form button").click()
    WebDriverWait(chromium, 10).until(lambda browser: "/support/thanks/" in browser.current_url)
    proof = demo.wait_for_letter(ADA, "/proof/")
    chromium.get(next(one for one in proof["links"] if "/proof/" in one))
    chromium.find_element(By.CSS_SELECTOR, "form button").click()
    chromium.get(demo.staff)
    assert "+44 20 7946 0199" in chromium.page_source
