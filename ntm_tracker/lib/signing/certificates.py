"""Is the signer's certificate good, at a moment, by what we have at hand? No question leaves this machine."""

import asyncio
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule

from ntm_tracker.lib.clock import day_of, vn_date
from ntm_tracker.lib.signing.trust import Trust
from ntm_tracker.lib.signing.verdicts import Outcome, Problem, SignatureFacts, refuse, sentence_of

WEAK_HASHES = {"md2", "md5", "sha1"}
RSA_BITS, CURVE_BITS = 2048, 256
SIGNING = {"digital_signature", "non_repudiation"}
# Certificates for nothing but these are no person's.
OTHER_USES = {"server_auth", "code_signing", "time_stamping", "ocsp_signing"}
# Larger answers about revocation are not kept with the file.
KEPT_ANSWER = 1024 * 1024

Rule = RevocationCheckingRule
# The library believes the first good answer. Here a bad one counts wherever it stands, so each kind is asked alone.
BY_ANSWER = RevocationCheckingPolicy(Rule.OCSP_REQUIRED, Rule.NO_CHECK)
BY_LIST = RevocationCheckingPolicy(Rule.CRL_REQUIRED, Rule.NO_CHECK)
EVERY = RevocationCheckingPolicy(Rule.CRL_OR_OCSP_REQUIRED, Rule.CRL_OR_OCSP_REQUIRED)
NOTHING = RevocationCheckingPolicy(Rule.NO_CHECK, Rule.NO_CHECK)


@dataclass(frozen=True)
class Evidence:
    """What came with the signature: further certificates, and answers about revocation."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()


def judged(
    certificate: x509.Certificate, facts: SignatureFacts, evidence: Evidence, trust: Trust, at: datetime
) -> SignatureFacts:
    """Return `facts` with outcome, sentence and what they rest on; raise `NotValid` for a certificate that is bad."""
    check_key(certificate, facts)
    check_usage(certificate, facts)
    if facts.valid_from and at < facts.valid_from:
        refuse(Problem.NOT_YET_VALID, facts)
    if facts.valid_to and at > facts.valid_to:
        refuse(Problem.EXPIRED, facts)
    known = Evidence(
        (*evidence.certificates, *trust.intermediates), (*evidence.crls, *trust.crls), (*evidence.ocsps, *trust.ocsps)
    )
    path = _path(certificate, known, trust, at, NOTHING, facts) if trust.roots else None
    if path is None:
        return _rated(facts, Outcome.UNTRUSTED, Problem.UNKNOWN_ROOT, [certificate, *evidence.certificates], Evidence())
    for policy, has_answers in ((BY_ANSWER, known.ocsps), (BY_LIST, known.crls)):
        if has_answers:
            _path(certificate, known, trust, at, policy, facts)
    if _path(certificate, known, trust, at, EVERY, facts):
        return _rated(facts, Outcome.VALID, None, path, known)
    return _rated(facts, Outcome.UNCHECKED, Problem.REVOCATION_UNKNOWN, path, known)


def check_key(certificate: x509.Certificate, facts: SignatureFacts) -> None:
    """Refuse keys and certificates that can be forged today (Thông tư 15/2025/TT-BKHCN: RSA from 2048 bits)."""
    key = certificate.public_key
    strong = {"rsa": RSA_BITS, "rsassa_pss": RSA_BITS, "ec": CURVE_BITS, "ed25519": 0, "ed448": 0}
    least = strong.get(key.algorithm)
    if least is None or (least and key.bit_size < least):
        refuse(Problem.WEAK_KEY, facts, key_name(certificate))
    if not certificate.self_issued and (name := certificate.hash_algo) in WEAK_HASHES:
        refuse(Problem.WEAK_HASH, facts, hash_name(name))


def check_usage(certificate: x509.Certificate, facts: SignatureFacts) -> None:
    """Refuse the certificate of an issuer, of a server, and one that may not sign."""
    usage = certificate.key_usage_value
    if usage is not None and not SIGNING & set(usage.native):
        refuse(Problem.WRONG_USAGE, facts)
    purposes = certificate.extended_key_usage_value
    if certificate.ca or (purposes is not None and set(purposes.native) <= OTHER_USES):
        refuse(Problem.WRONG_USAGE, facts)


def _path(
    certificate: x509.Certificate,
    known: Evidence,
    trust: Trust,
    at: datetime,
    policy: RevocationCheckingPolicy,
    facts: SignatureFacts,
) -> list[x509.Certificate] | None:
    """Return the way from the signer's certificate to a root; None when there is none, or too little is known."""
    context = ValidationContext(
        trust_roots=list(trust.roots),
        other_certs=list(known.certificates),
        crls=list(known.crls),
        ocsps=list(known.ocsps),
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(policy),
    )
    validator = CertificateValidator(certificate, validation_context=context)
    try:
        path = asyncio.run(validator.async_validate_path())
    except (PathBuildingError, InsufficientRevinfoError):
        return None
    except RevokedError as error:
        day = f" từ ngày {vn_date(day_of(error.revocation_dt))}"
        refuse(Problem.REVOKED_OCSP if "OCSP" in str(error)[:4] else Problem.REVOKED_CRL, facts, day)
    except DisallowedAlgorithmError as error:
        refuse(Problem.WEAK_HASH, facts, f"trong chuỗi chứng thư: {error.failure_msg[:80]}")
    except (ExpiredError, NotYetValidError, ValidationError):
        refuse(Problem.CHAIN, facts)
    return list(reversed(list(path)))


