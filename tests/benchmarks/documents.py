"""Official documents: our PDF beside WeasyPrint alone and beside LibreOffice, signed beside pyHanko alone.

Run as a program it makes one PDF, so that the memory of that can be measured.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from io import BytesIO
from itertools import count
from pathlib import Path

from ntm_tracker.lib.official import Letterhead, OfficialDocument, Signature, paragraphs, points, section
from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.word import render_docx
from tests.benchmarks.harness import Bench, returned

SENTENCE = (
    "Ủy ban nhân dân xã đã kịp thời kiện toàn Ban chỉ đạo, Ban quản lý xây dựng nông thôn mới; tuyên truyền, vận động "
    "nhân dân chung sức thực hiện các tiêu chí, nhất là đường giao thông nông thôn, thu nhập và môi trường."
)
# How many points fill so many pages, found by trying.
POINTS = {1: 3, 3: 26}


def notice(pages: int) -> OfficialDocument:
    """Return a conclusion notice that fills `pages` pages."""
    return OfficialDocument(
        subject="Kết luận tại buổi làm việc với xã Cao Sơn về xây dựng nông thôn mới",
        letterhead=Letterhead(issuer=("Ủy ban nhân dân", "huyện Anh Sơn"), place="Anh Sơn"),
        signature=Signature(("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), "Hoàng Đình Sơn"),
        month=date(2023, 4, 1),
        body=(
            *paragraphs(SENTENCE),
            *section("Một số kết quả nổi bật", points([SENTENCE] * POINTS[pages])),
            *paragraphs("Thông báo để các đơn vị biết và thực hiện."),
        ),
        recipients=("Thường trực Huyện ủy (b/c)", "Các phòng, đơn vị liên quan", "Lưu: VT"),
    )


def check_pages(pages: int) -> None:
    """Stop when the layout has changed so much that the notice fills another number of pages."""
    from pypdf import PdfReader

    found = len(PdfReader(BytesIO(render_pdf(notice(pages)))).pages)
    if found != pages:
        sys.exit(f"The notice for the benchmark has {found} pages instead of {pages}: adjust POINTS.")


def weasyprint_alone(document: OfficialDocument) -> Callable[[], bytes]:
    """Return a call of WeasyPrint with the same HTML, styles, fonts and kind of PDF, and nothing around it."""
    from django.template.loader import render_to_string
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from ntm_tracker.lib import pdf, typeface

    text = typeface.printable(render_to_string(pdf.TEMPLATE, {"document": document}))
    styles = [pdf._font_faces(), pdf._stylesheet()]
    identifier = hashlib.sha256(text.encode()).digest()[:16]

    def render() -> bytes:
        fonts = FontConfiguration()
        return HTML(string=text).write_pdf(
            stylesheets=[CSS(string=css, font_config=fonts) for css in styles],
            font_config=fonts,
            presentational_hints=True,
            pdf_variant=pdf.VARIANT,
            pdf_identifier=identifier,
        )

    return render


def libreoffice(document: OfficialDocument, folder: Path) -> list[str]:
    """Return the command that turns the Word file of `document` into PDF, in a profile of its own."""
    program = shutil.which("soffice")
    if not program:
        sys.exit("LibreOffice is missing: apt-get install libreoffice-writer")
    folder.mkdir()
    source = folder / "notice.docx"
    source.write_bytes(render_docx(document))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    return [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(source)]


def run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=True)


# A small process between us and the command: the system counts what the parent held at the start to the child.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], capture_output=True, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def memory(command: list[str]) -> float:
    """Run `command`; return the largest resident memory of it or one of its children, in MiB."""
    measured = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True)
    return int(measured.stdout) / 1024


def signing(document: OfficialDocument) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return our rendering, signing and storing of a notice, and WeasyPrint with pyHanko for the same, bare."""
    from communes.models import User
    from ntm_tracker.lib import clock
    from ntm_tracker.lib.signing.sign import Pictures, open_key, sign_pdf
    from tasks.enums import NoticeFileKind
    from tasks.models import Notice
    from tasks.services import store_notice_file
    from tests.lib.chain import NOW, PASSPHRASE, chain, rsa_key
    from tests.lib.files import make_image

    key = open_key(chain().person(key=rsa_key(3072)).pkcs12, PASSPHRASE)
    pictures = Pictures(make_image("PNG", (460, 200), "RGBA"), make_image("PNG", (360, 360), "RGBA"))
    officer, notice = User.objects.get(username="huyen"), Notice.objects.exclude(frozen=None).first()
    alone, numbers = weasyprint_alone(document), count()

    def ours() -> None:
        content = sign_pdf(render_pdf(document), key, at=NOW, pictures=pictures, reason=f"Lần {next(numbers)}")
        kind = NoticeFileKind.SIGNED_PDF
        store_notice_file(
            notice=notice, kind=kind, content=content, by=officer, at=clock.now(), addition=" - ký số", is_current=False
        )

    return ours, lambda: pyhanko_alone(alone(), key.signer)


