"""What tests of pages share: a signed-in client, the text of a page, its queries, the forms of the admin site."""

from html.parser import HTMLParser

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.models import User


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "communes.access.LoginBackend")
    return client


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text(response: HttpResponse) -> str:
    """What the page says, blanks folded; the words for listeners are in it."""
    parser = _Text()
    parser.feed(response.text)
    return " ".join("".join(parser.parts).split())


class _Labelled(HTMLParser):
    """Counts what stands side by side in each cell that bears its label for phones."""

    VOID = frozenset({"br", "img", "input", "use", "path", "hr"})

    def __init__(self):
        super().__init__()
        self.cells: list[list] = []
        self.depth: int | None = None

    def handle_starttag(self, tag, attrs):
        label = dict(attrs).get("data-label")
        if tag == "td" and label:
            self.cells.append([label, 0])
            self.depth = 0
        elif self.depth is not None:
            self.cells[-1][1] += self.depth == 0
            self.depth += tag not in self.VOID

    def handle_endtag(self, tag):
        if self.depth == 0 and tag == "td":
            self.depth = None
        elif self.depth:
            self.depth -= tag not in self.VOID

    def handle_data(self, data):
        if self.depth == 0 and data.strip():
            self.cells[-1][1] += 1


def crowded_cells(response: HttpResponse) -> set[str]:
    """Return the labels of cells with more than one thing: a phone would put the second one under the label."""
    parser = _Labelled()
    parser.feed(response.text)
    assert parser.cells, "a page without labelled cells proves nothing"
    return {label for label, count in parser.cells if count > 1}


def queries(client: Client, address: str) -> int:
    """How many queries the page costs, once it is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    assert len(seen) > 0, "a counter that sees nothing proves nothing"
    return len(seen)


# The admin site


def errors(response: HttpResponse) -> dict[str, list[str]]:
    """Return the messages of a refused form by field; the status tells that nothing was saved."""
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def no_rows(*prefixes: str) -> dict[str, int]:
    """Return what a form sends for inlines without rows."""
    return {f"{name}-{key}_FORMS": 0 for name in prefixes for key in ("TOTAL", "INITIAL")}