def _rated(
    facts: SignatureFacts, outcome: Outcome, problem: Problem | None, path: list[x509.Certificate], known: Evidence
) -> SignatureFacts:
    return replace(
        facts,
        outcome=outcome,
        sentence=sentence_of(problem, facts) if problem else "",
        certificates=tuple(_base64(one.dump()) for one in path),
        revocation=tuple(_answers(path, known)),
    )


def _answers(path: list[x509.Certificate], known: Evidence) -> Iterable[dict[str, str]]:
    """Give the lists and answers that speak of a certificate of `path`."""
    issuers = {one.issuer.hashable for one in path}
    serials = {one.serial_number for one in path}
    for one in known.crls:
        if one.issuer.hashable in issuers:
            yield _answer("CRL", one)
    for reply in known.ocsps:
        if serials & {single["cert_id"]["serial_number"].native for single in _singles(reply)}:
            yield _answer("OCSP", reply)


def _singles(reply: ocsp.OCSPResponse) -> Iterable[Any]:
    return reply.response_data["responses"] if reply["response_status"].native == "successful" else ()


def _answer(kind: str, one: Any) -> dict[str, str]:
    content = one.dump()
    return {"kind": kind, "content": _base64(content) if len(content) <= KEPT_ANSWER else ""}


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


# Names of what was found


def key_name(certificate: x509.Certificate) -> str:
    """Return "RSA 3072 bit" or "ECDSA P-256"."""
    key = certificate.public_key
    if key.algorithm == "ec":
        return f"ECDSA {CURVES.get(key.curve[1], key.curve[1])}"
    return f"{key.algorithm.split('_')[0].upper()} {key.bit_size} bit"


CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def hash_name(name: str) -> str:
    """Return "SHA-256" for "sha256"."""
    return name.upper().replace("SHA", "SHA-", 1) if "_" not in name else name.upper().replace("_", "-")


def name_of(name: x509.Name, *keys: str) -> str:
    """Return the first of the parts `keys` that a name has, else all of it."""
    parts = name.native
    for key in keys:
        value = parts.get(key)
        if value:
            return str(value[0] if isinstance(value, list) else value)
    return "" if keys == ("organization_name",) else name.human_friendly
