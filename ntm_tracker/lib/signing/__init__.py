"""Digital signatures in PDFs: made with a key of ours (`sign`), verified wherever they were made (`verify`).

pyHanko takes a second to load, so the modules that need it are imported where they are used; what is
gathered here needs none of it.
"""

from ntm_tracker.lib.signing.verdicts import Outcome, Problem, SignatureFacts, Verdict

__all__ = ["Outcome", "Problem", "SignatureFacts", "Verdict"]
