import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from project import ROOT
from strategies.guideline_documents import guideline

from groundkeeper.guideline_files import load
from groundkeeper.reports import guideline_document, guideline_markdown
from groundkeeper.reports.blocks import Heading, Item, Items, Paragraph, as_html, as_markdown

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = "| a | <script>alert(1)</script> `b` *c* _d_ [e](http://f) ~~g~~ \\ &amp; 'h' \"i\" $j$"
EVERY_MARK = r"""\`*_{}[]<>()#+-.!|~&:=@$'"^ 1234 ab"""
GUIDELINES = [*(load(path) for path in sorted(ROOT.glob("guidelines/*/*.yaml"))), guideline()]


def read_back(markdown):
    """What a reader of the rendered Markdown sees, by block."""
    tags = "h1|h2|h3|p|li|ul|ol"
    pieces = re.split(f"</?(?:{tags})>", MARKDOWN.render(markdown))
    seen = [html.unescape(re.sub("</?strong>", "", piece)) for piece in pieces]
    return [piece.strip() for piece in seen if piece.strip()]


def words_of(page):
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@given(st.text(EVERY_MARK, min_size=1).filter(str.strip))
def test_any_text_is_read_back_as_it_was(text):
    line = " ".join(text.split())
    blocks = [
        Paragraph(text),
        Items((Item(text, details=(text,)), Item("x", term="y"))),
        Paragraph("between"),
        Items((Item(text),), ordered=True),
    ]
    written = as_markdown(blocks)
    assert "|" not in written, "nothing is taken for the edge of a cell"
    assert read_back(written) == [line, line, line, "y: x", "between", line]


@given(st.text(EVERY_MARK + "\n"))
def test_a_fragment_of_html_has_no_tags_but_its_own(text):
    fragment = as_html([Heading(1, text), Paragraph(text), Items((Item(text, text, (text,)),))])
    tags = set(re.findall(r"<[^>]*>", fragment))
    assert tags <= {f"<{end}{tag}>" for tag in ("h1", "p", "ul", "li", "b") for end in ("", "/")}
    assert html.unescape(fragment).count(text) >= 4


@pytest.mark.parametrize("one", GUIDELINES, ids=lambda one: one.set_name)
def test_the_markdown_says_every_word_of_the_page(one):
    page = guideline_document.document(one)
    body = page[page.index("<main>") : page.index("</main>")]
    said = set(words_of(MARKDOWN.render(guideline_markdown.document(one))))
    heads_of_columns = {"field", "values", "for", "where", "it", "comes", "from"}
    assert set(words_of(body)) - heads_of_columns <= said | {w.lower() for w in said}


@pytest.mark.parametrize("one", GUIDELINES, ids=lambda one: one.set_name)
def test_the_markdown_is_the_same_twice_and_ends_with_one_line_feed(one):
    text = guideline_markdown.document(one)
    assert text == guideline_markdown.document(one)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_rules_are_numbered_in_their_order_and_the_default_is_the_last():
    text = guideline_markdown.document(guideline())
    assert re.search(
        r"^1\. If size is less than 8 px and night is true: skip\. \(inc\.small\)\n"
        r"   \* Too small to see at night\.\n   \* Example: 7 px\n"
        r"2\. If size is less than 4 px, and a person judges that what follows is so: skip\..*\n"
        r"3\. Otherwise: annotate\.$",
        text,
        re.MULTILINE,
    )


def test_hostile_prose_stays_prose():
    changes = {
        "prose/0/text": HOSTILE,
        "guideline/owners": [HOSTILE],
        "decisions/include/rules/0/text": HOSTILE,
        "decisions/include/rules/0/examples": [HOSTILE],
        "classes/vehicle/text": HOSTILE,
        "classes/vehicle/positive": [HOSTILE],
        "changelog/0/rationale": HOSTILE,
        "fields/kind/text": HOSTILE,
    }
    rendered = MARKDOWN.render(guideline_markdown.document(guideline(changes)))
    assert not re.search(r"<(script|code|em|a|s|table)\b", rendered)
    assert html.unescape(rendered).count(HOSTILE) == len(changes)
