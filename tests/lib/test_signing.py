"""Digital signatures: made by us, verified wherever they were made, refused with a sentence when they are not good."""

import asyncio
import logging
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from ntm_tracker.lib.pdf import render_pdf
from ntm_tracker.lib.signing import Outcome, Problem, Verdict
from ntm_tracker.lib.signing.sign import Pictures, WrongPassphrase, open_key, sign_pdf, signer_place
from ntm_tracker.lib.signing.stamps import MM, Place, stamp_for
from ntm_tracker.lib.signing.trust import trust_from
from ntm_tracker.lib.signing.verdicts import SENTENCES, NotValid, SignatureFacts
from ntm_tracker.lib.signing.verify import verify_pdf
from ntm_tracker.lib.uploads import Refused
from tests.lib import attacks
from tests.lib.attacks import ATTACKS, appended, flipped, signed_notice
from tests.lib.chain import NOW, PASSPHRASE, YEAR, chain, ec_key, rsa_key, strangers, usage
from tests.lib.documents import notice
from tests.lib.files import make_image, make_pdf
from tests.lib.test_pdf import PAYLOADS, strange, watched


@pytest.fixture(autouse=True)
def quiet():
    """What pyHanko says about broken files stays out of the report, as the settings keep it out of the log."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return trust_from(chain().trust_folder(tmp_path_factory.mktemp("trust") / "all"))


@pytest.fixture(scope="module")
def issued() -> bytes:
    return signed_notice().issued


def signed_by(person, content: bytes, **options) -> bytes:
    return sign_pdf(content, open_key(person.pkcs12, PASSPHRASE), at=NOW, **options)


def signed_elsewhere(person, content: bytes, *, digest: str = "sha256", **spec) -> bytes:
    """As a token's program signs: RSA PKCS#1 v1.5, with no rule of ours."""
    held = SimpleSigner.load_pkcs12_data(person.pkcs12, other_certs=(), passphrase=PASSPHRASE.encode())
    meta = PdfSignatureMetadata(
        field_name="Token", md_algorithm=digest, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    signer = PdfSigner(meta, signer=held, new_field_spec=SigFieldSpec("Token", **spec) if spec else None)
    return asyncio.run(signer.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(content)))).getvalue()


# What we sign (P5)


def test_a_signature_leaves_the_issued_bytes_as_they_are_and_is_valid(issued, trust):
    signed = signed_notice().content
    found = verify_pdf(signed, trust=trust, at=NOW, issued=issued)

    assert signed.startswith(issued)
    assert (found.outcome, found.problem, found.of_notice) == (Outcome.VALID, None, True)
    assert found.sentence.startswith("Chữ ký số hợp lệ: Hoàng Đình Sơn ký")
    (facts,) = found.signatures
    assert (facts.signer, facts.organisation) == ("Hoàng Đình Sơn", "Ủy ban nhân dân huyện Anh Sơn")
    assert facts.issuer == "Gốc thử nghiệm - cơ quan cấp"
    assert facts.signed_at == NOW
    assert (facts.valid_from, facts.valid_to) == (NOW - YEAR, NOW + 2 * YEAR)
    assert facts.algorithm == "RSASSA-PSS, SHA-256, khóa RSA 2048 bit"
    assert len(facts.certificates) == 3
    assert [answer["kind"] for answer in facts.revocation] == ["CRL", "CRL"]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa_key(), "RSASSA-PSS, SHA-256, khóa RSA 2048 bit"), (ec_key("signer"), "ECDSA, SHA-256, khóa ECDSA P-256")],
    ids=["rsa", "ec"],
)
def test_pyhanko_and_poppler_accept_what_we_sign(issued, trust, tmp_path, key, algorithm):
    signed = signed_by(chain().person(key=key), issued)
    status = validate_pdf_signature(
        PdfFileReader(BytesIO(signed)).embedded_signatures[0],
        ValidationContext(trust_roots=list(trust.roots), moment=NOW),
    )
    (tmp_path / "a.pdf").write_bytes(signed)
    poppler = subprocess.run(["pdfsig", tmp_path / "a.pdf"], capture_output=True, text=True, check=False).stdout

    assert status.intact
    assert status.valid
    assert "Signature is Valid." in poppler
    assert "Total document signed" in poppler
    assert "ETSI.CAdES.detached" in poppler
    assert "SHA-256" in poppler
    assert verify_pdf(signed, trust=trust, at=NOW).signatures[0].algorithm == algorithm


