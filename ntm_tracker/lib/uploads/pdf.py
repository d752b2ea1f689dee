"""PDF: looked through without being parsed, for what acts when a reader opens it.

Names in a PDF can be written in disguise (`/J#61vaScript`) and stand in compressed streams. So every
stream that inflates is inflated, counted and searched like the plain bytes around it; what can't be
looked into (an encrypted file, an object stream in another coding) doesn't come in.
"""

import re
import zlib
from collections.abc import Iterator

from ntm_tracker.lib.uploads.kinds import Kind
from ntm_tracker.lib.uploads.limits import Limits, Refused, Unpacking

CHUNK = 256 * 1024
FIRST_CHUNK = 16 * 1024
# Longer than any name that is looked for, written in disguise.
OVERLAP = 80
DICTIONARY = 64 * 1024
BLANKS = b" \t\r\n\f\0"
DIGITS = b"0123456789"

_DAMAGED = "Tệp PDF bị hỏng hoặc chưa tải hết. Hãy mở thử trên máy, rồi xuất hoặc quét lại."
_LONGER = "Tệp PDF có phần thừa sau chỗ kết thúc. Hãy in tệp ra PDF mới (chọn máy in “Microsoft Print to PDF”) rồi gửi."
_ODD = "Tệp PDF có cấu trúc lạ, không kiểm tra được. Hãy in tệp ra PDF (chọn máy in “Microsoft Print to PDF”) rồi gửi."
_LOOP = "Tệp PDF hỏng: các trang trỏ vòng vào nhau. Hãy xuất hoặc quét lại từ bản gốc."

ACTIVE = {
    "JavaScript": "Tệp PDF chứa mã lệnh JavaScript. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "Rendition": "Tệp PDF chứa phim, âm thanh. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "RichMedia": "Tệp PDF chứa phim, âm thanh. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "Launch": "Tệp PDF ra lệnh chạy chương trình khác. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "ImportData": "Tệp PDF tự nạp dữ liệu từ nơi khác. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "GoToE": "Tệp PDF mở một tệp nhúng. Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "EmbeddedFile": "Tệp PDF đính kèm tệp khác bên trong. Hãy gửi riêng tệp đó, và in tệp này ra PDF mới.",
    "EmbeddedFiles": "Tệp PDF đính kèm tệp khác bên trong. Hãy gửi riêng tệp đó, và in tệp này ra PDF mới.",
    "XFA": "Tệp PDF là biểu mẫu động (XFA). Hãy in tệp ra PDF mới rồi gửi bản đó.",
    "Encrypt": "Tệp PDF có mật khẩu hoặc bị khóa. Hãy bỏ khóa, hoặc in ra PDF mới rồi gửi bản đó.",
}


def _disguised(name: str) -> bytes:
    """Return a pattern for `name` in which each letter may be written as #hh."""
    return b"".join(b"(?:%b|#(?i:%02x))" % (letter.encode(), ord(letter)) for letter in name)


def named(*names: str) -> bytes:
    """Return a pattern for one of `names`, written plainly or in disguise."""
    return rb"/(?:" + b"|".join(map(_disguised, names)) + rb")(?![A-Za-z0-9#_.\-])"


def _names(*names: str) -> re.Pattern[bytes]:
    return re.compile(named(*names))


_ACTIVE = _names(*ACTIVE)
_ROOT = _names("Root")
_OBJECTS = _names("ObjStm")
_FILTER = _names("Filter")
_FLATE = _names("FlateDecode", "Fl")
# These begin with what is rare, so that megabytes of a scan are passed over quickly.
_STREAM = re.compile(rb"stream(?=[ \t\r\n\f\0])(?<!endstream)")
_OBJ = re.compile(rb"obj\b(?<=[ \t\r\n\f\0]obj)")
_KIDS = re.compile(
    rb"/" + _disguised("Kids") + rb"[ \t\r\n\f\0]*(?:\[([^\]]*)\]|(\d{1,10})[ \t\r\n\f\0]+\d{1,5}[ \t\r\n\f\0]+R)"
)
_REFERENCE = re.compile(rb"(\d{1,10})[ \t\r\n\f\0]+\d{1,5}[ \t\r\n\f\0]+R")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")


def check(content: bytes, kind: Kind, limits: Limits) -> None:
    """Raise `Refused` for a PDF that is cut off, locked, active, endless or swells."""
    ending = content.rstrip(BLANKS)[-4096:]
    if b"startxref" not in ending or b"%%EOF" not in ending:
        raise Refused(_DAMAGED)
    if not ending.endswith(b"%%EOF"):
        raise Refused(_LONGER)
    _refuse_active(content)
    tree = _Tree()
    tree.add_plain(content)
    rooted = bool(_ROOT.search(content))
    recognised = 0
    for holds_objects, parts in _streams(content, limits):
        recognised += holds_objects
        before, kept = b"", []
        for part in parts:
            window = before + part
            _refuse_active(window)
            before = window[-OVERLAP:]
            if holds_objects:
                kept.append(part)
        if kept:
            tree.add_packed(b"".join(kept))
    if recognised != len(_OBJECTS.findall(content)) or not rooted:
        raise Refused(_ODD)
    if tree.is_endless():
        raise Refused(_LOOP)


def _refuse_active(text: bytes) -> None:
    found = _ACTIVE.search(text)
    if found:
        name = _HEX.sub(lambda code: bytes([int(code[1], 16)]), found[0][1:]).decode()
        raise Refused(ACTIVE[name])


