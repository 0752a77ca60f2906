"""Building pages: what is escaped, what French typography asks for, what stays as written."""

from shared.http.html import el, inline, prose

NBSP = "\N{NO-BREAK SPACE}"


def test_no_line_begins_with_a_french_colon():
    """At 320 pixels a title broke before it."""
    assert el("h1", "Commerces : Paris") == f"<h1>Commerces{NBSP}: Paris</h1>"
    assert el("p", "« Oui » ; non !") == f"<p>«{NBSP}Oui{NBSP}»{NBSP}; non{NBSP}!</p>"
    assert el("p", ["a : ", el("b", "c ?")]) == f"<p>a{NBSP}: <b>c{NBSP}?</b></p>"


def test_what_is_to_be_copied_stays_as_written():
    assert el("pre", el("code", "a : 'b' ? c")) == "<pre><code>a : &#x27;b&#x27; ? c</code></pre>"
    assert el("textarea", ["x : ", "y"]) == "<textarea>x : y</textarea>"


def test_our_texts_have_typographic_apostrophes_and_names_their_own():
    assert prose("L'en-tête `d'un`") == "<p>L’en-tête <code>d&#x27;un</code></p>"
    assert inline("qu'il") == "qu’il"
    assert inline("l'`ETag`") == "l’<code>ETag</code>"
    assert el("h3", "L'Essai") == "<h3>L&#x27;Essai</h3>"


def test_attributes_are_escaped_and_named_as_html_names_them():
    written = el("a", "x", href='?q="><b>', class_="y", aria_label="z", hidden=True, inert=False)
    assert written == '<a href="?q=&quot;&gt;&lt;b&gt;" class="y" aria-label="z" hidden>x</a>'
    assert el("input", value="a&b") == '<input value="a&amp;b">'
