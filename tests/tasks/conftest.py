"""The notice of 05/4/2023, entered as records, with the findings of its day."""

import re
import unicodedata
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from lxml import etree
from pypdf import PdfReader

from tasks.demo import cao_son
from tasks.models import Notice

SEED = Path(__file__).parents[1] / "data" / "seed-notice.txt"
REFERENCE = "anh-son-cao-son-2023-04-05"
# Cut off in the text of the notice; Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần I, Mục II, khoản 1 and 2.
HEADER = "ỦY BAN NHÂN DÂN HUYỆN ANH SƠN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    """What is stored lies in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def anh_son_notice(db) -> Notice:
    """The draft on xã Cao Sơn."""
    call_command("loaddata", "catalogue", "units", "cao-son-notice", verbosity=0)
    cao_son.load()
    return Notice.objects.for_list().get(reference=REFERENCE)


def words(text: str) -> list[str]:
    """The words of `text`; what was broken at a hyphen to go on in the next line is one word again."""
    rejoined = re.sub(r"(?<=\w)-[ ]*\n\s*", "-", unicodedata.normalize("NFC", text))
    return rejoined.split()


def seed_words() -> list[str]:
    """Header and text of the notice, word by word."""
    return words(f"{HEADER} {SEED.read_text(encoding='utf-8')}")


# In the bottom margin of an issued PDF's last page, outside the text of the notice.
CHECK_LINES = re.compile(r"Mã tra cứu: [0-9A-Z-]{14}\s*Kiểm tra văn bản này tại \S+")


def pdf_words(content: bytes) -> list[str]:
    """The words of a PDF in reading order.

    Without what stands in the margins: the page number of each page but the first, the code of an issued notice.
    """
    found: list[str] = []
    for number, page in enumerate(PdfReader(BytesIO(content)).pages, 1):
        text = CHECK_LINES.sub("", page.extract_text())
        if number > 1:
            assert text.split()[-1] == str(number)
            text = text.rsplit(maxsplit=1)[0]
        found.append(text)
    return words("\n".join(found))


def docx_words(content: bytes) -> list[str]:
    """The words of a Word file in the order of its text; its page numbers stand in the page head."""
    with ZipFile(BytesIO(content)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    paragraphs = (
        "".join(node.text or " " for node in p.iter(f"{W}t", f"{W}br", f"{W}tab")) for p in body.iter(f"{W}p")
    )
    return words(" ".join(paragraphs))
