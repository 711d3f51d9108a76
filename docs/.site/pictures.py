"""Draw the pictures of the tutorial: ``python docs/.site/pictures.py``.

Needs a Chromium, LibreOffice, pdftoppm and the extra "test" (Playwright, Pillow). What they show is
the example, written and assessed anew.
"""

import datetime as dt
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import capacity

IMAGES = Path(__file__).parents[1] / "images"
COLOURS = 64


def draw():
    """Draw the page and a sheet of the workbook."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        area = capacity.read_study_area(capacity.write_example(folder / "area"))
        result = capacity.assess(area, capacity.load_norms("zhengzhou", on=dt.date(2025, 12, 31)))
        result.to_html(folder / "report.html")
        result.to_excel(folder / "shortfalls.xlsx")
        page(folder)
        sheet(folder)


def page(folder):
    """Draw the first screen of the page."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.goto((folder / "report.html").as_uri())
        tab.wait_for_timeout(1500)
        tab.screenshot(path=folder / "page.png")
        browser.close()
    small(folder / "page.png", "page.png", 1100)


def sheet(folder):
    """Draw the childcare sheet of the workbook as it prints."""
    office = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder]
    run([*office, folder / "shortfalls.xlsx"])
    texts = run(["pdftotext", folder / "shortfalls.pdf", "-"]).split("\f")
    number = str(next(n for n, text in enumerate(texts, 1) if "托育服务设施缺口表" in text))
    pages = ["pdftoppm", "-r", "95", "-png", "-singlefile", "-f", number, "-l", number]
    run([*pages, folder / "shortfalls.pdf", folder / "sheet"])
    small(folder / "sheet.png", "workbook.png", 1300)


def run(command):
    """Return what a program says."""
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")  # noqa: S603
    return done.stdout


def small(path, name, width):
    """Write a picture with few colours, at most so wide."""
    picture = Image.open(path).convert("RGB")
    if picture.width > width:
        picture = picture.resize((width, picture.height * width // picture.width), Image.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    draw()
