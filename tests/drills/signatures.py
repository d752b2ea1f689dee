"""P1 and P5: of 5,240 changed copies of signed PDFs none is shown as valid, of 500 untouched ones all are.

The control is what pyHanko calls its bottom line, which passes some of the changed copies.
"""

import subprocess
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from time import perf_counter

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from tqdm import tqdm

from ntm_tracker.lib.signing import Outcome
from ntm_tracker.lib.signing.sign import open_key, sign_pdf
from ntm_tracker.lib.signing.trust import Trust, trust_from
from ntm_tracker.lib.signing.verify import verify_pdf
from tests.drills.results import Result
from tests.lib.attacks import ATTACKS, Signed, flipped, signed_notice
from tests.lib.chain import NOW, PASSPHRASE, chain, ec_key

FLIPS, VARIANTS, UNTOUCHED, SIGNED = 5_000, 20, 500, 100
# The best that a changed copy may be: a signature of an unknown root is told as such.
NOT_SHOWN_AS_VALID = {Outcome.INVALID, Outcome.UNTRUSTED}
SLOWEST = 5.0  # seconds


def drill(folder: Path, flips: int = FLIPS) -> list[Result]:
    """Return the figures of P1 and P5; `folder` takes the trusted roots and the files for poppler."""
    trust = trust_from(chain().trust_folder(folder / "trust"))
    return [*changed_copies(trust, flips), untouched_copies(trust), *by_two_programs(trust, folder)]


def changed_copies(trust: Trust, flips: int) -> list[Result]:
    signed = signed_notice()
    outcomes: Counter[Outcome] = Counter()
    passed: Counter[str] = Counter()
    slowest, faults = 0.0, 0
    for number, (kind, copy) in enumerate(tqdm(_changed(signed, flips), total=flips + VARIANTS * len(ATTACKS))):
        started = perf_counter()
        try:
            # Every other one alone: a copy that is compared with its notice is refused before it is looked into.
            found = verify_pdf(copy, trust=trust, at=NOW, issued=signed.issued if number % 2 else None)
            outcomes[found.outcome] += 1
            faults += not found.sentence
        except Exception:  # noqa: BLE001  whatever gets out would be a server error
            faults += 1
        slowest = max(slowest, perf_counter() - started)
        passed[kind] += _bottom_line(copy, trust)
    total = outcomes.total()
    shown = sum(count for outcome, count in outcomes.items() if outcome not in NOT_SHOWN_AS_VALID)
    accepted = {kind: count for kind, count in passed.items() if count}
    control = f"bottom line: {sum(accepted.values())} accepted ({', '.join(sorted(accepted))})"
    found_text = f"{shown} of {total} ({outcomes[Outcome.UNTRUSTED]} told as unknown signers)"
    return [
        Result("P1", "changed copies shown as valid", found_text, control, shown == 0 and len(accepted) >= 2),
        Result("P1", "faults", str(faults), "", faults == 0),
        Result("P1", "slowest check", f"{slowest:.2f} s", "", slowest <= SLOWEST),
    ]


def _changed(signed: Signed, flips: int) -> Iterator[tuple[str, bytes]]:
    for _, copy in flipped(signed, flips):
        yield "flip", copy
    for name, attack in ATTACKS.items():
        for variant in range(VARIANTS):
            yield name, attack(signed, variant)


def _bottom_line(copy: bytes, trust: Trust) -> bool:
    """Whether the library's own sum accepts the copy."""
    try:
        embedded = PdfFileReader(BytesIO(copy)).embedded_signatures[0]
        context = ValidationContext(trust_roots=list(trust.roots), moment=NOW)
        return bool(validate_pdf_signature(embedded, context).bottom_line)
    except Exception:  # noqa: BLE001  a control may fail in any way
        return False


def untouched_copies(trust: Trust) -> Result:
    """Fifty notices, each signed by ten people; all must be valid."""
    people = [open_key(chain().person(f"Người ký số {number}").pkcs12, PASSPHRASE) for number in range(10)]
    valid = 0
    for number in tqdm(range(UNTOUCHED)):
        issued = signed_notice(number // 10 + 1).issued
        signed = sign_pdf(issued, people[number % 10], at=NOW)
        valid += verify_pdf(signed, trust=trust, at=NOW, issued=issued).outcome == Outcome.VALID
    return Result("P1", "untouched copies shown as valid", f"{valid} of {UNTOUCHED}", "", valid == UNTOUCHED)


def by_two_programs(trust: Trust, folder: Path) -> list[Result]:
    """P5: what we sign, with RSA and with ECDSA, is accepted by pyHanko and by poppler."""
    keys = [open_key(chain().person(key=key).pkcs12, PASSPHRASE) for key in (None, ec_key("signer"))]
    pyhanko = poppler = 0
    for number in tqdm(range(SIGNED)):
        signed = sign_pdf(signed_notice().issued, keys[number % 2], at=NOW)
        pyhanko += _bottom_line(signed, trust)
        path = folder / "signed.pdf"
        path.write_bytes(signed)
        said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
        poppler += "Signature is Valid." in said and "Total document signed" in said and "CAdES" in said
    return [
        Result("P5", "our signatures accepted by pyHanko", f"{pyhanko} of {SIGNED}", "", pyhanko == SIGNED),
        Result("P5", "our signatures accepted by pdfsig", f"{poppler} of {SIGNED}", "", poppler == SIGNED),
    ]
