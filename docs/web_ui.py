"""Make docs/web-ui.png of an experiment that runs: python docs/web_ui.py PORT (needs playwright and chromium)."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("web-ui.png")
# The glyphs of the page's icons come from another server: without it they are boxes. Paths are of the machine.
STYLE = "i, [data-automation-key=_expand] { visibility: hidden !important }"
PATHS = ("Log directory", "Trial command")


def main(port: int) -> None:
    """Open the overview of the experiment at ``port`` and save what it shows."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000}, device_scale_factor=1)
        page.route(lambda url: "//127.0.0.1" not in url, lambda route: route.abort())
        page.goto(f"http://127.0.0.1:{port}/oview")
        page.locator(".ms-DetailsRow").first.wait_for()
        page.wait_for_timeout(2000)  # the curve is drawn with an animation
        page.add_style_tag(content=STYLE)
        for label in PATHS:
            page.get_by_text(label, exact=True).locator("..").evaluate(
                "row => row.parentElement.style.display = 'none'"
            )
        page.set_viewport_size({"width": 1400, "height": 1060})  # the curve is drawn anew for the room that is left
        page.wait_for_timeout(2000)
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
