"""Files of a repository on the Hugging Face Hub, or of its copy in the local cache.

The Hub is asked once for each checkpoint, without retries: which commit the revision stands for.
If it does not answer, the cached commit is used and said to be. A cached commit that is named in
full is read without any request.
"""

import logging
import re
from pathlib import Path

from huggingface_hub import (
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # httpx's or httpx2's: the base of what their transports raise
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from .images import InputError

COMMIT = re.compile("[0-9a-f]{40}")
PROBE_SECONDS = 2.0
"""How long the Hub may take to say which commit a revision is."""
DOWNLOAD_ERRORS = (HFValidationError, HTTPError, OSError)
"""What the Hub's client raises when a file cannot be had."""
GONE = (RemoteEntryNotFoundError, RevisionNotFoundError)
"""Answers that a cached copy must not hide."""

log = logging.getLogger(__name__)


class Repository:
    """One revision of a repository; `path` brings its files to this disk."""

    def __init__(
        self,
        name: str,
        revision: str | None = None,
        *,
        token: str | bool | None = None,
        cache_dir: str | Path | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ):
        """Name a repository; nothing is asked yet.

        Args:
            name: "user/repo".
            revision: branch, tag or commit; None is "main".
            token: access token; None is the saved one or `$HF_TOKEN`.
            cache_dir: the cache; None is the Hub client's.
            force_download: download what is cached, too.
            local_files_only: do not ask the Hub.
        """
        self.name, self.revision = name, revision or "main"
        self.token, self.cache_dir = token, cache_dir
        self.force_download, self.local_files_only = force_download, local_files_only
        self.commit = self.revision if COMMIT.fullmatch(self.revision) else None
        self.reachable: bool | None = False if local_files_only else None  # None: not asked yet

    def path(self, file: str) -> Path:
        """Return where a file is on this disk, after downloading it if need be.

        Raises:
            InputError: it is neither cached nor to be had from the Hub; says why.
        """
        try:
            return self._path(file)
        except DOWNLOAD_ERRORS as error:
            raise InputError(self._complaint(error)) from error

    def _path(self, file: str) -> Path:
        """Return where a file is, or raise what the client raises."""
        if self.commit and not self.force_download and (found := self._cached(file)):
            return found
        if self.reachable is None:
            self._ask(file)
        path = self._download(file) if self.reachable else self._cached(file)
        if path is None:
            raise FileNotFoundError(f"{file} was not asked of the Hugging Face Hub")
        self.commit = self.commit or path.parent.name  # the other files come from the same commit
        return path

    def _download(self, file: str) -> Path:
        path = hf_hub_download(
            self.name,
            file,
            revision=self.commit or self.revision,
            token=self.token,
            cache_dir=self.cache_dir,
            force_download=self.force_download,
        )
        return Path(path)

    def _cached(self, file: str) -> Path | None:
        revision = self.commit or self.revision
        found = try_to_load_from_cache(self.name, file, self.cache_dir, revision)
        return Path(found) if isinstance(found, str) else None

    def _ask(self, file: str) -> None:
        """Find out in one short request whether the Hub answers.

        Raises what it said if it has no such file, or if none is cached here.
        """
        url = hf_hub_url(self.name, file, revision=self.revision)
        try:
            get_hf_file_metadata(url, token=self.token, timeout=PROBE_SECONDS)
            self.reachable = True
        except GONE:
            raise
        except DOWNLOAD_ERRORS as error:
            self.reachable = False
            found = self._cached(file)
            if found is None:
                raise
            checkpoint, commit = f"{self.name}@{self.revision}", found.parent.name[:7]
            log.warning("%s: %s; using commit %s.", checkpoint, explain(error), commit)

    def _complaint(self, error: Exception) -> str:
        reason = explain(error)
        if not isinstance(error, GONE):
            reason += ", and the local cache has no copy"
        return (
            f"The checkpoint {self.name}@{self.revision} was not found: {reason}; "
            "name another, or none for the bundled weights."
        )


def explain(error: Exception) -> str:
    """Return why the Hub's client failed, as half a sentence for the user."""
    if isinstance(error, GatedRepoError):
        return "the repository is gated: accept its terms on its page, then `hf auth login`"
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such repository, or it is private and wants `hf auth login`"
    if isinstance(error, RevisionNotFoundError):
        return "the repository has no such revision"
    if isinstance(error, RemoteEntryNotFoundError):
        return "the repository has no checkpoint of ours"
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return f"the Hugging Face Hub refused the token ({status}): see `hf auth login`"
        return f"the Hugging Face Hub answered {status}"
    if isinstance(error, HTTPError):
        return f"the Hugging Face Hub cannot be reached ({type(error).__name__})"
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
