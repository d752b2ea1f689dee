"""A form of a page filled in again with what a browser once sent of it: the reverse of sending it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import urljoin, urlsplit

from django.utils.html import escape

# What a browser doesn't let others fill in, and buttons, which are pressed anew.
LEFT_ALONE = {"password", "file", "submit", "button", "reset", "image"}
Edit = tuple[int, int, str]


@dataclass
class Tag:
    """A start tag where it stands in the page: a form, a field, an option, or something to be opened."""

    name: str
    attrs: dict[str, str]
    start: int
    end: int
    form: "Tag | None" = None
    inside: "tuple[Tag, ...]" = ()
    options: "list[Tag]" = field(default_factory=list)
    content_end: int = 0

    def written(self, **attrs: str | None) -> Edit:
        """Write the tag anew with other attributes; None takes one away."""
        kept = {**self.attrs, **attrs}
        written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items() if value is not None)
        return self.start, self.end, f"<{self.name}{written}>"


@dataclass(frozen=True)
class SentForm:
    """A form of a page, ready to be filled in again."""

    html: str
    form: Tag
    fields: tuple[Tag, ...]

    @property
    def names(self) -> set[str]:
        return {row.attrs.get("name", "") for row in self.fields}

    def filled(self, values: Mapping[str, Sequence[str]], notice: str) -> str:
        """Return the page with the form filled in below `notice` (HTML); what is folded is opened for it."""
        left = {name: list(texts) for name, texts in values.items()}
        edits: set[Edit] = {(self.form.end, self.form.end, notice)}
        for row in self.fields:
            changed = _filled(row, left, self.html)
            if changed and row.attrs.get("type") != "hidden":
                edits.update(fold.written(open="") for fold in row.inside)
            edits.update(changed)
        return _edited(self.html, edits)


class _Reader(HTMLParser):
    """Reads where the forms of a page and their fields stand."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=False)
        self.lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.forms: list[Tag] = []
        self.fields: list[Tag] = []
        self.main: Tag | None = None
        self.around: Tag | None = None
        self.folds: list[Tag] = []
        self.feed(html)
        self.close()
        by_id = {form.attrs.get("id"): form for form in self.forms}
        for row in self.fields:
            if "form" in row.attrs:
                row.form = by_id.get(row.attrs["form"])

    @property
    def place(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, source = self.place, self.get_starttag_text() or ""
        found = Tag(tag, {name: value or "" for name, value in attrs}, start, start + len(source), self.around)
        if tag == "form":
            self.forms.append(found)
            self.around = found
        elif tag == "details":
            self.folds.append(found)
        elif tag == "main":
            self.main = found
        elif tag in ("input", "textarea", "select", "button"):
            found.inside = tuple(self.folds)
            self.fields.append(found)
        elif tag == "option" and self.fields:
            self.fields[-1].options.append(found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.around = None
        elif tag == "details" and self.folds:
            self.folds.pop()
        elif tag == "textarea":
            self.fields[-1].content_end = self.place


def sent_form(html: str, *, page: str, action: str, names: Iterable[str]) -> SentForm | None:
    """Find the form of `page` that leads to the path `action`; of several the one that knows most of the `names`."""
    read, wanted = _Reader(html), set(names)
    meant = [
        SentForm(html, form, tuple(row for row in read.fields if row.form is form and "disabled" not in row.attrs))
        for form in read.forms
        if urlsplit(urljoin(page, form.attrs.get("action", ""))).path == action
    ]
    return max(meant, key=lambda form: len(form.names & wanted), default=None)


def insert(html: str, notice: str) -> str | None:
    """Put `notice` (HTML) at the beginning of what a page is about; None where it doesn't say what that is."""
    main = _Reader(html).main
    return None if main is None else _edited(html, {(main.end, main.end, notice)})


def _filled(row: Tag, left: dict[str, list[str]], html: str) -> list[Edit]:
    """Return what has to be written anew in a field; of fields of one name each takes the next of its texts."""
    kind, texts = row.attrs.get("type", "text"), left.get(row.attrs.get("name", ""), [])
    if row.name == "select":
        values = {option.attrs.get("value") for option in row.options}
        return _chosen(row.options, "selected", texts) if values.intersection(texts) else []
    if row.name == "input" and kind in ("checkbox", "radio"):
        return _chosen([row], "checked", texts)
    if row.name == "button" or kind in LEFT_ALONE or not texts:
        return []
    text = texts.pop(0)
    if row.name == "input":
        return [row.written(value=text)] if text != row.attrs.get("value", "") else []
    # A browser takes the first line break of a text area for markup.
    content = f"\n{escape(text)}"
    is_same = unescape(html[row.end : row.content_end]).split() == text.split()
    return [] if is_same else [(row.end, row.content_end, content)]


def _chosen(boxes: Sequence[Tag], name: str, texts: Sequence[str]) -> list[Edit]:
    """Choose those whose value is among `texts`, and no other."""
    meant = [(box, box.attrs.get("value", "on") in texts) for box in boxes]
    return [box.written(**{name: "" if on else None}) for box, on in meant if on != (name in box.attrs)]


def _edited(html: str, edits: Iterable[Edit]) -> str:
    parts, upto = [], 0
    for start, end, text in sorted(edits):
        parts += [html[upto:start], text]
        upto = end
    return "".join([*parts, html[upto:]])
