"""Flask route that returns fixed bytes."""

from flask import Flask, Response

from bench.peers.recorded import load_responses

ANSWERS = load_responses()
app = Flask(__name__, static_folder=None)


@app.get("/<path:path>")
def answer(path: str) -> Response:
    """Return the recorded response of a path."""
    held = ANSWERS[f"/{path}"]
    return Response(held.body, headers=held.headers)
