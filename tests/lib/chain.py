"""A chain of certificates made by the test run: a root, an office that issues, people who sign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PASSPHRASE = "khoa thử nghiệm"
NOW = datetime(2023, 4, 12, 9, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
OCSP_ADDRESS = "http://ocsp.example.vn"


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key of each size for the whole run: they take long to find."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def named(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(*names: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in names for name in every})


@dataclass
class Issuer:
    """An issuing office with its certificate and key."""

    certificate: x509.Certificate
    key: Any
    above: "Issuer | None" = None

    @property
    def chain(self) -> list[x509.Certificate]:
        return [self.certificate, *(self.above.chain if self.above else [])]

    def crl(
        self, *, revoked: Sequence[x509.Certificate] = (), at: datetime = NOW, lasts: timedelta = timedelta(days=7)
    ) -> bytes:
        """Its list of revoked certificates, a day old."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at - timedelta(days=1))
            .next_update(at - timedelta(days=1) + lasts)
        )
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(at - timedelta(days=2)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self, one: x509.Certificate, *, revoked: bool = False, at: datetime = NOW) -> bytes:
        """Its answer about one certificate, an hour old."""
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=one,
            issuer=self.certificate,
            algorithm=hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=at - timedelta(hours=1),
            next_update=at + timedelta(days=1),
            revocation_time=at - timedelta(days=2) if revoked else None,
            revocation_reason=None,
        )
        response = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        return response.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class Person:
    """A signer: certificate, key, and the office that issued it."""

    certificate: x509.Certificate
    key: Any
    issuer: Issuer

    @property
    def pkcs12(self) -> bytes:
        """The key file as an issuer hands it out: with the chain, closed by the passphrase."""
        return pkcs12.serialize_key_and_certificates(
            b"chu ky", self.key, self.certificate, self.issuer.chain, BestAvailableEncryption(PASSPHRASE.encode())
        )


@dataclass
class Chain:
    """A root and an intermediate office below it, both ten years old."""

    root: Issuer
    office: Issuer
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str = "Hoàng Đình Sơn", **changes: Any) -> Person:
        """A certificate for signing, valid from a year ago for three years; `changes` make it another one."""
        return issue(self.office, name, **changes)

    def trust_folder(self, folder: Path, *files: tuple[str, bytes], known: bool = True) -> Path:
        """Lay out what the administrator keeps: the root, lists that name nobody unless `files` bring others."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "goc.crt").write_bytes(self.root.certificate.public_bytes(Encoding.PEM))
        if known:
            (folder / "goc.crl").write_bytes(self.root.crl())
            (folder / "co-quan.crl").write_bytes(self.office.crl())
        for name, content in files:
            (folder / name).write_bytes(content)
        return folder


def issue(issuer: Issuer, name: str, **changes: Any) -> Person:
    """Return a person with a certificate of `issuer`."""
    key = changes.get("key") or rsa_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name, changes.get("organisation", "Ủy ban nhân dân huyện Anh Sơn")))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(changes.get("start", NOW - YEAR))
        .not_valid_after(changes.get("end", NOW + 2 * YEAR))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(changes.get("usage", usage("digital_signature", "content_commitment")), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.certificate.public_key()), critical=False
        )
    )
    places = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP_ADDRESS))]
    builder = builder.add_extension(x509.AuthorityInformationAccess(places), critical=False)
    if purposes := changes.get("purposes", [ExtendedKeyUsageOID.EMAIL_PROTECTION]):
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return Person(builder.sign(changes.get("signed_by", issuer.key), hashes.SHA256()), key, issuer)


def authority(name: str, key: Any, above: Issuer | None = None) -> Issuer:
    subject = named(name, "Ban Cơ yếu thử nghiệm")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 10 * YEAR)
        .not_valid_after(NOW + 10 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage("key_cert_sign", "crl_sign", "digital_signature"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(above.key if above else key, hashes.SHA256())
    )
    return Issuer(certificate, key, above)


def make_chain(name: str = "Gốc thử nghiệm") -> Chain:
    root = authority(name, ec_key(f"{name} root"))
    return Chain(root, authority(f"{name} - cơ quan cấp", ec_key(f"{name} office"), root))


@cache
def chain() -> Chain:
    """The one that the office trusts."""
    return make_chain()


@cache
def strangers() -> Chain:
    """One that nobody here knows."""
    return make_chain("Gốc lạ")
