"""Sign a PDF with a PKCS#12 key: PAdES, RSASSA-PSS or ECDSA, SHA-256.

Our own signatures never use RSA PKCS#1 v1.5 (Thông tư 15/2025/TT-BKHCN); those of tokens are verified and named.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from tempfile import NamedTemporaryFile
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.stamp import StaticStampStyle

from ntm_tracker.lib.signing.additions import part
from ntm_tracker.lib.signing.certificates import check_key, check_usage, hash_name, key_name, name_of
from ntm_tracker.lib.signing.stamps import Place, Stamp, stamp_for
from ntm_tracker.lib.signing.verdicts import Problem, SignatureFacts, refuse

DIGEST = "sha256"
# The anchor of the signer's name in our documents (`templates/documents/official.html`).
SIGNER_ANCHOR = "signer"
FIELD = "ChuKySo"


class WrongPassphrase(Exception):
    """The passphrase doesn't open the key file, or the file is no PKCS#12 key."""


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A key that was opened, for one signature; it is never stored."""

    signer: SimpleSigner

    @property
    def certificate(self) -> x509.Certificate:
        return self.signer.signing_cert

    def facts(self, at: datetime) -> SignatureFacts:
        """Return who signs with it, and how, at the moment `at`."""
        one = self.certificate
        scheme = "RSASSA-PSS" if one.public_key.algorithm != "ec" else "ECDSA"
        return SignatureFacts(
            signer=name_of(one.subject, "common_name"),
            organisation=name_of(one.subject, "organization_name"),
            issuer=name_of(one.issuer, "common_name", "organization_name"),
            serial=f"{one.serial_number:X}",
            algorithm=f"{scheme}, {hash_name(DIGEST)}, khóa {key_name(one)}",
            signed_at=at,
            valid_from=one.not_valid_before,
            valid_to=one.not_valid_after,
        )


@dataclass(frozen=True)
class Pictures:
    """The handwritten signature (blue) and the seal (red) as PNG, where the office has them."""

    signature: bytes | None = None
    seal: bytes | None = None


def open_key(pkcs12: bytes, passphrase: str) -> SigningKey:
    """Return the key of a PKCS#12 file; raise `WrongPassphrase` when it can't be opened."""
    try:
        held = SimpleSigner.load_pkcs12_data(pkcs12, other_certs=(), passphrase=passphrase.encode())
    except (ValueError, TypeError, AttributeError) as error:
        raise WrongPassphrase from error
    signer = SimpleSigner(
        signing_cert=held.signing_cert, signing_key=held.signing_key, cert_registry=held.cert_registry, prefer_pss=True
    )
    return SigningKey(signer)


def sign_pdf(pdf: bytes, key: SigningKey, *, at: datetime, pictures: Pictures | None = None, reason: str = "") -> bytes:
    """Return `pdf` with a signature appended; its own bytes stay as they are.

    `at` is the moment it states. Raises `NotValid` for a key that may not or no longer sign, `Refused` for pictures
    that can't be used, PdfError where the picture of the signature can't be set.
    """
    facts = key.facts(at)
    _check_usable(key, facts, at)
    place = signer_place(pdf)
    stamp = stamp_for(place, facts, *_both(pictures)) if place else None
    with NamedTemporaryFile(suffix=".pdf") as file:
        if stamp:
            file.write(stamp.content)
            file.flush()
        return asyncio.run(_signed(pdf, key, at, reason, _field(pdf, place, stamp), file.name if stamp else ""))


def _both(pictures: Pictures | None) -> tuple[bytes | None, bytes | None]:
    return (pictures.signature, pictures.seal) if pictures else (None, None)


def _check_usable(key: SigningKey, facts: SignatureFacts, at: datetime) -> None:
    check_key(key.certificate, facts)
    check_usage(key.certificate, facts)
    if facts.valid_from and at < facts.valid_from:
        refuse(Problem.NOT_YET_VALID, facts)
    if facts.valid_to and at > facts.valid_to:
        refuse(Problem.EXPIRED, facts)


def _field(pdf: bytes, place: Place | None, stamp: Stamp | None) -> SigFieldSpec:
    """Return a signature field of its own name, where the stamp lies; without a place it can't be seen."""
    taken = sum(1 for _ in PdfFileReader(BytesIO(pdf)).embedded_signatures)
    name = f"{FIELD}{taken + 1}"
    if place is None or stamp is None:
        return SigFieldSpec(name)
    box: Any = tuple(round(edge, 2) for edge in stamp.box)
    return SigFieldSpec(name, on_page=place.page, box=box, readable_field_name="Chữ ký số của văn bản")


async def _signed(
    pdf: bytes, key: SigningKey, at: datetime, reason: str, field: SigFieldSpec, stamp_file: str
) -> bytes:
    """Go pyHanko's way step by step: its short way can't be told the moment that the signature states."""
    style = None
    if stamp_file:
        flush = SimpleBoxLayoutRule(margins=Margins(), x_align=AxisAlignment.ALIGN_MIN, y_align=AxisAlignment.ALIGN_MIN)
        style = StaticStampStyle.from_pdf_file(stamp_file, border_width=0, background_layout=flush)
    meta = PdfSignatureMetadata(
        field_name=field.sig_field_name,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        name=key.facts(at).signer,
        reason=reason or None,
    )
    session = PdfSigner(meta, signer=key.signer, stamp_style=style, new_field_spec=field).init_signing_session(
        IncrementalPdfFileWriter(BytesIO(pdf))
    )
    session.system_time = at
    information = await session.perform_presign_validation(session.pdf_out)
    size = await session.estimate_signature_container_size(information)
    prepared = session.prepare_tbs_document(validation_info=information, bytes_reserved=size)
    digest, out = prepared.digest_tbs_document()
    signed = await prepared.perform_signature(
        document_digest=digest.document_digest, pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at)
    )
    await signed.post_signature_processing(out)
    out.seek(0)
    return out.read()


def signer_place(pdf: bytes) -> Place | None:
    """Return where our document puts the signer's name: it carries an anchor there (ISO 32000-1, 12.3.2.3)."""
    reader = PdfFileReader(BytesIO(pdf))
    names = part(part(part(reader.root, "/Names"), "/Dests"), "/Names") or []
    found = next((names[place + 1] for place in range(0, len(names) - 1, 2) if names[place] == SIGNER_ANCHOR), None)
    if found is None:
        return None
    target = found.raw_get(0)
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page = reader.find_page_for_modification(number)[0]
        if isinstance(target, IndirectObject) and page.reference == target.reference:
            return Place(number, float(found[2]), float(found[3]))
    return None