def test_person_and_office_sign_one_after_the_other(issued, trust):
    both = signed_by(chain().person("UBND huyện Anh Sơn"), signed_notice().content)
    found = verify_pdf(both, trust=trust, at=NOW, issued=issued)
    assert found.outcome == Outcome.VALID
    assert found.signer == "Hoàng Đình Sơn; UBND huyện Anh Sơn"


def test_what_comes_between_two_signatures_is_refused(issued, trust):
    changed = attacks.overlaid(signed_notice().content, 1)
    found = verify_pdf(signed_by(chain().person("UBND huyện"), changed), trust=trust, at=NOW)
    assert (found.outcome, found.problem) == (Outcome.INVALID, Problem.CONTENT_ADDED)


def test_the_worst_of_two_signatures_counts(issued, trust):
    both = signed_by(strangers().person("Người lạ"), signed_notice().content)
    assert verify_pdf(both, trust=trust, at=NOW, issued=issued).outcome == Outcome.UNTRUSTED


def test_a_wrong_passphrase_opens_nothing_and_stays_out_of_the_error():
    with pytest.raises(WrongPassphrase) as refused:
        open_key(chain().person().pkcs12, "mật khẩu sai")
    assert "mật khẩu" not in str(refused.value)
    with pytest.raises(WrongPassphrase):
        open_key(b"no key at all", PASSPHRASE)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"end": NOW - timedelta(days=1)}, Problem.EXPIRED),
        ({"start": NOW + timedelta(days=1)}, Problem.NOT_YET_VALID),
        ({"key": rsa_key(1024)}, Problem.WEAK_KEY),
        ({"usage": usage("key_encipherment")}, Problem.WRONG_USAGE),
    ],
)
def test_a_key_that_may_not_sign_does_not(issued, changes, problem):
    with pytest.raises(NotValid) as refused:
        signed_by(chain().person(**changes), issued)
    assert refused.value.problem == problem


# How it is seen


def test_the_place_is_that_of_the_signers_name(issued):
    place = signer_place(issued)
    assert place.page == 0
    assert place.left == pytest.approx(110 * MM, abs=0.1)
    assert signer_place(make_pdf()) is None


def test_the_seal_covers_a_third_of_the_signature_on_its_left():
    place = Place(0, 110 * MM, 200)
    signature = stamp_for(place, SignatureFacts("A"), make_image("PNG", (600, 200), "RGBA"), None)
    both = stamp_for(place, SignatureFacts("A"), make_image("PNG", (600, 200), "RGBA"), make_image("PNG", (90, 90)))
    left, bottom, right, top = signature.box

    assert (left + right) / 2 == pytest.approx(place.left + 40 * MM)  # in the middle of the column
    assert (bottom + top) / 2 == pytest.approx(place.top + 13 * MM)  # between post and name
    assert both.box[0] == pytest.approx(left + (right - left) / 3 - 36 * MM)
    assert both.box[2] == pytest.approx(right)


def test_a_seal_whose_file_states_its_size_is_printed_in_it():
    place = Place(0, 0, 0)
    seal = make_image("PNG", (600, 600), dpi=(600, 600))
    left, _, right, _ = stamp_for(place, SignatureFacts("A"), None, seal).box
    assert right - left == pytest.approx(72, abs=0.1)


