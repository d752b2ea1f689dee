"""Errors of notices, tasks and proposals, each turned into a message in one place."""


class NotADraft(Exception):
    """Only a draft can be issued: what is issued stays as it is, a correction is a new notice."""


class NumberTaken(Exception):
    """Another notice of the authority bears this number in the same year (Nghị định 30/2020/NĐ-CP, Điều 15)."""


class LetterheadMissing(Exception):
    """Nothing can be issued for an authority without a letterhead."""


class PdfUnavailable(Exception):
    """The machine lacks the system libraries that set PDFs."""


class PdfAwaited(Exception):
    """A long notice is issued; its PDF is being set outside the request."""


class StoredFileMissing(Exception):
    """The record of a file is there, its bytes are not."""


class NotIssued(Exception):
    """Only what is issued and in force is signed."""


class CopyRefused(Exception):
    """A signed copy may not come in, or none can be made; the text says why and what to do, for the person."""


class PassphraseWrong(CopyRefused):
    """The passphrase doesn't open the key of this server."""
