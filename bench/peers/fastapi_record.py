"""FastAPI with an async view and orjson: one event, read from the database for each request."""

import os
import sqlite3

import orjson
from fastapi import FastAPI, HTTPException, Request, Response

from bench.peers.links import served

app = FastAPI()
file = sqlite3.connect(f"file:{os.environ['BENCH_DATABASE']}?mode=ro", uri=True, check_same_thread=False)


@app.get("/events/{id}")
async def event(id: str, request: Request) -> Response:
    """Return one event by its id."""
    row = file.execute("select record, derived, revision from events where id = ?", [id]).fetchone()
    if row is None:
        raise HTTPException(404)
    record, derived, revision = row
    body = served(record, derived, revision, str(request.base_url), id)
    return Response(orjson.dumps(body), media_type="application/json")