def test_a_picture_that_is_no_png_is_refused(issued):
    with pytest.raises(Refused, match="PNG"):
        signed_by(chain().person(), issued, pictures=Pictures(make_image("JPEG"), None))


def test_without_pictures_the_signature_says_who_and_when(issued, tmp_path):
    (tmp_path / "a.pdf").write_bytes(signed_notice().content)
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "Ký bởi: Hoàng Đình Sơn" in text
    assert "Thời gian ký: 12/4/2023 16:30:00 +07:00" in text


def test_two_hundred_payloads_in_names_open_nothing():
    """P3, for the picture of a signature: names come from certificates that anybody may have made."""
    with watched() as seen:
        for start in range(0, len(PAYLOADS), 20):
            names = PAYLOADS[start : start + 20]
            stamp_for(Place(0, 0, 0), SignatureFacts(" ".join(names), organisation=names[0]), None, None)
    assert strange(seen) == []


# What others signed


@pytest.mark.parametrize("placed", [{}, {"on_page": 0, "box": (300, 100, 450, 160)}])
def test_a_token_that_signs_with_pkcs1_is_verified_and_named(issued, trust, placed):
    found = verify_pdf(signed_elsewhere(chain().person(), issued, **placed), trust=trust, at=NOW, issued=issued)
    assert found.outcome == Outcome.VALID
    assert found.signatures[0].algorithm == "RSA PKCS#1 v1.5, SHA-256, khóa RSA 2048 bit"


def test_a_signed_copy_of_another_notice_is_refused(trust):
    other = signed_notice(6)
    found = verify_pdf(other.content, trust=trust, at=NOW, issued=signed_notice().issued)
    assert (found.outcome, found.problem) == (Outcome.INVALID, Problem.OTHER_NOTICE)


def test_issued_bytes_in_front_of_another_document_are_no_signed_copy(issued, trust):
    """The prefix alone proves nothing: the file must go on from the issued revision."""
    start = 500
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Resources<<>>>>" % (start + 1)
    tree = b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (start + 2)
    another = {start: b"<</Type/Catalog/Pages %d 0 R>>" % (start + 1), start + 1: tree, start + 2: page}
    hidden = appended(issued, another, knows_before=False)
    found = verify_pdf(signed_elsewhere(chain().person(), hidden), trust=trust, at=NOW, issued=issued)
    assert (found.outcome, found.problem) == (Outcome.INVALID, Problem.OTHER_NOTICE)


@pytest.mark.parametrize("name", ["page_overlay", "annotation", "form_value", "page_tree"])
def test_a_change_that_a_trusted_signer_covers_is_still_no_copy_of_the_notice(issued, trust, name):
    """The signature is good; the notice is not the one that was issued."""
    first = attacks.Signed(issued, signed_by(chain().person(), issued) if name == "form_value" else issued)
    changed = ATTACKS[name](first, 0)
    signed = signed_by(chain().person("UBND huyện"), changed)
    found = verify_pdf(signed, trust=trust, at=NOW, issued=issued)
    assert (found.outcome, found.problem) == (Outcome.INVALID, Problem.CONTENT_ADDED)


def test_a_picture_of_a_signature_may_not_lie_over_the_text(issued, trust):
    signed = signed_elsewhere(chain().person(), issued, on_page=0, box=(50, 100, 550, 700))
    found = verify_pdf(signed, trust=trust, at=NOW, issued=issued)
    assert (found.outcome, found.problem) == (Outcome.INVALID, Problem.COVERED)


# Bad certificates, each kind


def judged(tmp_path, person, *files, known=True, signed=None, folder=None):
    issued = signed_notice().issued
    content = signed or signed_elsewhere(person, issued)
    trusted = trust_from(chain().trust_folder(folder or tmp_path / "trust", *files, known=known))
    return verify_pdf(content, trust=trusted, at=NOW, issued=issued)