def _streams(content: bytes, limits: Limits) -> Iterator[tuple[bool, Iterator[bytes]]]:
    """Give each stream as (does it hold objects, its bytes as they inflate); others give no bytes."""
    unpacking = Unpacking(limits)
    end = 0
    for count, found in enumerate(_STREAM.finditer(content), 1):
        if count > limits.pdf_streams:
            raise Refused(_ODD)
        floor = max(end, found.start() - DICTIONARY)
        dictionary = content[max(floor, content.rfind(b"obj", floor, found.start())) : found.start()]
        end = found.end()
        holds_objects = bool(_OBJECTS.search(dictionary))
        start = _begin(content, found.end())
        if len(_FLATE.findall(dictionary)) > 1 and _FILTER.search(dictionary):
            raise Refused(_ODD)
        if _is_deflated(content, start):
            yield holds_objects, _inflated(content, start, limits, unpacking, strict=holds_objects)
        elif holds_objects and _FILTER.search(dictionary):
            raise Refused(_ODD)
        elif holds_objects:
            yield True, iter([content[start : content.find(b"endstream", start)]])


def _begin(content: bytes, at: int) -> int:
    while at < len(content) and content[at] in BLANKS:
        at += 1
    return at


def _is_deflated(content: bytes, at: int) -> bool:
    """Tell a zlib header by its own check (RFC 1950, 2.2)."""
    head = content[at : at + 2]
    return len(head) == 2 and head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and int.from_bytes(head, "big") % 31 == 0


def _inflated(content: bytes, start: int, limits: Limits, unpacking: Unpacking, *, strict: bool) -> Iterator[bytes]:
    """Give the bytes of the stream at `start`, counted. A broken one ends early, unless it must be whole."""
    engine = zlib.decompressobj()
    fed = size = 0
    try:
        while not engine.eof and start + fed < len(content):
            # Little at first: what is left over after a short stream is copied for nothing.
            packed = content[start + fed : start + fed + (CHUNK if fed else FIRST_CHUNK)]
            fed += len(packed)
            while packed and not engine.eof:
                part = engine.decompress(packed, CHUNK)
                packed = engine.unconsumed_tail
                size += len(part)
                unpacking.add(len(part))
                unpacking.compare(size, len(content))
                yield part
    except zlib.error:
        if strict:
            raise Refused(_ODD) from None


def _objects(content: bytes) -> Iterator[tuple[int, int]]:
    """Give number and place of each object's body: what follows "12 0 obj" (ISO 32000-1, 7.3.10)."""
    for found in _OBJ.finditer(content):
        generation_end = _run_before(content, found.start(), BLANKS)
        generation = _run_before(content, generation_end, DIGITS)
        number_end = _run_before(content, generation, BLANKS)
        number = _run_before(content, number_end, DIGITS)
        if 1 <= generation_end - generation <= 5 and 1 <= number_end - number <= 10:
            yield int(content[number:number_end]), found.end()


def _run_before(content: bytes, end: int, letters: bytes) -> int:
    """Return where the run of `letters` that ends at `end` begins; `end` itself where there is none."""
    size = 32
    while True:
        window = content[max(0, end - size) : end]
        rest = len(window.rstrip(letters))
        if rest or size >= end:
            return end - len(window) + rest
        size *= 8


class _Tree:
    """Who is whose kid, of pages and of every other tree of the file; the last word on an object counts."""

    def __init__(self) -> None:
        self.kids: dict[int, list[int]] = {}

    def add_plain(self, content: bytes) -> None:
        places = list(_objects(content))
        ends = [end for _, end in places[1:]] + [len(content)]
        for (number, start), end in zip(places, ends, strict=True):
            self._add(number, content[start : min(end, start + DICTIONARY)])

    def add_packed(self, content: bytes) -> None:
        """Read an object stream: pairs of number and place, then the objects (ISO 32000-1, 7.5.7)."""
        head = re.match(rb"[\d\s\0]*", content)
        numbers = [int(number[:10]) for number in re.findall(rb"\d+", head[0] if head else b"")]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
        first = len(head[0]) if head else 0
        ends = [place for _, place in pairs[1:]] + [len(content)]
        for (number, place), end in zip(pairs, ends, strict=False):
            self._add(number, content[first + place : first + end])

    def _add(self, number: int, body: bytes) -> None:
        kids: list[int] = []
        for found in _KIDS.finditer(body):
            if found[2]:
                kids.append(int(found[2]))
            else:
                kids += [int(kid) for kid in _REFERENCE.findall(found[1])]
        if body.lstrip(BLANKS).startswith(b"["):  # a list of kids can be an object of its own
            kids = [int(kid) for kid in _REFERENCE.findall(body[: body.find(b"]") + 1])]
        self.kids[number] = kids

    def is_endless(self) -> bool:
        """Tell whether some kid is its own ancestor."""
        done: set[int] = set()
        return any(root not in done and self._returns(root, done) for root in self.kids)

    def _returns(self, root: int, done: set[int]) -> bool:
        path: set[int] = set()
        stack: list[tuple[int, bool]] = [(root, False)]
        while stack:
            number, leaving = stack.pop()
            if leaving:
                path.discard(number)
                done.add(number)
            elif number in path:
                return True
            elif number not in done:
                path.add(number)
                stack.append((number, True))
                stack += [(kid, False) for kid in self.kids.get(number, ())]
        return False
