"""A page taken apart, for the tests of what it says: its elements in order, each with its text, and its tables."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "path", "rect"}


class Element(dict):
    """An element of a page: `tag`, `attrs`, `parents` from the outermost, and `text`, its own and all within it."""

    def __missing__(self, key):
        # Joined when it is asked for: few texts are, and to grow those of all parents word by word takes many seconds.
        if key != "text":
            raise KeyError(key)
        self["text"] = "".join(self.page.pieces[self.first_piece : self.last_piece])
        return self["text"]


class Page(HTMLParser):
    """A page as its elements in order."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.pieces, self.by_id = [], [], [], {}
        self.html = html
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {[element['tag'] for element in self.open]}"

    def begin(self, tag, attrs):
        element = Element(tag=tag, attrs=dict(attrs), parents=tuple(self.open))
        element.page = self
        self.elements.append(element)
        element.first_piece, element.first_within = len(self.pieces), len(self.elements)
        self.by_id.setdefault(element["attrs"].get("id"), []).append(element)
        return element

    def end(self, element):
        element.last_piece, element.last_within = len(self.pieces), len(self.elements)

    def handle_starttag(self, tag, attrs):
        element = self.begin(tag, attrs)
        if tag in VOID:
            self.end(element)
        else:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.end(self.begin(tag, attrs))

    def handle_endtag(self, tag):
        if tag not in VOID:
            element = self.open.pop()
            assert element["tag"] == tag, f"<{element['tag']}> is closed by </{tag}>"
            self.end(element)

    def handle_data(self, data):
        self.pieces.append(data)

    def all(self, *tags, within=None):
        elements = self.elements if within is None else self.elements[within.first_within : within.last_within]
        return [element for element in elements if element["tag"] in tags]

    def one(self, identity):
        (element,) = self.by_id.get(identity, ())
        return element

    def text(self, identity):
        return " ".join(self.one(identity)["text"].split())

    def table(self, identity):
        """A table as (header texts, rows of cell texts), its last rows with it."""
        box = self.one(identity)
        rows = self.all("tr", within=box)
        texts = [[" ".join(cell["text"].split()) for cell in self.all("th", "td", within=row)] for row in rows]
        heads = sum(any(parent["tag"] == "thead" for parent in row["parents"]) for row in rows)
        return texts[heads - 1], texts[heads:]
