"""The customers' form in a real browser: with its script and without, with keys only, on the smallest phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from models.desk import Desk
from tests.apps import app_of
from tests.conftest import ON_POSTGRES
from tests.webform.conftest import MakeDesk
from webform.wsgi import serve

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.skipif(ON_POSTGRES, reason="a browser sees nothing of the desk's own database")


@pytest.fixture
def site(make_desk: MakeDesk) -> Iterator[str]:
    desk: Desk = make_desk(base_url="http://127.0.0.1:8000", demo=True)
    server = serve(app_of(desk), "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def all_of(browser: "Chrome", css: str) -> list[Any]:
    return browser.find_elements("css selector", css)


def test_a_line_is_added_without_a_round_trip_and_nothing_is_blocked(site: str, chromium: "Chrome") -> None:
    chromium.get(site)
    chromium.find_element("name", "new").send_keys("14 Quarry Hill")
    for _ in range(12):
        if more := [one for one in all_of(chromium, "button.more") if one.is_displayed()]:
            more[0].click()
    values = [one.get_attribute("value") for one in all_of(chromium, "[name=new]")]
    assert values == ["14 Quarry Hill"] + [""] * 9
    assert len({one.get_attribute("id") for one in all_of(chromium, "[name=new]")}) == 10
    assert chromium.get_log("browser") == []


def test_lines_are_asked_for_where_something_shall_be_corrected(site: str, chromium: "Chrome") -> None:
    chromium.get(site)
    lines = chromium.find_element("id", "lines")
    assert lines.is_displayed()
    chromium.find_element("css selector", "[value=access]").click()
    assert not lines.is_displayed()
    chromium.find_element("css selector", "[value=rectification]").click()
    assert lines.is_displayed()


def test_the_enter_key_sends_the_form(site: str, chromium: "Chrome") -> None:
    chromium.get(site)
    chromium.find_element("css selector", "[value=access]").click()
    chromium.find_element("name", "email").send_keys("ada@example.net\n")
    assert "/support/thanks/RD-" in chromium.current_url


def test_what_is_wrong_has_the_focus(site: str, chromium: "Chrome") -> None:
    chromium.get(site)
    chromium.find_element("name", "email").send_keys("ada at example\n")
    assert chromium.switch_to.active_element.get_attribute("id") == "wrong"
    assert chromium.title.startswith("Please check")


@pytest.mark.parametrize(
    "path", ["/?lang=en", "/?lang=de", "/?lang=fr", "/?lang=it", "/proof/x.y", "/support/thanks/RD-7F3K2QXM"]
)
def test_the_smallest_phone_shows_all_of_it(site: str, chromium: "Chrome", path: str) -> None:
    phone = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    chromium.get(site + path)
    assert chromium.execute_script("return document.documentElement.scrollWidth") == 320


def test_the_system_says_dark_and_the_form_is_dark(site: str, chromium: "Chrome") -> None:
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    chromium.get(site)
    for css in ("body", ".choice", "[name=email]", "select"):
        colour = chromium.execute_script(
            "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor", css
        )
        assert max(int(part) for part in colour.strip("rgba()").split(",")[:3]) < 80, css
