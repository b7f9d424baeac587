"""What stands in front of the application: finished answers, held while the file is the one they were read from.

Repeats, HEAD and 304 are answered from here. All else is the application's, which is whole without this.
"""

from http import HTTPStatus
from operator import itemgetter

from flask import Flask

from api.answers import Answers, Finished, Key
from api.asgi import Headers, Message, Receive, Scope, Send, joined
from api.bridge import STREAM, Bridge
from api.delivery import coding_for
from api.watch import Watch

THREADS = 4
"""How many answers a worker puts together at once."""
READING = {"GET", "HEAD"}
LEFT = {b"if-match", b"if-range", b"if-unmodified-since", b"upgrade"}
"""The headers that leave a request to the application."""
HEEDED = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""Those that are heeded here and kept from the application, so that it gives an answer that can be held."""
LASTING = {200, 400, 404}
"""The statuses of answers that depend on nothing but the question and the file."""
PASSING = (b"cache-control", b"no-store")
"""The header of an answer that holds for now alone. Problems have it, too, for others than us: they may be mended."""


class Edge:
    """An ASGI application, which asks Flask what it does not know."""

    def __init__(self, app: Flask) -> None:
        self.bridge = Bridge(app, THREADS)
        self.watch = Watch(app.extensions["readers"].path)
        self.answers = Answers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = joined(scope["headers"])
        if scope["method"] in READING and b"host" in headers and LEFT.isdisjoint(headers):
            await self.read(scope, headers, receive, send)
        else:
            async with self.bridge.asked(scope, receive) as answer:
                await answer.send(send)

    async def read(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Answer from what is held, or from the application."""
        if self.watch.changed():
            self.answers.clear()
        key = key_of(scope, headers)
        held = self.answers.get(key)
        if held is None:
            await self.ask(key, scope, headers, receive, send)
        else:
            start, body = held.sent(scope["method"], headers)
            await send(start)
            await send(body)

    async def ask(self, key: Key, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Answer from the application, and hold the answer if the file had settled before and has not changed since."""
        look = self.watch.look if self.watch.settled() else None
        async with self.bridge.asked(scope, receive, without=HEEDED) as answer:
            finished = Finished.of(answer)
            if scope["method"] == "GET" and lasts(answer.start) and look is not None and look is self.watch.look:
                self.answers.hold(key, finished)
            start, body = finished.sent(scope["method"], headers)
            if body is STREAM:
                start, body = await answer.begun()
            await send(start)
            await send(body)
            if body is STREAM:
                await answer.stream(send)


def lasts(start: Message) -> bool:
    """Whether an answer that begins so can be given again."""
    status = start["status"]
    return status in LASTING and (status != HTTPStatus.OK or PASSING not in start["headers"])


def key_of(scope: Scope, headers: Headers) -> Key:
    """All that an answer depends on, beside the file."""
    return (
        scope["scheme"],
        headers[b"host"],
        scope["raw_path"],
        canonical(scope["query_string"]),
        headers.get(b"accept", b""),
        coding_for(headers.get(b"accept-encoding", b"").decode("latin-1")),
    )


def canonical(query: bytes) -> bytes:
    """A query in the order of its names, for no answer depends on how it was ordered.

    It is left as it is where a name is encoded, and may be the same as another.
    """
    if b"&" not in query:
        return query
    pairs = [(pair.partition(b"=")[0], pair) for pair in query.split(b"&")]
    if any(b"%" in name or b"+" in name for name, _ in pairs):
        return query
    return b"&".join(pair for _, pair in sorted(pairs, key=itemgetter(0)))