def test_each_bad_certificate_has_its_own_sentence(tmp_path):
    person = chain().person()
    crl = chain().office.crl(revoked=[person.certificate])
    answer = chain().office.ocsp(person.certificate, revoked=True)
    signed = signed_elsewhere(person, signed_notice().issued)
    unknown = strangers().person()
    found = {
        "expired": judged(tmp_path, chain().person(end=NOW - timedelta(days=3))),
        "not_yet_valid": judged(tmp_path, chain().person(start=NOW + timedelta(days=3))),
        "revoked_crl": judged(tmp_path, person, ("co-quan.crl", crl), folder=tmp_path / "crl", signed=signed),
        "revoked_ocsp": judged(tmp_path, person, ("tra-loi.ocsp", answer), folder=tmp_path / "ocsp", signed=signed),
        "wrong_usage": judged(tmp_path, chain().person(usage=usage("key_agreement"))),
        "unknown_root": judged(tmp_path, unknown),
        "weak_hash": judged(tmp_path, person, signed=signed_elsewhere(person, signed_notice().issued, digest="sha1")),
        "weak_key": judged(tmp_path, chain().person(key=rsa_key(1024))),
    }
    assert {name: verdict.problem for name, verdict in found.items()} == {name: Problem(name) for name in found}
    assert not [name for name, verdict in found.items() if verdict.outcome == Outcome.VALID]
    assert [name for name, verdict in found.items() if verdict.may_be_kept] == ["unknown_root"]
    assert found["unknown_root"].outcome == Outcome.UNTRUSTED
    assert len({verdict.sentence for verdict in found.values()}) == 8
    assert "đã hết hạn ngày 09/4/2023" in found["expired"].sentence
    assert "từ ngày 10/4/2023, theo danh sách thu hồi (CRL)" in found["revoked_crl"].sentence
    assert "OCSP" in found["revoked_ocsp"].sentence
    assert "SHA-1" in found["weak_hash"].sentence
    assert "RSA 1024 bit" in found["weak_key"].sentence
    assert "Gốc lạ" in found["unknown_root"].sentence


def test_a_server_certificate_and_that_of_an_issuer_sign_no_document(tmp_path):
    server = judged(tmp_path, chain().person(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]))
    assert server.problem == Problem.WRONG_USAGE


def test_without_answers_about_revocation_it_is_a_warning_and_never_valid(tmp_path):
    found = judged(tmp_path, chain().person(), known=False)
    assert (found.outcome, found.problem) == (Outcome.UNCHECKED, Problem.REVOCATION_UNKNOWN)
    assert found.may_be_kept
    assert "chưa có thông tin để biết chứng thư có bị thu hồi hay không" in found.sentence


def test_an_answer_that_is_out_of_date_is_none(tmp_path):
    old = chain().office.crl(at=NOW - timedelta(days=60))
    assert judged(tmp_path, chain().person(), ("co-quan.crl", old)).outcome == Outcome.UNCHECKED


def test_a_revoked_signer_is_found_though_nothing_is_known_of_the_issuer(tmp_path):
    person = chain().person()
    crl = chain().office.crl(revoked=[person.certificate])
    assert judged(tmp_path, person, ("a.crl", crl), known=False).problem == Problem.REVOKED_CRL


@pytest.mark.parametrize("revoked_by", ["list", "answer"])
def test_a_bad_answer_counts_beside_a_good_one(tmp_path, revoked_by):
    person = chain().person()
    crl = chain().office.crl(revoked=[person.certificate] if revoked_by == "list" else [])
    answer = chain().office.ocsp(person.certificate, revoked=revoked_by == "answer")
    found = judged(tmp_path, person, ("co-quan.crl", crl), ("a.ocsp", answer))
    assert found.problem == (Problem.REVOKED_CRL if revoked_by == "list" else Problem.REVOKED_OCSP)


