"""The command that a write waits for after its commit, such as one that copies the data to other machines."""

import shlex
import subprocess  # nosec B404

from flask import current_app
from werkzeug.exceptions import ServiceUnavailable

from api.http.problems import RETRY_AFTER_SECONDS

STDERR = 2
"""Where the output of the command goes: stdout has the access log, if anything."""
MAX_SECONDS = 9.0
"""How long the command may take. With what a write may take before, less than the 30 seconds that nginx waits."""
NOT_REPLICATED = (
    "The change was made, but other machines do not have it yet. Repeat the request with the same Idempotency-Key until"
    " it succeeds."
)


def wait_for_replica() -> None:
    """Run the command in READOUT_AFTER_WRITE, if any. Raise ServiceUnavailable if it fails or takes too long."""
    if (command := current_app.extensions["settings"].after_write) is None:
        return
    try:
        words = shlex.split(command)
        # The words are the operator's, and there is no shell.
        subprocess.run(  # noqa: S603  # nosec B603
            words, stdin=subprocess.DEVNULL, stdout=STDERR, timeout=MAX_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        current_app.logger.error("READOUT_AFTER_WRITE: %s", error)
        raise ServiceUnavailable(NOT_REPLICATED, retry_after=RETRY_AFTER_SECONDS) from None
