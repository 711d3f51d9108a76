"""A browser without a window and without a network, for tests of what a planner opens."""

import contextlib
import os
import shutil

import pytest

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)


def executable():
    """Find a Chromium that is there; CHROMIUM may name it."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser found: install one of {', '.join(NAMES)}, or set CHROMIUM")
    return found


@contextlib.contextmanager
def chromium():
    """Start the browser once."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Sight:
    """A page that is open, with what it asked of the network and complained about."""

    def __init__(self, browser, path, *, width=1366, height=768, phone=False):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=phone,
            has_touch=phone,
            offline=True,
            accept_downloads=True,
        )
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.complaints.append("dialog"), dialog.dismiss()))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]")

    def __getattr__(self, name):
        return getattr(self.page, name)

    def texts(self, selector):
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def choose(self, norm_id, measure):
        """Choose a norm as a planner does: the service, then the norm."""
        service, at = self.page.evaluate(
            """([norm, measure]) => {
              const data = JSON.parse(document.getElementById("data").textContent);
              const at = data.groups.findIndex((g) => g.norm_id === norm && g.measure === measure);
              return [data.groups[at].service, String(at)];
            }""",
            [norm_id, measure],
        )
        self.page.select_option("#service", service)
        self.page.select_option("#norm", at)

    def column(self, name):
        """Texts of a column of the units' table, by the key that sorts it."""
        keys = self.page.eval_on_selector_all(
            "#table thead button", "buttons => buttons.map((b) => b.dataset.sort)"
        )
        return self.texts(f"#table tbody.units td:nth-child({keys.index(name) + 1})")

    def saved(self, button, folder):
        """Press a button and keep the file that it saves."""
        with self.page.expect_download() as waiting:
            self.page.click(button)
        target = folder / waiting.value.suggested_filename
        waiting.value.save_as(target)
        return target

    def quiet(self):
        """Nothing was complained about, and nothing but the file itself was asked for."""
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith(("data:", "blob:"))] == [
            self.requests[0]
        ]
        assert self.requests[0].startswith("file:")
