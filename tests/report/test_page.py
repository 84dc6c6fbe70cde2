import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture
from nni_autoattend.errors import StorageError
from nni_autoattend.report.data import ReportData, ResultRow
from nni_autoattend.report.page import report_html, write_report

VOID = {"meta", "br", "hr", "img", "input", "link"}
HOSTILE = "</section></svg><script>alert(1)</script><img src='http://x.example/y'>\""


class Page(HTMLParser):
    """Reads a page strictly: every element is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.elements if name in (attrs.get("class") or "").split()]


def test_the_page_is_well_formed_and_its_ids_are_unique(report_data):
    page = Page(report_html(report_data))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    sections = [attrs["id"] for tag, attrs in page.elements if tag == "section"]
    assert sections == [
        "results",
        "architecture",
        "operations",
        "search",
        "supernet",
        "confusion",
        "reproduce",
        "notes",
    ]
    for _, attrs in page.elements:
        assert set((attrs.get("aria-labelledby") or "").split()) <= set(ids)


def test_the_page_holds_the_whole_graph(report_data):
    page = Page(report_html(report_data))
    assert len(page.of_class("node")) == 24
    assert len(page.of_class("edge")) == len(list(report_data.architecture.edges())) == 61


def test_the_page_asks_for_nothing(report_data):
    html = report_html(report_data)
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    for tag, attrs in page.elements:
        for name in ("src", "href", "xlink:href", "data", "action", "srcset"):
            assert (attrs.get(name) or "#").startswith("#"), f"{tag} {name}={attrs[name]}"
        assert not [name for name in attrs if name.startswith("on")]
    assert "@import" not in html
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", html))
    assert "default-src 'none'" in html


def test_nothing_that_came_from_outside_becomes_markup(report_data):
    hostile = replace(
        report_data,
        title=HOSTILE,
        command=HOSTILE,
        settings={HOSTILE: HOSTILE},
        architecture=Architecture((AdditionLayer(0, HOSTILE, "zero"),)),
        operations=(HOSTILE,),
        evaluations=[{"stage": HOSTILE, "fitness": 0.5}, {"stage": "b", "fitness": 0.5}],
        results=[ResultRow(HOSTILE, "found", 1, 0.1, 0.1, 0.1, 2, 1.0, verdict=HOSTILE)],
        confusion=[[1]],
        labels=[HOSTILE],
        metric=HOSTILE,
        environment={HOSTILE: HOSTILE},
        notes=[HOSTILE],
        interval=HOSTILE,
    )
    page = Page(report_html(hostile))
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert "<script" not in report_html(hostile)


def test_a_run_without_any_measurement_still_has_a_page(report_data):
    bare = replace(report_data, history=[], evaluations=[], results=[], confusion=[], environment={}, notes=[])
    assert len(Page(report_html(bare)).of_class("missing")) == 5


def test_write_report_writes_the_page_and_returns_its_path(report_data, tmp_path):
    path = write_report(report_data, tmp_path / "run" / "report.html")
    assert path.read_text(encoding="utf-8") == report_html(report_data)


def test_a_folder_that_cannot_be_written_is_said(report_data, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot write"):
        write_report(report_data, tmp_path / "file" / "report.html")


@pytest.mark.slow
def test_importing_the_report_imports_nothing_heavy():
    code = (
        "import sys, nni_autoattend.report.page as _; print([m for m in ('torch', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def browse(page: Path, folder: Path, *flags: str) -> str:
    """Open ``page`` in headless Chromium and return what it prints."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
    command += [f"--user-data-dir={folder / 'profile'}", *flags, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=90).stdout


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_browser_keeps_every_node_and_edge(report_data: ReportData, tmp_path: Path):
    path = write_report(report_data, tmp_path / "report.html")
    dom = Page(browse(path, tmp_path, "--dump-dom"))
    assert [attrs["data-layer"] for attrs in dom.of_class("node")] == [str(n) for n in range(1, 25)]
    facts = [(attrs["data-layer"], attrs["data-role"], attrs["data-operation"]) for attrs in dom.of_class("edge")]
    assert facts == [(str(e.target), e.role, e.operation) for e in report_data.architecture.edges()]


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("width", "dark", "height"), [(1280, False, 2600), (1280, True, 2600), (390, False, 5000)], ids=str
)
def test_a_browser_paints_the_graph(report_data: ReportData, tmp_path: Path, width: int, dark: bool, height: int):
    from PIL import Image

    path = write_report(report_data, tmp_path / "report.html")
    picture = tmp_path / "page.png"
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    browse(path, tmp_path, scheme, f"--window-size={width},{height}", f"--screenshot={picture}")
    with Image.open(picture) as image:
        pixels = image.convert("RGB")
    assert pixels.size == (width, height)
    counts = {color: number for number, color in pixels.getcolors(1 << 24)}
    query = (0x7C, 0xC0, 0xFF) if dark else (0x0B, 0x62, 0xA8)
    value = (0x62, 0xD6, 0xA6) if dark else (0x0A, 0x73, 0x50)
    paper = (0x17, 0x1C, 0x22) if dark else (0xFF, 0xFF, 0xFF)
    assert max(counts, key=counts.__getitem__) == paper, "the cards take most of the page"
    assert counts.get(query, 0) > 200 and counts.get(value, 0) > 200, "edges are painted in the colours of their roles"
