"""Is a signed PDF ours, whole and unchanged, and who signed it?

Nothing less than a signature over the entire file is accepted, and what is signed must begin with the very bytes
that were issued: a token's program appends its signature to our frozen PDF. What pyHanko calls the bottom line is
not enough: it passes bytes that were appended after the signature.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import MultivaluedAttributeError, NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import EmbeddedPdfSignature, generic_cms
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.status import SignatureCoverageLevel

from ntm_tracker.lib.figures import vn_decimal
from ntm_tracker.lib.signing.additions import check_only_signed, field_kinds
from ntm_tracker.lib.signing.certificates import WEAK_HASHES, Evidence, hash_name, judged, key_name, name_of
from ntm_tracker.lib.signing.trust import Trust
from ntm_tracker.lib.signing.verdicts import (
    VALID_SENTENCE,
    NotValid,
    Outcome,
    Problem,
    SignatureFacts,
    Verdict,
    refuse,
    sentence_of,
    worst,
)
from ntm_tracker.lib.uploads import LIMITS, Refused, inspect
from ntm_tracker.lib.uploads.pdf import named

# A notice is signed by a person and by the office; more revisions than these only cost time to look through.
MOST_REVISIONS = 12
MOST_SIGNATURES = 6
MOST_OBJECTS = 20_000
SCHEMES = {
    "rsassa_pkcs1v15": "RSA PKCS#1 v1.5",
    "rsassa_pss": "RSASSA-PSS",
    "ecdsa": "ECDSA",
    "ed25519": "Ed25519",
    "ed448": "Ed448",
}
# Lines of a table of objects, and how many a stream of them holds; names may be written in disguise (/I#6edex).
_ROW = re.compile(rb"\d{10} \d{5} [nf]")
_SIZE = re.compile(named("Size") + rb"\s*(\d{1,12})")
_INDEX = re.compile(named("Index") + rb"\s*(\[[\d\s]*(?=\])|)")
_STARTXREF = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*$")


def verify_pdf(content: bytes, *, trust: Trust, at: datetime, issued: bytes | None = None) -> Verdict:
    """Return what the signatures in `content` are worth at the moment `at`, by what `trust` holds.

    With `issued`, the frozen PDF of a notice, the file must be that PDF with signatures and nothing else.
    Whatever a broken or forged file makes the libraries raise means "invalid", never an error of ours.
    """
    try:
        return _verified(content, trust, at, issued)
    except NotValid as found:
        return Verdict(Outcome.INVALID, found.sentence, found.problem)
    except Exception:  # noqa: BLE001  some dozen kinds were seen in forged files
        return Verdict(Outcome.INVALID, sentence_of(Problem.DAMAGED), Problem.DAMAGED)


def _verified(content: bytes, trust: Trust, at: datetime, issued: bytes | None) -> Verdict:
    if issued is not None and not content.startswith(issued):
        _check_file(content)
        refuse(Problem.OTHER_NOTICE)
    _check_file(content)
    _check_weight(content[len(issued or b"") :])
    reader = PdfFileReader(BytesIO(content), strict=True)
    signatures = _signatures(reader)
    _check_coverage(signatures, content)
    if issued is not None:
        _check_basis(reader, issued)
    if any(kind != "/Sig" for kind in field_kinds(reader)):
        refuse(Problem.CONTENT_ADDED)
    for signature in signatures:
        _check_integrity(signature)
    archived = _archived(reader)
    found: list[SignatureFacts] = []
    for signature in signatures:
        try:
            found.append(_rate(signature, archived, trust, at))
        except NotValid as refused:
            facts = replace(facts_of(signature), outcome=Outcome.INVALID, sentence=refused.sentence)
            return Verdict(Outcome.INVALID, refused.sentence, refused.problem, (*found, facts), issued is not None)
    return _summed(found, of_notice=issued is not None)


def _summed(found: list[SignatureFacts], *, of_notice: bool) -> Verdict:
    outcome = worst([facts.outcome for facts in found])
    signer = "; ".join(dict.fromkeys(facts.signer for facts in found))
    sentence = next((facts.sentence for facts in found if facts.outcome == outcome), "")
    problem = {Outcome.UNTRUSTED: Problem.UNKNOWN_ROOT, Outcome.UNCHECKED: Problem.REVOCATION_UNKNOWN}.get(outcome)
    return Verdict(outcome, sentence or VALID_SENTENCE.format(signer=signer), problem, tuple(found), of_notice)


def _check_file(content: bytes) -> None:
    """Look through the file before anything parses it: size, encryption, active content, bombs."""
    try:
        inspect(BytesIO(content), "tep.pdf", only=("pdf",), limits=LIMITS)
    except Refused as refused:
        refuse(Problem.NOT_WHOLE if _has_tail(content) else Problem.FILE, detail=str(refused))


def _check_weight(added: bytes) -> None:
    """Refuse lists of objects that take long to read: a signature adds some ten, and reading goes one by one."""
    rows = len(_ROW.findall(added))
    sizes = [int(size) for size in _SIZE.findall(added)]
    for counts in _INDEX.findall(added):
        if not counts:  # it stands elsewhere in the file, where it can't be counted
            refuse(Problem.DAMAGED)
        rows += sum(int(number) for number in counts[1:].split()[1::2])
    if max(rows, *sizes, 0) > MOST_OBJECTS:
        refuse(Problem.TOO_MUCH, detail=f"hơn {vn_decimal(MOST_OBJECTS)} đối tượng")


def _has_tail(content: bytes) -> bool:
    """Whether bytes follow the end of a file that bears a signature."""
    end = content.rfind(b"%%EOF")
    return b"/ByteRange" in content and end >= 0 and bool(content[end + 5 :].strip(b" \t\r\n\f\0"))


def _signatures(reader: PdfFileReader) -> list[EmbeddedPdfSignature]:
    """Return the signatures, oldest first."""
    if reader.xrefs.total_revisions > MOST_REVISIONS:
        refuse(Problem.TOO_MUCH, detail=f"{reader.xrefs.total_revisions} lần sửa, tối đa {MOST_REVISIONS}")
    signatures = list(reader.embedded_regular_signatures)
    if not signatures:
        refuse(Problem.UNSIGNED)
    if len(reader.embedded_signatures) > MOST_SIGNATURES:
        refuse(Problem.TOO_MUCH, detail=f"{len(reader.embedded_signatures)} chữ ký, tối đa {MOST_SIGNATURES}")
    return sorted(signatures, key=lambda one: one.signed_revision)


# Coverage


def _check_coverage(signatures: list[EmbeddedPdfSignature], content: bytes) -> None:
    """The last signature must cover every byte but its own; each earlier one its revision, followed by signatures."""
    *earlier, last = signatures
    _check_gap(last, content)
    if sum(_range(last)[2:]) != len(content):
        refuse(Problem.NOT_WHOLE)
    for signature in earlier:
        _check_gap(signature, content)
        if signature.evaluate_signature_coverage() < SignatureCoverageLevel.ENTIRE_REVISION:
            refuse(Problem.NOT_WHOLE)
        signature.compute_integrity_info()
        if not _only_signed(signature.diff_result):
            refuse(Problem.CONTENT_ADDED)


def _range(signature: EmbeddedPdfSignature) -> list[int]:
    numbers = [int(number) for number in signature.byte_range]
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
        refuse(Problem.NOT_WHOLE)
    return numbers


def _check_gap(signature: EmbeddedPdfSignature, content: bytes) -> None:
    """What is left out must be the signature in hexadecimal and zeros behind it, and nothing else."""
    _, first, second, _ = _range(signature)
    gap = content[first:second]
    if not (gap.startswith(b"<") and gap.endswith(b">") and re.fullmatch(rb"[0-9A-Fa-f]*", gap[1:-1])):
        refuse(Problem.NOT_WHOLE)
    held = bytes.fromhex(gap[1:-1].decode())
    used = len(cms.ContentInfo.load(held).dump())
    if held != signature.pkcs7_content or held[used:].strip(b"\0"):
        refuse(Problem.NOT_WHOLE)


def _only_signed(diff: Any) -> bool:
    """Whether nothing but signatures and what belongs to them came after a revision."""
    return isinstance(diff, DiffResult) and diff.modification_level <= ModificationLevel.FORM_FILLING


def _check_basis(reader: PdfFileReader, issued: bytes) -> None:
    """The issued PDF must be the first revision, not just bytes in front; later ones may only sign it."""
    ending = _STARTXREF.search(issued)
    if ending is None or reader.xrefs.get_startxref_for_revision(0) != int(ending[1]):
        refuse(Problem.OTHER_NOTICE)
    check_only_signed(reader)


# One signature


def _check_integrity(signature: EmbeddedPdfSignature) -> None:
    """The bytes must be those that were signed, by the key of the certificate."""
    if (name := signature.md_algorithm) in WEAK_HASHES:
        refuse(Problem.WEAK_HASH, detail=hash_name(name))
    if signature.signed_data["encap_content_info"]["content"].native is not None:
        refuse(Problem.DAMAGED)  # a detached signature holds no content of its own
    intact, valid = generic_cms.validate_sig_integrity(
        signature.signer_info,
        signature.signer_cert,
        expected_content_type="data",
        actual_digest=signature.compute_digest(),
    )
    if not intact:
        refuse(Problem.CHANGED)
    if not valid:
        refuse(Problem.FORGED)


def _rate(signature: EmbeddedPdfSignature, archived: Evidence, trust: Trust, at: datetime) -> SignatureFacts:
    own = _own_evidence(signature)
    evidence = Evidence(
        (*own.certificates, *archived.certificates), (*own.crls, *archived.crls), (*own.ocsps, *archived.ocsps)
    )
    return judged(signature.signer_cert, facts_of(signature), evidence, trust, at)


def facts_of(signature: EmbeddedPdfSignature) -> SignatureFacts:
    """Return what the signature says of itself and of its signer."""
    certificate: x509.Certificate = signature.signer_cert
    scheme = signature.signer_info["signature_algorithm"].signature_algo
    return SignatureFacts(
        signer=name_of(certificate.subject, "common_name"),
        organisation=name_of(certificate.subject, "organization_name"),
        issuer=name_of(certificate.issuer, "common_name", "organization_name"),
        serial=f"{certificate.serial_number:X}",
        algorithm=f"{SCHEMES.get(scheme, scheme)}, {hash_name(signature.md_algorithm)}, khóa {key_name(certificate)}",
        signed_at=signature.self_reported_timestamp,
        valid_from=certificate.not_valid_before,
        valid_to=certificate.not_valid_after,
    )


def _own_evidence(signature: EmbeddedPdfSignature) -> Evidence:
    """Return the certificates in the signature, and the revocation answers that some programs put beside them."""
    certificates = tuple(signature.other_embedded_certs)
    try:
        held = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "adobe_revocation_info_archival")
    except (NonexistentAttributeError, MultivaluedAttributeError):
        return Evidence(certificates)
    return Evidence(certificates, _some(held["crl"]), _some(held["ocsp"]))


def _some(values: Any) -> tuple:
    return tuple(values) if isinstance(values.native, Iterable) else ()


def _archived(reader: PdfFileReader) -> Evidence:
    """Return what the file's own store of certificates and revocation answers holds (ETSI EN 319 142-1, 5.4)."""
    from asn1crypto import crl, ocsp

    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return Evidence()
    return Evidence(
        tuple(store.load_certs()),
        tuple(crl.CertificateList.load(ref.get_object().data) for ref in store.crls),
        tuple(ocsp.OCSPResponse.load(ref.get_object().data) for ref in store.ocsps),
    )
