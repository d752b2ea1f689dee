"""Office files (OOXML, ODF): archives of XML parts, unpacked here only to be counted and looked through."""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.uploads.kinds import ARCHIVES, OLE, ZIP, Kind
from ntm_tracker.lib.uploads.limits import Limits, Refused, Unpacking

CHUNK = 256 * 1024
# The lists of types and of relationships are read whole; real ones have some kilobytes.
KEPT = 4 * 1024 * 1024
END_SIGN = b"PK\x05\x06"
END = struct.Struct("<4s4H2LH")
LOCAL = struct.Struct("<4s5H3L2H")
# After an entry written as a stream: a signature, the checksum and two sizes.
DESCRIPTOR = 24
ENTRY_SIGN = b"PK\x01\x02"
ENCRYPTED = 0x1

_DAMAGED = "Tệp bị hỏng hoặc chưa tải hết. Hãy mở tệp gốc trên máy, lưu lại rồi gửi lại."
_LYING = "Cấu trúc bên trong tệp không khớp với nội dung. Hãy mở tệp gốc, lưu lại hoặc xuất ra PDF."
_MACRO = "Tệp chứa macro (chương trình chạy kèm) nên không nhận. Hãy lưu lại thành tệp không có macro hoặc PDF."
_EMBEDDED = "Tệp nhúng một tệp khác bên trong. Hãy gửi riêng tệp đó, hoặc lưu tài liệu thành PDF."
_ENTITIES = "Tệp chứa khai báo XML có thể gây hại (DTD). Hãy mở tệp gốc, lưu lại hoặc xuất ra PDF."
_OUTSIDE = "Tài liệu tự nạp nội dung từ một địa chỉ bên ngoài. Hãy bỏ liên kết đó hoặc lưu thành PDF."

