from xml.etree import ElementTree

from nni_autoattend.report.markup import escape, plain_table, shorten, style_sheet, table_row


def test_escape_leaves_nothing_that_markup_would_read():
    assert escape("<a href=\"x\" title='y'>&</a>") == (
        "&lt;a href=&quot;x&quot; title=&#x27;y&#x27;&gt;&amp;&lt;/a&gt;"
    )


def test_escape_replaces_what_xml_and_utf_8_cannot_hold():
    text = escape("a\x00b\x1bc\ud800d\tend")
    assert ElementTree.fromstring(f"<p>{text}</p>").text == "a\ufffdb\ufffdc?d\tend"
    text.encode("utf-8")


def test_shorten_cuts_long_text_only():
    assert shorten("maxpool3", 8) == "maxpool3"
    assert shorten("maxpool3", 7) == "maxpoo…"


def test_a_table_of_rows_that_are_markup_already():
    row = table_row("<em>a</em> &amp; b", ["1", "<b>2</b>"])
    table = ElementTree.fromstring(plain_table("many labels", ["Name", "One", "Two"], [row, row]))
    assert table.get("class") == "many labels"
    assert [cell.text for cell in table.findall("thead/tr/th[@scope='col']")] == ["Name", "One", "Two"]
    rows = [["".join(cell.itertext()) for cell in line] for line in table.findall("tbody/tr")]
    assert rows == [["a & b", "1", "2"]] * 2


def test_style_sheets_load_nothing_and_know_dark_mode():
    for name in ("page", "graph"):
        css = style_sheet(name)
        assert "prefers-color-scheme: dark" in css
        assert not any(word in css for word in ("url(", "@import", "</", "http"))
