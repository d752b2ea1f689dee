"""`make bench`: every ratio and absolute figure, or those named: `make bench ARGS="R8 F4"`.

Works on a database of its own with the demonstration's data, on the files as collectstatic leaves them.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

# Django's templates as they come, without ours before them, for the plain admin.
STOCK_TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "NAME": "stock",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}


def main(wanted: set[str]) -> None:
    with TemporaryDirectory(prefix="ntm-bench-") as folder:
        prepare(Path(folder))
        from tests.benchmarks import documents, matrix, pages, serving, workbooks, years
        from tests.benchmarks.harness import measure, table

        results = []
        # Each module lays its rows only when those before it are measured.
        of_documents = partial(documents.benches, Path(folder))
        for benches in (matrix.benches, pages.benches, of_documents, workbooks.benches, years.benches):
            for bench in benches():
                if not wanted or bench.id in wanted:
                    print(f"{bench.id}: {bench.description} …", file=sys.stderr)
                    results.append(measure(bench))
        if not wanted or "R3" in wanted:
            print("R3: gunicorn …", file=sys.stderr)
            results.append(serving.bench())
        print(table(results))


def prepare(folder: Path) -> None:
    """Fill an empty database in `folder`, then start Django on it as a server does."""
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "ntm_tracker.settings",
        "NTM_DATA_DIR": str(folder),
        "NTM_DEBUG": "1",
        "NTM_TODAY": "2023-04-10",
    }
    # In processes of their own: what loading leaves behind in the memory would slow down all that is measured.
    for command in (["migrate"], ["load_demo"], ["collectstatic", "--no-input"]):
        subprocess.run([sys.executable, "manage.py", *command, "--verbosity", "0"], check=True)
    import logging

    from django.conf import settings

    settings.TEMPLATES.append(STOCK_TEMPLATES)
    settings.ROOT_URLCONF = "tests.benchmarks.urls"
    settings.DEBUG = False  # as an installation answers: no record of queries, hashed names of files
    import ntm_tracker.wsgi  # noqa: F401  # the start of a server

    # What WeasyPrint says about rules for the screen would be written hundreds of times.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