_MACRO_NAME = re.compile(r"vbaproject|vbadata|macrosheets/|activex/|^basic/|^scripts/", re.IGNORECASE)
_MACRO_TYPE = re.compile(rb"macro|vba|activex|&#", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Every OpenDocument file has `<office:scripts/>`; only these two run something.
_SCRIPT = re.compile(rb"<(?:office:script|script:event-listener)\b", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([^\"']{0,40})")
_CELL = re.compile(rb"<(?:\w{1,20}:)?c[\s/>]")
# A relationship to an address outside; hyperlinks and links to other workbooks only lead there on a click.
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]{0,4000}>")
_REMOTE = re.compile(
    rb"Target\s*=\s*[\"']\s*(?:https?:|ftp:|\\\\|//|file:(?://[^/\\\"']|/{4}|/{0,3}\\\\))", re.IGNORECASE
)
_ON_CLICK = re.compile(rb"Type\s*=\s*[\"'][^\"']{0,200}/(?:hyperlink|externalLinkPath|xlPathMissing)[\"']")

MAIN_TYPES = {
    "docx": (b"wordprocessingml.document.main+xml", "word/document.xml"),
    "xlsx": (b"spreadsheetml.sheet.main+xml", "xl/workbook.xml"),
}


def check(content: bytes, kind: Kind, limits: Limits) -> None:
    """Raise `Refused` for an archive that lies, swells, nests, is encrypted or carries something active."""
    unpacking = Unpacking(limits)
    cells = 0
    types = b""
    for entry, parts in _entries(content, limits, unpacking):
        look = _Look(entry.filename)
        for part in parts:
            look.at(part)
        look.finish()
        cells += look.cells
        if cells > limits.cells:
            raise Refused(f"Bảng tính có hơn {vn_decimal(limits.cells)} ô. Hãy tách thành nhiều tệp hoặc xuất ra PDF.")
        if entry.filename == "[Content_Types].xml":
            types = look.kept
    if kind.extension in MAIN_TYPES and MAIN_TYPES[kind.extension][0] not in types:
        raise Refused(f"Tệp mang dáng {kind.label} nhưng không phải. Hãy mở tệp gốc và lưu lại.")


class _Look:
    """Looks through one part as it unpacks. XML is searched from tag to tag, so no sign is cut in two."""

    def __init__(self, name: str):
        self.name = name
        self.is_xml = name.lower().endswith((".xml", ".rels", ".vml", ".rdf"))
        self.is_sheet = name.startswith("xl/worksheets/")
        self.is_relations = name.endswith(".rels")
        self.is_types = name == "[Content_Types].xml"
        self.cells = 0
        self.kept = b""
        self._rest = b""
        self._begun = False
        if _MACRO_NAME.search(name):
            raise Refused(_MACRO)

    def at(self, part: bytes) -> None:
        if not self._begun:
            self._begun = True
            self._begin(part)
        if self.is_types or self.is_relations:
            self.kept += part
            if len(self.kept) > KEPT:
                raise Refused(_LYING)
        if self.is_xml:
            # UTF-16 reads like ASCII without its zero bytes.
            text = self._rest + part.replace(b"\0", b"")
            cut = text.rfind(b"<")
            self._rest = text[cut:][:CHUNK] if cut >= 0 else b""
            self._search(text[:cut] if cut >= 0 else text)

    def finish(self) -> None:
        self._search(self._rest)
        if self.is_types and _MACRO_TYPE.search(self.kept):
            raise Refused(_MACRO)
        if self.is_relations and any(map(_loads_from_outside, _RELATION.findall(self.kept))):
            raise Refused(_OUTSIDE)

    def _begin(self, part: bytes) -> None:
        if part.startswith((OLE, b"%PDF-", b"MZ", *ARCHIVES)):
            raise Refused(_EMBEDDED)
        start = part[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
        self.is_xml = self.is_xml or start.startswith(b"<")
        if not self.is_xml:
            return
        encoding = _ENCODING.search(start)
        known = encoding is None or encoding[1].lower() in (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii")
        if start and not (start.startswith(b"<") and known):
            raise Refused(_ENTITIES)

    def _search(self, text: bytes) -> None:
        if not self.is_xml:
            return
        if _DECLARATION.search(text):
            raise Refused(_ENTITIES)
        if _SCRIPT.search(text):
            raise Refused(_MACRO)
        if self.is_sheet:
            self.cells += len(_CELL.findall(text))


def _loads_from_outside(relation: bytes) -> bool:
    return bool(_REMOTE.search(relation)) and b"External" in relation and not _ON_CLICK.search(relation)


def _entries(content: bytes, limits: Limits, unpacking: Unpacking) -> Iterator[tuple[ZipInfo, Iterator[bytes]]]:
    """Give each entry with its bytes as they unpack, after the archive's directory has been proved."""
    directory = _prove_end(content, limits)
    try:
        entries = ZipFile(BytesIO(content)).infolist()
    except (BadZipFile, ValueError, RuntimeError, struct.error, OverflowError):
        raise Refused(_DAMAGED) from None
    if len({entry.filename for entry in entries}) != len(entries):
        raise Refused(_LYING)
    starts = _prove_places(content, entries, directory)
    for entry in entries:
        packed = content[starts[entry.header_offset] :][: entry.compress_size]
        yield entry, _unpacked(packed, entry, limits, unpacking)


def _prove_end(content: bytes, limits: Limits) -> int:
    """Return where the directory begins, once the archive's end has been checked.

    That comes before the directory is read: 100,000 entries cost memory just by being listed.
    """
    at = len(content) - END.size
    if at < 0 or content[at : at + 4] != END_SIGN:
        raise Refused(_DAMAGED)
    _, disk, first_disk, here, count, size, offset, comment = END.unpack_from(content, at)
    listed = content.count(ENTRY_SIGN, offset, at)
    if max(count, here, listed) > limits.entries:
        raise Refused(
            f"Tệp nén gồm hơn {vn_decimal(limits.entries)} phần, nhiều bất thường. "
            "Hãy mở tệp gốc, lưu lại hoặc xuất ra PDF."
        )
    if disk or first_disk or comment or here != count or offset + size != at or listed < count:
        raise Refused(_LYING)
    return offset


def _prove_places(content: bytes, entries: list[ZipInfo], directory: int) -> dict[int, int]:
    """Return where the bytes of each entry begin, by the place of its header.

    Refuses what only a made-up archive has: entries that overlap, bytes between them, before or after
    them, a header that names another file than the directory.
    """
    starts: dict[int, int] = {}
    for entry in entries:
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Refused("Tệp có mật khẩu hoặc nén kiểu lạ nên không kiểm tra được. Hãy bỏ mật khẩu rồi lưu lại.")
        starts[entry.header_offset] = _start(content, entry)
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [0, *(starts[entry.header_offset] + entry.compress_size for entry in ordered)]
    begins = [*(entry.header_offset for entry in ordered), directory]
    gaps = [begin - end for end, begin in zip(ends, begins, strict=True)]
    if gaps[0] or any(not 0 <= gap <= DESCRIPTOR for gap in gaps):
        raise Refused(_LYING)
    return starts


def _start(content: bytes, entry: ZipInfo) -> int:
    """Return where the packed bytes of `entry` begin, by its own header."""
    try:
        sign, *_, names, extra = LOCAL.unpack_from(content, entry.header_offset)
    except struct.error:
        raise Refused(_LYING) from None
    begin = entry.header_offset + LOCAL.size
    if sign != ZIP or content[begin : begin + names] != _raw_name(entry):
        raise Refused(_LYING)
    return begin + names + extra


def _raw_name(entry: ZipInfo) -> bytes:
    """Return the entry's name as its bytes in the directory (bit 11 says UTF-8)."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")


def _unpacked(packed: bytes, entry: ZipInfo, limits: Limits, unpacking: Unpacking) -> Iterator[bytes]:
    """Give the bytes of an entry piece by piece, counted; refuse when they aren't what the directory says."""
    size = checksum = 0
    for part in _inflated(packed) if entry.compress_type == ZIP_DEFLATED else _pieces(packed):
        size += len(part)
        checksum = zlib.crc32(part, checksum)
        unpacking.add(len(part))
        unpacking.compare(size, len(packed))
        if size > entry.file_size:
            raise Refused(_LYING)
        yield part
    if size != entry.file_size or checksum != entry.CRC:
        raise Refused(_LYING)


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), CHUNK):
        yield content[at : at + CHUNK]


def _inflated(packed: bytes) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not engine.eof:
            yield engine.decompress(packed, CHUNK)
            packed = engine.unconsumed_tail
        yield engine.flush()
    except zlib.error:
        raise Refused(_DAMAGED) from None
    if not engine.eof or engine.unused_data:
        raise Refused(_LYING)
