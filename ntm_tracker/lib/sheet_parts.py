"""Cells of which the parser makes something else than a person sees, rewritten in the bytes of their sheet before it.

It gives the bare figure of a share and drops its sign, and gives nothing for a failed cell or a formula without a
result, which would erase what stands in the database. As texts they come through as they look.
"""

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation

# What Excel writes where a formula failed. The parser gives an empty cell for it and fails at the newer ones.
ERRORS = frozenset((
    "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
    "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!", "#GETTING_DATA",
))  # fmt: skip
ERROR_TYPE, TEXT_TYPE = b' t="e"', b' t="str"'
FIGURE_TYPE = b' t="n"'


def errors_as_texts(part: bytes) -> bytes:
    """Return a sheet with its error values as texts."""
    before, *others = part.split(ERROR_TYPE)
    pieces = [before]
    for piece in others:
        is_in_cell = b"c r=" in before[before.rfind(b"<") :]
        pieces += [TEXT_TYPE if is_in_cell else ERROR_TYPE, piece]
        before = piece
    return b"".join(pieces)


PREFIX = rb"(?:[^<>\s/:]+:)?"

# Formulas that were never computed: written by another program than a spreadsheet, which computes when it saves

NOT_COMPUTED = "#CHƯA TÍNH: "
MARK = f"{NOT_COMPUTED}=".encode()
FORMULA = rb"<(%b)f(?:\s[^<>]*)?(?:/>|>([^<>]*)</%bf>)\s*(<%bv\s*(?:/>|></%bv>)\s*)?(?=</%bc>)"
# Without prefixes, as nearly every program writes, they are found many times as fast.
USUAL_FORMULA, ANY_FORMULA = (re.compile(FORMULA % ((prefix,) * 5)) for prefix in (b"", PREFIX))
CELL_TYPE = re.compile(rb'\st="[^"]*"')


def may_hold_formulas(piece: bytes, *, is_usual: bool) -> bool:
    """Whether there may be a formula in some bytes of a part; quick, for most parts hold none."""
    return b"<f>" in piece or b"<f " in piece or (not is_usual and b":f" in piece)


def formulas_as_texts(part: bytes) -> bytes:
    """Return a sheet in which the formulas without a result are texts that say so."""
    formulas = ANY_FORMULA if b":f>" in part or b":f " in part else USUAL_FORMULA
    pieces, done = [], 0
    for found in formulas.finditer(part):
        opening = part.rfind(b"<", done, found.start())
        tag = part[opening : found.start()].rstrip()
        prefix, formula, result = found.groups()
        # A text that is empty is a result.
        if b"c r=" in tag and tag.endswith(b">") and not (result and TEXT_TYPE in tag):
            start = CELL_TYPE.sub(b"", tag[:-1]) if b" t=" in tag else tag[:-1]
            text = b"".join((TEXT_TYPE, b"><", prefix, b"v>", MARK, formula or b"...", b"</", prefix, b"v>"))
            pieces += [part[done:opening], start, text]
            done = found.end()
    pieces.append(part[done:])
    return b"".join(pieces)


# Shares

FORMATS = re.compile(rb"<%bnumFmt\s([^<>]*)>" % PREFIX)
LOOKS = re.compile(rb"<%bcellXfs[\s>](.*?)</%bcellXfs>" % (PREFIX, PREFIX), re.DOTALL)
LOOK = re.compile(rb"<%bxf\s([^<>]*)>" % PREFIX)
BUILT_IN = {b"9", b"10"}
# Written out, in quotes or after a backslash, the sign only stands there; without them it multiplies.
WRITTEN_OUT = re.compile(rb"&quot;.*?&quot;|'[^']*'|\\.|_.|\*.")
# Above this no share is meant, and the text of a figure could become endless.
LARGEST_SHARE = Decimal(10) ** 9
EXACT = Decimal("1e-9")


def percent_looks(styles: bytes) -> list[bytes]:
    """Return the numbers of the looks in a part of styles that show a figure as a share."""
    percents = set(BUILT_IN)
    for attributes in FORMATS.findall(styles):
        number, code = _attribute(attributes, b"numFmtId"), _attribute(attributes, b"formatCode")
        if b"%" in WRITTEN_OUT.sub(b"", code):
            percents.add(number)
    looks = LOOKS.search(styles)
    found = LOOK.findall(looks[1]) if looks else []
    return [b"%d" % at for at, attributes in enumerate(found) if _attribute(attributes, b"numFmtId") in percents]


def shares_as_texts(part: bytes, looks: Collection[bytes]) -> bytes:
    """Return a sheet in which 0.955, of one of these looks, is the text "95,5%"."""
    numbers = b"|".join(looks)
    cell = re.compile(
        rb'(<%bc)(?=[^<>]*\ss="(?:%b)")(?![^<>]*\st="[^n])(\s[^<>]*>\s*(?:<%bf[^<>]*(?:/>|>[^<>]*</%bf>)\s*)?<%bv>)'
        rb"([-+.\deE]{1,40})(?=<)" % (PREFIX, numbers, PREFIX, PREFIX, PREFIX)
    )
    return cell.sub(_share_as_text, part)


def _share_as_text(cell: re.Match[bytes]) -> bytes:
    try:
        share = Decimal(cell[3].decode())
    except InvalidOperation:
        return cell[0]
    if not abs(share) < LARGEST_SHARE:
        return cell[0]
    # What binary figures carry as noise isn't shown either.
    figure = f"{(share * 100).quantize(EXACT).normalize():f}".replace(".", ",")
    return cell[1] + TEXT_TYPE + cell[2].replace(FIGURE_TYPE, b"", 1) + f"{figure}%".encode()


def _attribute(attributes: bytes, name: bytes) -> bytes:
    found = re.search(rb'(?:^|\s)%b="([^"]*)"' % name, attributes)
    return found[1] if found else b""
