"""Reads a notice before it is issued and tells what should be looked at again. It advises, it never blocks.

Pure: it gets the texts as they will be printed and what the data say, and returns findings. The rules are those of
Nghị định 30/2020/NĐ-CP, Phụ lục I (layout) and II (capitals), named as PL1-x.y and PL2-x.y, and what the notice of
05/4/2023 taught: doubled words, two spellings of one sign, periods and figures that contradict each other.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ntm_tracker.lib.figures import vn_percent

MOTTO, SUBJECT, HEADING, RECIPIENT, SIGNER = "motto", "subject", "heading", "recipient", "signer"
BODY = ("paragraph", "heading", "numbered", "dash", "proposal", "reply")
WORK = ("numbered", "dash", "reply")


@dataclass(frozen=True)
class Passage:
    """A text of the notice as printed: `anchor` and `place` say where, `kind` what it is.

    Of a conclusion in the section of tasks, and of a reply that settles nothing by itself: whether a task comes of it,
    or a mark that none does, and whether a title above it ("Đối với các phòng, …:") names who does it. Of a proposal:
    whether it has a reply.
    """

    anchor: str
    place: str
    kind: str
    text: str
    is_work: bool = False
    has_task: bool = False
    is_addressed: bool = False
    lacks_reply: bool = False


@dataclass(frozen=True)
class Facts:
    """What the data say on the session's day; None where nobody has assessed anything."""

    criteria_met: int | None = None
    criteria_total: int = 0
    sub_items_met: int | None = None
    sub_items_total: int = 0
    set_period: tuple[int, int] | None = None
    other_communes: tuple[str, ...] = ()
    empty_sections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Finding:
    """What should be looked at again: where, the words, what is wrong with them, what to do."""

    rule: str
    anchor: str
    place: str
    quote: str
    what: str
    remedy: str


Rule = Callable[[Sequence[Passage], Facts], Iterable[Finding]]


def proofread(passages: Sequence[Passage], facts: Facts) -> list[Finding]:
    """Return the findings in the order of the text; the same words are reported once a rule."""
    order = {passage.anchor: place for place, passage in reversed(list(enumerate(passages)))}
    found: dict[tuple[str, str], Finding] = {}
    for rule in RULES:
        for finding in rule(passages, facts):
            found.setdefault((finding.rule, finding.quote or finding.anchor), finding)
    return sorted(found.values(), key=lambda finding: order.get(finding.anchor, len(order)))


def _at(passage: Passage, rule: str, quote: str, what: str, remedy: str) -> Finding:
    return Finding(rule, passage.anchor, passage.place, quote.strip(), what, remedy)


def _matches(passages: Iterable[Passage], pattern: re.Pattern[str]) -> Iterator[tuple[Passage, re.Match[str]]]:
    for passage in passages:
        for match in pattern.finditer(passage.text):
            yield passage, match


# Words and signs

WORD_TWICE = re.compile(r"\b([^\W\d_]+)\s+\1\b", re.IGNORECASE)
# Vietnamese says these twice.
REDUPLICATED = frozenset(
    re.findall(r"\w+", "luôn dần ngày nhà người mãi đời thường xanh từ lâu đều nơi xã thôn rất ào đùng rừng")
)


