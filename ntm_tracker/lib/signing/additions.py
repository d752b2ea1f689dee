"""What was added to an issued PDF: signatures and what belongs to them, or anything else?

The last signature covers whatever was added, so its signer vouches for it; but a notice is what was issued. Object
by object, what the issued PDF held must still be there: only the lists that name signature fields may have grown.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, Reference
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from ntm_tracker.lib.signing.verdicts import Problem, refuse

# What programs that sign write into the catalogue; nothing of it is part of a page.
CATALOGUE = {"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Perms", "/Version"}
# The tag tree, in which a signature field gets a tag of its own.
TAGS = {"/K", "/Nums", "/ParentTreeNextKey"}
# Share of a page that the picture of a signature may take.
LARGEST_PICTURE = 0.2


def check_only_signed(reader: PdfFileReader) -> None:
    """Refuse a file whose later revisions change anything in the first one but to sign it."""
    if reader.xrefs.hybrid_xrefs_present:
        refuse(Problem.DAMAGED)
    issued = reader.get_historical_resolver(0)
    if _trailer_root(reader) != issued.trailer_view.raw_get("/Root").reference:
        refuse(Problem.CONTENT_ADDED)
    pages = {page.reference for page in _pages(issued)}
    free_to_change = set(_about_the_file(issued))
    for ref in _touched(reader, issued):
        old, new = issued(ref), reader.get_object(ref)
        if ref not in free_to_change and not _is_same(old, new):
            _check_change(ref, old, new, issued=issued, is_page=ref in pages)


def _trailer_root(reader: PdfFileReader) -> Reference:
    return reader.trailer.raw_get("/Root").reference


def _touched(reader: PdfFileReader, issued: HistoricalResolver) -> Iterator[Reference]:
    """Give the objects of the issued revision that a later one writes anew; refuse when one was deleted."""
    for revision in range(1, reader.xrefs.total_revisions):
        if any(not issued.is_ref_unassignable(ref) for ref in reader.xrefs.refs_freed_in_revision(revision)):
            refuse(Problem.CONTENT_ADDED)
        for ref in reader.xrefs.explicit_refs_in_revision(revision):
            if not issued.is_ref_unassignable(ref):
                yield ref


def _about_the_file(issued: HistoricalResolver) -> Iterator[Reference]:
    """Give the objects that only describe the file: title, dates, XMP."""
    for holder, key in ((issued.trailer_view, "/Info"), (issued.root, "/Metadata")):
        value = holder.raw_get(key) if key in holder else None
        if isinstance(value, IndirectObject):
            yield value.reference


def _pages(issued: HistoricalResolver) -> Iterator[IndirectObject]:
    """Give the pages, the tree being our own."""
    waiting: list[IndirectObject] = [issued.root.raw_get("/Pages")]
    while waiting:
        node = waiting.pop()
        kids = part(node.get_object(), "/Kids")
        if kids is None:
            yield node
        else:
            waiting += [kids.raw_get(place) for place in range(len(kids))]


def _check_change(ref: Reference, old: PdfObject, new: PdfObject, *, issued: HistoricalResolver, is_page: bool) -> None:
    if not (isinstance(old, DictionaryObject) and isinstance(new, DictionaryObject)):
        refuse(Problem.CONTENT_ADDED)
    if is_page:
        _check_same_but(old, new, {"/Annots"})
        _check_annotations(old, new)
    elif ref == issued.trailer_view.raw_get("/Root").reference:
        _check_same_but(old, new, CATALOGUE)
    elif part(old, "/Type") in ("/StructTreeRoot", "/StructElem") or "/Nums" in old:
        _check_same_but(old, new, TAGS)
        _check_grown(old, new)
    else:
        refuse(Problem.CONTENT_ADDED)


def _check_same_but(old: DictionaryObject, new: DictionaryObject, keys: set[str]) -> None:
    for key in (old.keys() | new.keys()) - keys:
        if key not in old or key not in new or not _is_same(old.raw_get(key), new.raw_get(key)):
            refuse(Problem.CONTENT_ADDED)


def _check_grown(old: DictionaryObject, new: DictionaryObject) -> None:
    """The lists of the tag tree may only have become longer."""
    for key in ("/K", "/Nums"):
        before, after = _raw_items(part(old, key)), _raw_items(part(new, key))
        if len(after) < len(before) or not all(map(_is_same, before, after)):
            refuse(Problem.CONTENT_ADDED)


def _check_annotations(old: DictionaryObject, new: DictionaryObject) -> None:
    """What is new on a page must be a signature's field, and small."""
    before, after = _raw_items(part(old, "/Annots")), _raw_items(part(new, "/Annots"))
    if len(after) < len(before) or not all(map(_is_same, before, after)):
        refuse(Problem.CONTENT_ADDED)
    _, _, width, height = (float(edge) for edge in new["/MediaBox"])
    for added in after[len(before) :]:
        widget = added.get_object()
        kind = part(widget, "/FT") or part(part(widget, "/Parent"), "/FT")
        if part(widget, "/Subtype") != "/Widget" or kind != "/Sig" or {"/A", "/AA"} & widget.keys():
            refuse(Problem.CONTENT_ADDED)
        left, bottom, right, top = (float(edge) for edge in widget["/Rect"])
        if abs(right - left) * abs(top - bottom) > LARGEST_PICTURE * width * height:
            refuse(Problem.COVERED)


def _raw_items(value: PdfObject | None) -> list[PdfObject]:
    if value is None:
        return []
    if not isinstance(value, ArrayObject):
        return [value]
    return [value.raw_get(place) for place in range(len(value))]


def _is_same(one: PdfObject, other: PdfObject) -> bool:
    return _written(one) == _written(other)


def _written(one: PdfObject) -> bytes:
    out = BytesIO()
    one.write_to_stream(out)
    return out.getvalue()


def field_kinds(reader: PdfFileReader) -> Iterator[str]:
    """Give the kind of every field of the form, as its outermost dictionary states it."""
    for entry in part(part(reader.root, "/AcroForm"), "/Fields") or ():
        yield str(part(entry.get_object(), "/FT") or "")


def part(holder: Any, key: str) -> Any:
    """Return what a dictionary holds under `key`, looked up where it is only referred to; None for nothing."""
    return holder[key] if isinstance(holder, DictionaryObject) and key in holder else None
