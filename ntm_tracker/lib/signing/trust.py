"""Whom we believe: roots and intermediates, and what their issuers say about revoked certificates.

All of it lies in one folder that the administrator keeps (`NTM_TRUST_ROOTS`); nothing is ever fetched.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from asn1crypto import crl, ocsp, pem, x509

logger = logging.getLogger(__name__)

CERTIFICATES = {".crt", ".cer", ".pem", ".der"}
REVOCATION_LISTS = {".crl"}
ANSWERS = {".ocsp", ".ors"}


@dataclass(frozen=True)
class Trust:
    """Certificates that sign themselves are roots; the others help to build the way to them."""

    roots: tuple[x509.Certificate, ...] = ()
    intermediates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()


def trust_from(folder: Path) -> Trust:
    """Return what lies in `folder`; without the folder nobody is trusted. Read anew when a file changed."""
    if not folder.is_dir():
        return Trust()
    known = CERTIFICATES | REVOCATION_LISTS | ANSWERS
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in known and path.is_file())
    return _read(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int, int], ...]) -> Trust:
    certificates: list[x509.Certificate] = []
    crls: list[crl.CertificateList] = []
    ocsps: list[ocsp.OCSPResponse] = []
    for path, _, _ in files:
        try:
            for content in _parts(path.read_bytes()):
                if path.suffix.lower() in CERTIFICATES:
                    certificates.append(x509.Certificate.load(content, strict=True))
                elif path.suffix.lower() in REVOCATION_LISTS:
                    crls.append(crl.CertificateList.load(content, strict=True))
                else:
                    ocsps.append(ocsp.OCSPResponse.load(content, strict=True))
        except (OSError, ValueError, TypeError) as error:
            logger.warning("%s in the folder of trusted roots cannot be read: %s", path.name, error)
    roots = tuple(one for one in certificates if one.self_issued)
    others = tuple(one for one in certificates if not one.self_issued)
    return Trust(roots, others, tuple(crls), tuple(ocsps))


def _parts(content: bytes) -> Iterator[bytes]:
    """Give the DER of every object in a PEM file, or the file itself."""
    if pem.detect(content):
        for _, _, part in pem.unarmor(content, multiple=True):
            yield part
    else:
        yield content