def test_an_answer_that_all_is_well_makes_it_valid(tmp_path):
    person = chain().person()
    files = [("a.ocsp", chain().office.ocsp(person.certificate)), ("goc.crl", chain().root.crl())]
    assert judged(tmp_path, person, *files, known=False).outcome == Outcome.VALID


def test_a_list_of_revoked_ones_that_somebody_else_signed_is_not_believed(tmp_path):
    person = chain().person()
    liar = replace(chain().office, key=ec.generate_private_key(ec.SECP256R1()))
    forged = liar.crl(revoked=[person.certificate])
    assert judged(tmp_path, person, ("a.crl", forged), known=False).outcome == Outcome.UNCHECKED


def test_a_certificate_that_only_claims_to_come_from_a_trusted_office_is_refused(tmp_path):
    forged = chain().person(signed_by=ec.generate_private_key(ec.SECP256R1()))
    assert judged(tmp_path, forged).problem == Problem.CHAIN


def test_answers_inside_the_file_count(tmp_path):
    person = chain().person()
    writer = attacks.writer_of(signed_notice().issued)
    streams = attacks.ArrayObject(
        [writer.add_object(attacks.StreamObject(stream_data=one)) for one in (chain().office.crl(), chain().root.crl())]
    )
    writer.root["/DSS"] = attacks.DictionaryObject({attacks.pdf_name("/CRLs"): streams})
    writer.update_root()
    signed = signed_elsewhere(person, attacks.written(writer))
    assert judged(tmp_path, person, signed=signed, known=False).outcome == Outcome.VALID


def test_without_a_folder_nobody_is_trusted(tmp_path):
    found = verify_pdf(signed_notice().content, trust=trust_from(tmp_path / "nowhere"), at=NOW)
    assert found.outcome == Outcome.UNTRUSTED


def test_a_file_in_the_folder_that_cannot_be_read_is_named_and_passed_over(tmp_path, caplog):
    folder = chain().trust_folder(tmp_path, ("hong.crt", b"no certificate"))
    assert len(trust_from(folder).roots) == 1
    assert "hong.crt" in caplog.text


def test_no_check_opens_a_connection(trust, issued):
    with watched() as seen:
        verify_pdf(signed_notice().content, trust=trust, at=NOW, issued=issued)
        verify_pdf(signed_elsewhere(strangers().person(), issued), trust=trust, at=NOW, issued=issued)
    assert [event for event, _ in seen if event != "open"] == []


# Changed copies (P1; all of them in the drill)


def test_of_some_hundred_changed_copies_none_is_shown_as_valid(trust):
    signed = signed_notice()
    found = Counter(
        verify_pdf(copy, trust=trust, at=NOW, issued=signed.issued if place % 2 else None).outcome
        for place, copy in flipped(signed, 300)
    )
    assert found == {Outcome.INVALID: 300}


@pytest.mark.parametrize("compared", [True, False], ids=["with the notice", "alone"])
@pytest.mark.parametrize("name", ATTACKS)
def test_no_known_attack_is_shown_as_valid(trust, name, compared):
    signed = signed_notice()
    for variant in range(2):
        copy = ATTACKS[name](signed, variant)
        found = verify_pdf(copy, trust=trust, at=NOW, issued=signed.issued if compared else None)
        allowed = {Outcome.INVALID} | ({Outcome.UNTRUSTED} if name == "other_root" else set())
        assert found.outcome in allowed
        assert found.sentence


def test_what_pyhanko_calls_its_bottom_line_passes_some_of_them(trust):
    """The control: our check refuses more than the library's own sum."""
    signed = signed_notice()
    passed = set()
    for name, attack in ATTACKS.items():
        try:
            embedded = PdfFileReader(BytesIO(attack(signed, 0))).embedded_signatures[0]
            context = ValidationContext(trust_roots=list(trust.roots), moment=NOW)
            passed |= {name} if validate_pdf_signature(embedded, context).bottom_line else set()
        except Exception:  # noqa: BLE001, S112  a control may fail in any way
            continue
    assert len(passed) >= 2
    assert {"trailing_bytes", "info"} <= passed


