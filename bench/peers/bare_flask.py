"""Flask route that returns fixed bytes."""

from flask import Flask, Response

from bench.peers.recorded import load_responses

RESPONSES = load_responses()
app = Flask(__name__, static_folder=None)


@app.get("/<path:path>")
def response(path: str) -> Response:
    """Return the recorded response of a path."""
    recorded = RESPONSES[f"/{path}"]
    return Response(recorded.body, headers=recorded.headers)