def pyhanko_alone(pdf: bytes, signer: object) -> bytes:
    """Sign as pyHanko's guide does it in the fewest lines, without a picture."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

    meta = PdfSignatureMetadata(field_name="Alone", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    return sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer=signer).getvalue()


def verifying(document: OfficialDocument, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return our check of a signed notice against the issued one, and pyHanko's own check with the same roots."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    from ntm_tracker.lib.signing.sign import open_key, sign_pdf
    from ntm_tracker.lib.signing.trust import trust_from
    from ntm_tracker.lib.signing.verify import verify_pdf
    from tests.lib.chain import NOW, PASSPHRASE, chain, rsa_key

    issued = render_pdf(document)
    signed = sign_pdf(issued, open_key(chain().person(key=rsa_key(3072)).pkcs12, PASSPHRASE), at=NOW)
    roots = chain().trust_folder(folder / "trust")

    def ours() -> None:
        found = verify_pdf(signed, trust=trust_from(roots), at=NOW, issued=issued)
        if found.problem:
            sys.exit(f"The signed notice of the benchmark is not valid: {found.sentence}")

    def alone() -> object:
        trust = trust_from(roots)
        context = ValidationContext(trust_roots=list(trust.roots), crls=list(trust.crls), moment=NOW)
        return validate_pdf_signature(PdfFileReader(BytesIO(signed)).embedded_signatures[0], context)

    return ours, alone


def benches(folder: Path) -> list[Bench]:
    """Return R8 to R11; files go into `folder`."""
    for pages in POINTS:
        check_pages(pages)
    one, three = notice(1), notice(3)
    office_one, office_three = libreoffice(one, folder / "one"), libreoffice(three, folder / "three")
    ours_one, ours_three = partial(render_pdf, one), partial(render_pdf, three)
    our_process = [sys.executable, "-m", "tests.benchmarks.documents"]
    signed, signed_alone = signing(three)
    verified, verified_alone = verifying(three, folder)
    beside_office = partial(Bench, "R10", repeats=15)
    return [
        Bench("R8", "PDF 3 trang / chỉ WeasyPrint, cùng HTML", ours_three, weasyprint_alone(three), 1.15, repeats=25),
        Bench("R9", "dựng, ký, lưu PDF 3 trang / chỉ WeasyPrint + pyHanko", signed, signed_alone, 1.10, repeats=25),
        Bench("R11", "kiểm tra bản ký số / chỉ pyHanko", verified, verified_alone, 3.0, repeats=51),
        beside_office("PDF 1 trang / LibreOffice", ours_one, partial(run, office_one), 0.25),
        beside_office("PDF 3 trang / LibreOffice", ours_three, partial(run, office_three), 0.7),
        Bench(
            "R10",
            "bộ nhớ, PDF 3 trang / LibreOffice",
            partial(memory, our_process),
            partial(memory, office_three),
            target=0.5,
            repeats=3,
            figure=returned,
            unit="MiB",
        ),
    ]


if __name__ == "__main__":
    import django

    django.setup()
    render_pdf(notice(3))
