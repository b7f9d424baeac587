"""A client that writes with a token."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from seed.tokens import SCOPES, create_token

NAME = "A. Editor"
NEW = {
    "id": "new-question",
    "question": "For how long?",
    "status": "open",
    "negotiations": ["ukraine-war-settlement"],
    "issues": ["general-ceasefire"],
    "citations": [{"source": "invented-article", "paragraph": 1}],
}
CREATE = "/questions?source=invented-article"


class Editor:
    """Sends requests with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> TestResponse:
        """Send JSON, or a text as it is; header names are written with _ for -."""
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "PATCH":
            named.setdefault("Content-Type", "application/merge-patch+json")
        body = {"data": data} if isinstance(data, str | bytes) else {"json": data} if data is not None else {}
        return self.client.open(path, method=method, headers=named, **body)

    def etag(self, path: str) -> str:
        return self.client.get(path, headers={"Accept": "application/json"}).headers["ETag"]


def new_token(tokens: Path, *scopes: str) -> str:
    """Return a new token, with all scopes if none are named."""
    return create_token(tokens, NAME, scopes or SCOPES, datetime.now(UTC).date() + timedelta(days=1))