def doubled_words(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "KIẾN NGHỊ NGHỊ ĐỀ XUẤT"."""
    for passage, match in _matches(passages, WORD_TWICE):
        if match[1].lower() not in REDUPLICATED:
            yield _at(passage, "doubled", match[0], "Từ lặp lại hai lần liền nhau.", f"Bỏ một chữ “{match[1]}”.")


SIGN = re.compile(r"\(([^\W\d_](?:/?[^\W\d_]){1,4})\)")


def spellings_of_signs(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "(bc)" and "(b/c)" in one notice."""
    yield from _spellings(
        ((passage, match[0], match[1].replace("/", "").lower()) for passage, match in _matches(passages, SIGN)),
        "sign",
        "Cùng một ký hiệu viết hai cách",
    )


COMPOUND = re.compile(r"\b(\w+)(\s*[-–—]\s*)([A-ZĐ]{2,}(?:&[A-ZĐ]+)?)\b")


def spellings_of_names(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "Tài chính – KH" and "Tài chính-KH"."""
    yield from _spellings(
        ((passage, match[0], match[1].lower() + match[3]) for passage, match in _matches(passages, COMPOUND)),
        "name",
        "Cùng một tên viết hai cách",
    )


PERIOD = re.compile(r"\b(20\d\d)(\s*[-–—]\s*)(20\d\d)\b")


def spellings_of_periods(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "2021-2025", "2021 - 2025" and "2021- 2025"."""
    ways: Counter[str] = Counter()
    first: dict[str, tuple[Passage, str]] = {}
    for passage, match in _matches(passages, PERIOD):
        way = re.sub(r"\s+", " ", match[2])
        ways[way] += 1
        first.setdefault(way, (passage, match[0]))
    if len(ways) < 2:
        return
    usual = ways.most_common(1)[0][0]
    for way, (passage, quote) in first.items():
        if way != usual:
            yield _at(
                passage,
                "period-spelling",
                quote,
                "Khoảng năm trong thông báo viết nhiều cách khác nhau.",
                f"Viết một cách, ví dụ “2021{usual}2025”.",
            )


def _spellings(found: Iterable[tuple[Passage, str, str]], rule: str, what: str) -> Iterator[Finding]:
    """Report each spelling of a key but the most frequent one (of equals, the last: it was read last)."""
    known: dict[str, list[tuple[Passage, str]]] = defaultdict(list)
    for passage, spelling, key in found:
        known[key].append((passage, re.sub(r"\s+", " ", spelling)))
    for rows in known.values():
        counts = Counter(spelling for _, spelling in rows)
        usual = max(counts, key=lambda spelling: (counts[spelling], [row[1] for row in rows].index(spelling)))
        for passage, spelling in rows:
            if spelling != usual:
                remedy = f"Viết thống nhất, ví dụ “{usual}”."
                yield _at(passage, rule, spelling, f"{what}: “{spelling}” và “{usual}”.", remedy)


ABBREVIATION = re.compile(r"\b([^\W\d_]+)\s+([A-ZĐ]{3,6})\b")


def clipped_abbreviations(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "Chương trình MTG" where the notice says "Chương trình MTQG" elsewhere: one letter is missing."""
    known = {(match[1].lower(), match[2]) for _, match in _matches(passages, ABBREVIATION)}
    for passage, match in _matches(passages, ABBREVIATION):
        for before, longer in sorted(known):
            if before == match[1].lower() and _lacks_one_letter(match[2], longer):
                yield _at(
                    passage,
                    "abbreviation",
                    match[0],
                    f"Chữ viết tắt “{match[2]}” chỉ thiếu một chữ so với “{longer}” ở chỗ khác.",
                    f"Kiểm tra lại; có thể là “{match[1]} {longer}”.",
                )


def _lacks_one_letter(short: str, full: str) -> bool:
    return len(full) == len(short) + 1 and any(full[:i] + full[i + 1 :] == short for i in range(len(full)))


LONG_DASH = re.compile(r"\S*\s*[–—]\s*\S*")


def long_dashes(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """The motto and names take the hyphen, not the longer dash (PL1-II.1b)."""
    for passage, match in _matches(passages, LONG_DASH):
        remedy = "Thay bằng dấu gạch nối (-)."
        if passage.kind == MOTTO:
            yield _at(passage, "dash", passage.text, "Tiêu ngữ dùng dấu gạch dài; phải là dấu gạch nối.", remedy)
        else:
            yield _at(passage, "dash", match[0], "Dấu gạch dài; văn bản hành chính dùng dấu gạch nối.", remedy)


ONE_SIDED = re.compile(r"\w+(?:-[ ]+|[ ]+-)(?=[^\W_])\w+")


def one_sided_hyphens(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "2021- 2025": a blank on one side only."""
    for passage, match in _matches(passages, ONE_SIDED):
        whole = re.sub(r"\s*-\s*", "-", match[0])
        yield _at(
            passage,
            "hyphen",
            match[0],
            "Dấu gạch nối chỉ có dấu cách ở một bên.",
            f"Viết “{whole}” hoặc “{whole.replace('-', ' - ')}”.",
        )


DOTS = re.compile(r"\S*\s*(?:…\.|\.…|\.{4,}|….;)\S?")
BLANK_BEFORE = re.compile(r"\S+ +[;,.:!?](?![\w.])\S?")
BLANKS = re.compile(r"\S+ {2,}\S+")


def stops(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Dots after an ellipsis, blanks before a sign, a text that breaks off with a comma."""
    for passage in passages:
        if passage.kind not in BODY:
            continue
        for match in DOTS.finditer(passage.text):
            yield _at(passage, "dots", match[0], "Dấu ba chấm kèm thêm dấu chấm.", "Chỉ giữ dấu ba chấm (…) hoặc bỏ.")
        for match in BLANK_BEFORE.finditer(passage.text):
            yield _at(passage, "blank", match[0], "Có dấu cách trước dấu câu.", "Bỏ dấu cách.")
        for match in BLANKS.finditer(passage.text):
            yield _at(passage, "blanks", match[0], "Có hai dấu cách liền nhau.", "Chỉ để một dấu cách.")
        if passage.text.rstrip().endswith(","):
            quote = " ".join(passage.text.split()[-3:])
            yield _at(passage, "comma", quote, "Câu kết thúc bằng dấu phẩy.", "Kết câu bằng dấu chấm (.) hoặc (;).")
        if "./." in passage.text:
            yield _at(passage, "end-mark", "./.", "Dấu kết thúc văn bản gõ bằng tay.", "Bỏ đi: máy tự ghi ở cuối.")


STRAIGHT = re.compile(r'"[^"]{1,60}"?')


def quotation_marks(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Curly and straight quotation marks in one notice."""
    if not any("“" in passage.text for passage in passages):
        return
    for passage, match in _matches(passages, STRAIGHT):
        remedy = "Dùng cùng một loại: “ và ”."
        yield _at(passage, "quotes", match[0][:40], "Dấu ngoặc kép thẳng, chỗ khác dùng ngoặc cong.", remedy)
        return


# Capitals

# Names of bodies capitalise the word of their kind (PL2-IV.1a).
SMALL_OFFICE = re.compile(r"(?<!Văn )(?<!văn )\bphòng (?=[A-ZĐÀ-Ỹ])\w+(?: \w+)?")
PEOPLE = re.compile(
    r"(?<!Ủy ban )(?<!ủy ban )(?<!Hội đồng )(?<!Tòa án )(?<!Quân đội )(?<!Công an )(?<!Viện kiểm sát )\bnhân dân\b"
)
CAPITAL_CLAUSE = re.compile(r"(?<=[\w,;] )(?:Khoản|Điểm) (?:\d+|[a-zđ])\b")
SMALL_ARTICLE = re.compile(r"\b(?:điều \d+ |chương [IVX]+\b|phần [IVX]+\b)")
CAPITAL_RURAL = re.compile(r"(?<=[a-zà-ỹ] )Nông thôn mới\b")


def capitals(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Offices, the people, clauses and articles (PL2-IV.1a, V.1, V.7)."""
    body = [passage for passage in passages if passage.kind in BODY]
    for passage, match in _matches(body, SMALL_OFFICE):
        remedy = "Viết hoa chữ “Phòng”."
        yield _at(passage, "office", match[0], "Tên cơ quan viết hoa chữ chỉ loại cơ quan (PL II, mục IV).", remedy)
    for passage, match in _matches(body, PEOPLE):
        yield _at(passage, "people", match[0], "Danh từ “Nhân dân” luôn viết hoa (PL II, mục V.1).", "Viết “Nhân dân”.")
    for passage, match in _matches(body, CAPITAL_CLAUSE):
        remedy = f"Viết “{match[0].lower()}”."
        yield _at(passage, "clause", match[0], "“khoản”, “điểm” không viết hoa khi viện dẫn (PL II, mục V.7).", remedy)
    for passage, match in _matches(body, SMALL_ARTICLE):
        remedy = f"Viết “{match[0].strip().capitalize()}”."
        yield _at(passage, "article", match[0], "Viện dẫn phải viết hoa “Điều”, “Chương”, “Phần”.", remedy)
    for passage, match in _matches(body, CAPITAL_RURAL):
        what = "“nông thôn mới” viết hoa giữa câu, chỗ khác viết thường."
        yield _at(passage, "capital", match[0], what, "Viết “nông thôn mới”.")


HONOUR = re.compile(r"^(?:Ông|Bà|Đồng chí|Đ/c|TS|ThS|GS|PGS|CN|KS)\b\.?", re.IGNORECASE)


def honours(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """No academic title or honour before the signer's name (PL1-II.7c)."""
    for passage in passages:
        if passage.kind == SIGNER and (match := HONOUR.match(passage.text)):
            what = "Trước họ tên người ký không ghi học vị, danh hiệu."
            yield _at(passage, "honour", match[0], what, "Chỉ ghi họ và tên.")


# Numbers, days, signs of documents

LONE_DIGIT = re.compile(r"(?:(?P<before>[^\W\d_]+)\s+)?(?<![\d.,/-])\b(?P<number>[1-9]) (?P<after>[a-zà-ỹđ]+)")
# After these a number is a name ("Thôn 8"), a rank or part of a day.
NAMED_BY_NUMBER = frozenset(
    re.findall(
        r"\w+",
        "thôn xóm bản làng khối tổ khu đội cụm tháng ngày năm quý tuần lớp cấp loại hạng nhóm bậc đợt kỳ khóa điều "
        "khoản điểm mục chương phần phụ lục biểu mẫu số thứ tầng trang dòng câu bài lần nghị quyết đường quốc lộ tỉnh "
        "tiêu chí dung trường vùng bước quyển tập",
    )
)


def numbers_without_zero(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """A quantity under 10 is written with its zero: "04 sân thể thao", not "4 sân thể thao"."""
    for passage, match in _matches((row for row in passages if row.kind in BODY), LONE_DIGIT):
        if (match["before"] or "").lower() in NAMED_BY_NUMBER or match["after"] == "tuổi":
            continue
        quote = f"{match['number']} {match['after']}"
        yield _at(passage, "zero", quote, "Số lượng dưới 10 chưa có số 0 ở trước.", f"Viết “0{quote}”.")


DAY = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
DAY_IN_WORDS = re.compile(r"\bngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4})")


def days(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Days under 10 and the months 1 and 2 take a zero, the other months none (PL1-II.4b); and the day exists."""
    for pattern, way in ((DAY, "{}/{}/{}"), (DAY_IN_WORDS, "ngày {} tháng {} năm {}")):
        for passage, match in _matches(passages, pattern):
            day, month, year = (int(part) for part in match.groups())
            try:
                date(year, month, day)
            except ValueError:
                yield _at(passage, "day", match[0], "Ngày này không có trong lịch.", "Kiểm tra lại ngày, tháng.")
                continue
            right = way.format(f"{day:02d}", f"{month:02d}" if month < 3 else month, year)
            if match[0] != right:
                what = "Ngày dưới 10 và tháng 1, 2 ghi thêm số 0; các tháng khác thì không (PL I, mục II.4)."
                yield _at(passage, "day", match[0], what, f"Viết “{right}”.")


SHORT_NUMBER = re.compile(r"\bsố ([1-9])/(?=[A-ZĐ])\S+")
SPACED_SIGN = re.compile(r"\b\d+(?: +/ *| */ +)[A-ZĐ][\w-]*|\b\d+/[A-ZĐa-zđ]{2,4}(?: +- *| *- +)[A-ZĐ]{2,}")


def signs_of_documents(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Numbers under 10 with a zero, no blanks in the sign (PL1-II.3c)."""
    for passage, match in _matches(passages, SHORT_NUMBER):
        right = match[0].replace("số ", "số 0", 1)
        yield _at(passage, "number", match[0], "Số văn bản dưới 10 phải ghi thêm số 0.", f"Viết “{right}”.")
    for passage, match in _matches(passages, SPACED_SIGN):
        right = re.sub(r"\s+", "", match[0])
        yield _at(passage, "sign-blank", match[0], "Số, ký hiệu không có dấu cách.", f"Viết “{right}”.")


DECIMAL_POINT = re.compile(r"\b\d+\.\d{1,2}\s*%")


def decimal_points(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """ "63.2%"."""
    for passage, match in _matches(passages, DECIMAL_POINT):
        remedy = f"Viết “{match[0].replace('.', ',')}”."
        yield _at(passage, "decimal", match[0], "Số thập phân dùng dấu phẩy.", remedy)


# What contradicts the data, or itself

SHARE = re.compile(
    r"\b(\d{1,2})\s*/\s*(\d{1,2})\s+(tiêu chí|nội dung|chỉ tiêu)(?:[^\d(]{0,40}\(đạt\s+([\d.,]+)\s*%\))?"
)
UNMET = re.compile(r"\bcòn (\d{1,2}) (tiêu chí|nội dung|chỉ tiêu) chưa đạt")


def figures(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Counts and shares against the data of the session's day, and each share against its own count."""
    for passage, match in _matches(passages, SHARE):
        met, total = int(match[1]), int(match[2])
        known, whole = _counted(facts, match[3])
        if known is not None and (met, total) != (known, whole):
            right = f"{known}/{whole} {match[3]}"
            what = f"Số liệu của ngày làm việc là {right}."
            yield _at(
                passage, "figures", f"{met}/{total} {match[3]}", what, "Sửa số hoặc ghi [[tiến độ]] để máy tự điền."
            )
        elif match[4] and total > 0 and f"{match[4]}%" != vn_percent(met, total):
            what = f"{met}/{total} là {vn_percent(met, total)}."
            yield _at(passage, "share", f"{match[4]}%", what, f"Viết “(đạt {vn_percent(met, total)})”.")
    for passage, match in _matches(passages, UNMET):
        known, whole = _counted(facts, match[2])
        if known is not None and int(match[1]) != whole - known:
            what = f"Số liệu của ngày làm việc: còn {whole - known:02d} {match[2]} chưa đạt."
            yield _at(passage, "figures", match[0], what, "Sửa số cho khớp hoặc cập nhật kết quả đánh giá.")


def _counted(facts: Facts, noun: str) -> tuple[int | None, int]:
    if noun == "tiêu chí":
        return facts.criteria_met, facts.criteria_total
    return facts.sub_items_met, facts.sub_items_total


def contradicting_counts(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Two counts of the same thing in one notice."""
    first: dict[str, str] = {}
    for passage, match in _matches(passages, SHARE):
        said = f"{match[1]}/{match[2]}"
        if first.setdefault(match[3], said) != said:
            what = f"Trong thông báo có hai số: {first[match[3]]} và {said} {match[3]}."
            yield _at(passage, "counts", f"{said} {match[3]}", what, "Chỉ giữ số đúng.")


PLANNED = re.compile(
    r"\b(quy hoạch|kế hoạch|đề án|Bộ tiêu chí)\b[^.;:]{0,80}?giai đoạn(?: từ)?(?: năm)? (20\d\d)\s*[-–—]\s*(20\d\d)",
    re.IGNORECASE,
)


def contradicting_periods(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """A plan of 2021-2025 here and of 2021-2030 there; a set of criteria of other years than the data know."""
    seen: dict[str, list[tuple[Passage, tuple[int, int], str]]] = defaultdict(list)
    for passage, match in _matches(passages, PLANNED):
        seen[match[1].lower()].append((passage, (int(match[2]), int(match[3])), match[0]))
    for rows in seen.values():
        counts = Counter(years for _, years, _ in rows)
        for passage, years, quote in rows:
            for other, count in counts.items():
                if (
                    other[0] == years[0]
                    and other[1] != years[1]
                    and count >= counts[years]
                    and _is_odd(years, other, counts)
                ):
                    what = f"Chỗ khác ghi giai đoạn {other[0]}-{other[1]} cho cùng một loại kế hoạch."
                    yield _at(passage, "period", quote, what, "Kiểm tra lại giai đoạn; chỉ giữ một.")
    for passage, years, quote in seen.get("bộ tiêu chí", []):
        if facts.set_period and years != facts.set_period:
            right = "-".join(str(year) for year in facts.set_period)
            yield _at(passage, "set-period", quote, f"Bộ tiêu chí đang áp dụng là giai đoạn {right}.", "Sửa giai đoạn.")


def _is_odd(years: tuple[int, int], other: tuple[int, int], counts: Counter[tuple[int, int]]) -> bool:
    """Whether `years` is the one to look at: the rarer, of equals the longer period."""
    return counts[other] > counts[years] or years[1] > other[1]


# What is missing


def filing(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """The last recipient is "Lưu: VT" (PL1-II.9d)."""
    lines = [passage for passage in passages if passage.kind == RECIPIENT]
    where = lines[-1] if lines else Passage("recipients", "Nơi nhận", RECIPIENT, "")
    filed = [place for place, passage in enumerate(lines) if re.match(r"Lưu\s*:\s*VT\b", passage.text)]
    if not filed:
        what = "Nơi nhận chưa có “Lưu: VT”."
        yield _at(where, "filing", "", what, "Thêm dòng cuối “Lưu: VT”.")
    elif filed[-1] != len(lines) - 1:
        yield _at(lines[filed[-1]], "filing", "", "“Lưu: VT” phải là dòng cuối.", "Chuyển xuống cuối nơi nhận.")


def replies(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    for passage in passages:
        if passage.lacks_reply:
            yield _at(
                passage, "reply", "", "Kiến nghị chưa có trả lời.", "Ghi trả lời, hoặc chuyển sang thông báo sau."
            )


def assignments(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Conclusions of the section of tasks, and replies, from which nothing would come."""
    for passage in passages:
        if not passage.is_work or passage.kind not in WORK or passage.has_task:
            continue
        remedy = "Bấm “Giao việc” để chọn đơn vị và hạn, hoặc đánh dấu “không phát sinh nhiệm vụ”."
        if passage.is_addressed:
            said = "Trả lời này" if passage.kind == "reply" else "Kết luận này"
            yield _at(passage, "no-task", "", f"{said} chưa thành nhiệm vụ để theo dõi.", remedy)
        else:
            yield _at(passage, "no-unit", "", "Nhiệm vụ chưa ghi đơn vị thực hiện.", remedy)


def blanks(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """Texts that still have to be written, sections without points, marks that stand for nothing."""
    for passage in passages:
        if passage.text.strip() in ("", "…") or "…/" in passage.text or "đồng chí …" in passage.text:
            yield _at(passage, "empty", "", "Chỗ này còn để trống.", "Ghi nội dung hoặc xóa đi.")
        elif "[[" in passage.text:
            yield _at(passage, "token", "", "Mã trong hai ngoặc vuông không có nghĩa.", "Xem lại cách ghi mã.")
    for anchor, place in facts.empty_sections:
        yield Finding("empty-section", anchor, place, "", "Mục chưa có nội dung.", "Thêm điểm hoặc xóa mục.")


def other_communes(passages: Sequence[Passage], facts: Facts) -> Iterator[Finding]:
    """A text taken from the notice of another commune still names it."""
    for passage in passages:
        for name in facts.other_communes:
            if re.search(rf"\b{re.escape(name)}\b", passage.text, re.IGNORECASE):
                what = f"Nhắc đến {name}, không phải xã của thông báo này."
                yield _at(passage, "commune", name, what, "Kiểm tra lại tên xã.")


RULES: tuple[Rule, ...] = (
    doubled_words,
    spellings_of_signs,
    spellings_of_names,
    spellings_of_periods,
    clipped_abbreviations,
    long_dashes,
    one_sided_hyphens,
    stops,
    quotation_marks,
    capitals,
    honours,
    numbers_without_zero,
    days,
    signs_of_documents,
    decimal_points,
    figures,
    contradicting_counts,
    contradicting_periods,
    filing,
    replies,
    assignments,
    blanks,
    other_communes,
)
