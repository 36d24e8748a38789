"""The API's page for people can be used by all of them."""

import pytest
from playwright.sync_api import Page
from support.accessible import assert_accessible

pytestmark = pytest.mark.needs("chromium")


def test_the_page_for_people_fits_every_window(address: str, window: Page) -> None:
    window.goto(f"{address}/api/v1/")
    assert window.get_by_role("heading", level=1).count() == 1
    if window.evaluate("document.body.classList.contains('js-enabled')"):
        assert_accessible(window, "api")
