"""Signed notices that somebody changed: single bytes, and twelve attacks on signed PDFs that are known.

Each attack takes the signed file, the issued one and a number by which its details vary.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NumberObject,
    StreamObject,
    pdf_name,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.signing.sign import open_key, sign_pdf
from tests.lib.chain import NOW, PASSPHRASE, chain, strangers
from tests.lib.documents import notice

Attack = Callable[["Signed", int], bytes]


@dataclass(frozen=True)
class Signed:
    """A notice as issued, and signed by one whom the office trusts."""

    issued: bytes
    content: bytes

    @property
    def gap(self) -> tuple[int, int]:
        """The place of the signature itself, which no signature covers."""
        first, second = re.findall(rb"/ByteRange\s*\[0 (\d+) (\d+) \d+", self.content)[-1]
        return int(first), int(second)


@cache
def signed_notice(number: int = 5, *, with_store: bool = False) -> Signed:
    """One for each number; `with_store` has certificates and a list of revoked ones in a store of its own."""
    issued = render_pdf(notice(number=number, check_code="7K3MA9QRTB2X", check_site="https://ntm.example.vn/verify/"))
    basis = with_evidence(issued) if with_store else issued
    return Signed(issued, sign_pdf(basis, open_key(chain().person().pkcs12, PASSPHRASE), at=NOW))


def with_evidence(content: bytes) -> bytes:
    """Put a store of validation data into the file, as PAdES B-LT has it."""
    writer = writer_of(content)
    streams = [writer.add_object(StreamObject(stream_data=chain().office.crl()))]
    writer.root["/DSS"] = writer.add_object(DictionaryObject({pdf_name("/CRLs"): ArrayObject(streams)}))
    writer.update_root()
    return written(writer)


def flipped(signed: Signed, count: int, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """Give copies with one bit changed in the bytes that the signature covers."""
    chance = random.Random(seed)  # noqa: S311  can be repeated
    first, second = signed.gap
    for _ in range(count):
        place = chance.randrange(len(signed.content) - (second - first))
        place += (second - first) if place >= first else 0
        copy = bytearray(signed.content)
        copy[place] ^= 1 << chance.randrange(8)
        yield place, bytes(copy)


def writer_of(content: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(BytesIO(content), strict=False)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def first_page(writer: IncrementalPdfFileWriter) -> Any:
    return writer.find_page_for_modification(0)[0].get_object()


def box(*edges: float) -> ArrayObject:
    return ArrayObject([FloatObject(edge) for edge in edges])


def page_overlay(signed: Signed, variant: int) -> bytes:
    """Draw over the text: other words in its place."""
    return overlaid(signed.content, variant)


def overlaid(content: bytes, variant: int) -> bytes:
    writer = writer_of(content)
    page = first_page(writer)
    drawing = StreamObject(stream_data=b"q 1 1 1 rg 100 %d 300 20 re f Q" % (100 + 30 * variant))
    before = page.raw_get("/Contents")
    page["/Contents"] = ArrayObject([before, writer.add_object(drawing)])
    writer.mark_update(page.container_ref)
    return written(writer)


def annotation(signed: Signed, variant: int) -> bytes:
    """Lay a note or a mark over the page."""
    writer = writer_of(signed.content)
    kind = ("/FreeText", "/Square", "/Stamp", "/Highlight")[variant % 4]
    words = pdf_string(f"Đã sửa {variant}")
    note = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name(kind),
            pdf_name("/Rect"): box(100, 100 + variant, 400, 140 + variant),
            pdf_name("/Contents"): words,
        }
    )
    writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))
    return written(writer)


def form_value(signed: Signed, variant: int) -> bytes:
    """Add a field with a value, or write another one into that of the signature."""
    writer = writer_of(signed.content)
    form = writer.root["/AcroForm"]
    if variant % 2:
        field = form["/Fields"][0]
        field["/TU"] = pdf_string(f"Người khác {variant}")
        writer.update_container(field)
    else:
        field = DictionaryObject(
            {
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): pdf_string(f"O{variant}"),
                pdf_name("/V"): pdf_string("28.500.000 đồng"),
            }
        )
        form["/Fields"].append(writer.add_object(field))
        writer.update_container(form["/Fields"])
    return written(writer)


def info(signed: Signed, variant: int) -> bytes:
    """Change the title or the author in the document's properties."""
    writer = writer_of(signed.content)
    writer.set_info(DictionaryObject({pdf_name(("/Title", "/Author")[variant % 2]): pdf_string(f"Khác {variant}")}))
    return written(writer)


def xmp(signed: Signed, variant: int) -> bytes:
    """Put another description of the file in the place of its own."""
    number = PdfFileReader(BytesIO(signed.content)).root.raw_get("/Metadata").idnum
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>%d</x:xmpmeta>" % variant
    body = b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream" % (len(packet), packet)
    return appended(signed.content, {number: body})