def test_bytes_hidden_behind_the_signature_itself_are_refused(trust):
    signed = signed_notice()
    first, second = signed.gap
    copy = signed.content[: second - 9] + b"DEADBEEF" + signed.content[second - 1 :]
    assert verify_pdf(copy, trust=trust, at=NOW).problem == Problem.NOT_WHOLE
    assert copy[first] == signed.content[first]


# Bad input


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Tệp rỗng"),
        (b"Xin chao", "Không nhận ra loại tệp"),
        (make_image(), "Nội dung của tệp là ảnh JPG; ở đây chỉ nhận pdf"),
        (make_pdf(), "không phải bản ký của thông báo này"),
        (make_pdf(trailer=b"/Encrypt 9 0 R"), "có mật khẩu hoặc bị khóa"),
        (make_pdf()[:-30], "bị hỏng hoặc chưa tải hết"),
        (b"%PDF-1.7\n" + b"x" * (11 * 1024 * 1024), "lớn quá 10 MB"),
    ],
    ids=["empty", "text", "picture", "foreign", "encrypted", "cut", "large"],
)
def test_what_is_no_signed_copy_gets_a_clear_sentence(issued, trust, content, sentence):
    found = verify_pdf(content, trust=trust, at=NOW, issued=issued)
    assert found.outcome == Outcome.INVALID
    assert sentence in found.sentence


def test_the_issued_pdf_without_a_signature_is_told_to_be_unsigned(issued, trust):
    assert verify_pdf(issued, trust=trust, at=NOW, issued=issued).problem == Problem.UNSIGNED


def test_a_file_with_very_many_revisions_is_not_looked_through(trust, issued):
    content = signed_notice().content
    for number in range(14):
        content = appended(content, {900: b"<</N %d>>" % number})
    assert verify_pdf(content, trust=trust, at=NOW, issued=issued).problem == Problem.TOO_MUCH


@pytest.mark.parametrize("kind", ["table", "stream", "hidden", "elsewhere"])
def test_a_list_of_very_many_objects_is_not_read(trust, issued, kind):
    """Each would cost seconds, and anybody may send a file to the open page."""
    lists = {
        "table": b"xref\n1000 30000\n" + b"0000000100 00000 n \n" * 30_000,
        "stream": b"9 0 obj\n<</Type/XRef/W[1 0 0]/Size 9/Index[0 30000]/Length 0>>\nstream\n\nendstream\nendobj\n",
        "hidden": b"9 0 obj\n<</Type/XRef/W[1 0 0]/Siz#65 30000/Length 0>>\nstream\n\nendstream\nendobj\n",
        "elsewhere": b"9 0 obj\n<</Type/XRef/W[1 0 0]/Size 9/Index 8 0 R/Length 0>>\nstream\n\nendstream\nendobj\n",
    }
    content = issued + lists[kind] + b"startxref\n%d\n%%%%EOF\n" % len(issued)
    found = verify_pdf(content, trust=trust, at=NOW, issued=issued)
    assert found.problem == (Problem.DAMAGED if kind == "elsewhere" else Problem.TOO_MUCH)


# The verdict as it is kept


def test_a_verdict_comes_back_from_json_as_it_was(trust):
    import json

    found = verify_pdf(signed_notice().content, trust=trust, at=NOW)
    assert Verdict.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_every_problem_has_a_sentence_of_its_own():
    assert set(SENTENCES) == set(Problem)
    assert len(set(SENTENCES.values())) == len(Problem)


def test_the_same_notice_is_signed_from_the_same_bytes():
    """P4: before it is signed, the notice with its code is the same, byte by byte."""
    fields = {"check_code": "7K3MA9QRTB2X", "check_site": "https://ntm.example.vn/verify/"}
    assert render_pdf(notice(**fields)) == render_pdf(notice(**fields)) == signed_notice().issued
