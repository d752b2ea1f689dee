"""An uploaded workbook kept while its preview is looked at: by whom, for how long, then gone."""

import secrets
from contextlib import suppress
from datetime import timedelta

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from communes.models import User

KEPT_FOR = timedelta(hours=2)
SIGNER = signing.TimestampSigner(salt="criteria.exchange")


class UploadGone(Exception):
    """The kept file has expired, was replaced, or is somebody else's."""


def keep(content: bytes, user: User, purpose: str) -> str:
    """Keep `content` for `user` and return the token of its preview; the person's earlier file goes."""
    forget(user, purpose)
    name = secrets.token_urlsafe(12)
    default_storage.save(f"{_folder(user, purpose)}/{name}.xlsx", ContentFile(content))
    return SIGNER.sign(name).replace(":", "~")


def kept(token: str, user: User, purpose: str) -> bytes:
    """Return what `keep` kept. Raises `UploadGone`."""
    try:
        name = SIGNER.unsign(token.replace("~", ":"), max_age=KEPT_FOR)
        with default_storage.open(f"{_folder(user, purpose)}/{name}.xlsx") as file:
            return file.read()
    except (signing.BadSignature, FileNotFoundError) as error:
        raise UploadGone from error


def forget(user: User, purpose: str) -> None:
    """Delete the person's kept files, and those of anybody that have expired."""
    folder = _folder(user, purpose)
    for name in _files(folder):
        # What begins with a dot is being written by another request (lib/storage.py).
        if not name.startswith("."):
            default_storage.delete(f"{folder}/{name}")
    oldest = timezone.now() - KEPT_FOR
    for other in _folders(f"exchange/{purpose}"):
        for name in _files(f"exchange/{purpose}/{other}"):
            path = f"exchange/{purpose}/{other}/{name}"
            with suppress(FileNotFoundError):  # it may have gone meanwhile
                if default_storage.get_modified_time(path) < oldest:
                    default_storage.delete(path)


def _folder(user: User, purpose: str) -> str:
    return f"exchange/{purpose}/{user.pk}"


def _files(folder: str) -> list[str]:
    return _listed(folder)[1]


def _folders(folder: str) -> list[str]:
    return _listed(folder)[0]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Return the folders and files in `folder`; on a disk it may not be there yet, an object store has no folders."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