def appended(content: bytes, objects: dict[int, bytes], *, knows_before: bool = True) -> bytes:
    """Append objects by hand as an update; without `knows_before` as if nothing came before them."""
    root = re.findall(rb"/Root (\d+) 0 R", content)[-1]
    size = max(*(int(number) for number in re.findall(rb"/Size (\d+)", content)), *(n + 1 for n in objects))
    previous = b"/Prev " + re.findall(rb"startxref\s+(\d+)", content)[-1] if knows_before else b""
    if not knows_before:
        root = b"%d" % min(objects)
    out, rows = bytearray(content), b""
    for number, body in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n" + rows
    out += b"trailer\n<</Size %d/Root %b 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, previous, start)
    return bytes(out)


def store_deleted(_: Signed, variant: int) -> bytes:
    """Take away the store of validation data, all of it or its list of revoked certificates."""
    writer = writer_of(signed_notice(with_store=True).content)
    if variant % 2:
        del writer.root["/DSS"]
        writer.update_root()
    else:
        del writer.root["/DSS"]["/CRLs"]
        writer.root["/DSS"][pdf_name("/Certs")] = ArrayObject([NumberObject(variant)])
        writer.update_container(writer.root["/DSS"])
    return written(writer)


def page_tree(signed: Signed, variant: int) -> bytes:
    """Show other pages: a tree of one's own, or the last page in the place of the first."""
    writer = writer_of(signed.content)
    drawing = writer.add_object(StreamObject(stream_data=b"q 0 0 1 rg 50 50 %d 100 re f Q" % (10 + variant)))
    page = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): box(0, 0, 595, 842),
            pdf_name("/Contents"): drawing,
            pdf_name("/Resources"): DictionaryObject(),
        }
    )
    kids = ArrayObject([writer.add_object(page)])
    tree = {pdf_name("/Type"): pdf_name("/Pages"), pdf_name("/Kids"): kids, pdf_name("/Count"): NumberObject(1)}
    reference = writer.add_object(DictionaryObject(tree))
    page["/Parent"] = reference
    writer.root["/Pages"] = reference
    writer.update_root()
    return written(writer)


def hybrid_xref(signed: Signed, variant: int) -> bytes:
    """Append a table that also names a stream of references: old and new programs then read two documents."""
    content = signed.content
    previous = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    root = re.findall(rb"/Root (\d+) 0 R", content)[-1]
    size = max(int(number) for number in re.findall(rb"/Size (\d+)", content)) + 1 + variant
    number, place = size - 1, len(content)
    stream = b"%d 0 obj\n<</Type/XRef/Size %d/W[1 3 1]/Index[0 0]/Root %b 0 R/Length 0>>\nstream\n\nendstream\nendobj\n"
    hidden = stream % (number, size, root)
    table = b"xref\n0 0\ntrailer\n<</Size %d/Root %b 0 R/Prev %d/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
    return content + hidden + table % (size, root, previous, place, place + len(hidden))


def trailing_bytes(signed: Signed, variant: int) -> bytes:
    """Append bytes behind the end: blanks, a comment, the end once more."""
    tails = (b"\n", b" " * (variant + 1), b"%% ghi %d\n" % variant, b"\0" * (variant + 1), b"%comment\n%%EOF\n")
    return signed.content + tails[variant % 5]


def byte_range(signed: Signed, variant: int) -> bytes:
    """Rewrite which bytes are covered, in as many figures."""
    found = list(re.finditer(rb"/ByteRange\s*\[0 (\d+) (\d+) (\d+)", signed.content))[-1]
    group = variant % 3 + 1
    before = found[group]
    after = b"%0*d" % (len(before), max(int(before) - 1 - variant, 0))
    return signed.content[: found.start(group)] + after + signed.content[found.end(group) :]


def transplanted(signed: Signed, variant: int) -> bytes:
    """Put the signature of another notice into this one, or strip it."""
    first, second = signed.gap
    if variant % 2:
        held = b"0" * (second - first - 2)
    else:
        other = signed_notice(6 + variant % 4)
        start, end = other.gap
        held = other.content[start + 1 : end - 1][: second - first - 2].ljust(second - first - 2, b"0")
    return signed.content[: first + 1] + held + signed.content[second - 1 :]


def other_root(signed: Signed, variant: int) -> bytes:
    """Sign with a key of the same name from a root that nobody knows; every other one with another text."""
    key = open_key(strangers().person().pkcs12, PASSPHRASE)
    basis = overlaid(signed.issued, variant) if variant % 2 else signed.issued
    return sign_pdf(basis, key, at=NOW, reason=f"Lần {variant}")


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        *(page_overlay, annotation, form_value, info, xmp, store_deleted),
        *(page_tree, hybrid_xref, trailing_bytes, byte_range, transplanted, other_root),
    )
}
