"""One HTTP/1.1 connection: uvicorn's protocol with the limits and deadlines that it lacks.

uvicorn has no limit for headers and pipelined requests, no deadline for clients that send or read slowly, sends errors
as text and before the responses to earlier requests, and sends chunks to clients of HTTP/1.0.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.middleware.client_address import UNKNOWN, client_network
from api.middleware.headers import header_lines
from api.middleware.request_observers import REFUSAL
from api.middleware.types import Scope
from api.server.connection_limit import ConnectionLimit
from api.server.deadline import Deadline
from api.server.early_errors import MAX_HEADER_BYTES, MAX_HEADERS, MAX_TARGET_BYTES, RawResponse
from api.server.lingering_transport import LingeringTransport
from api.server.request_parser import RequestParser, framing
from api.server.request_target import check_host, parse_request_target
from api.server.unread_output import UnreadOutput

BUSY_GRACE_SECONDS = 0.05
"""Time to read what arrived while the worker was busy, before a connection is closed as idle."""
HEADERS_TIMEOUT_SECONDS = 10
"""Time within which the headers of a request must arrive."""
HTTP_VERSIONS = ("1.0", "1.1")
LINGER_SECONDS = 2
"""Time for which input is ignored after the last response; closing earlier could discard it before it is read."""
MAX_PIPELINED = 10
"""Number of requests of a connection that may wait for the response to an earlier one."""


class Connection(HttpToolsProtocol):
    """Connection of a client."""

    def __init__(self, *args: Any, limit: ConnectionLimit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = RequestParser(self, self._read_on)
        self._limit = limit
        self._closing = False
        self._current: RequestResponseCycle | None = None
        self._error = HTTPStatus.BAD_REQUEST
        self._final_response: RawResponse | None = None
        self._reading, self._parsing, self._in_headers = True, False, False
        self._began_before = False
        """Whether a request had begun before the data that is parsed."""
        self._input = b""
        """What was received since the last headers that are complete."""
        self._unanswered: RequestResponseCycle | None = None
        self._received_bytes = self._partial_bytes = 0
        self._headers_deadline, self._idle_deadline, self._close_deadline = (Deadline(self.loop) for _ in range(3))

    # Connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        """Accept the connection, or answer 503 if there are too many and none of them can be closed."""
        super().connection_made(transport)
        self._unread_output = UnreadOutput(transport, self.loop)
        self._output = LingeringTransport(transport, self._end)
        self.client_address = client_network(self.client[0]) if self.client else UNKNOWN
        if self._limit.add(self):
            self._limit.add_waiting(self)
            self._limit_headers_time()
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, and the response in progress, which uvicorn forgets if other requests wait for it."""
        self._limit.remove(self)
        for deadline in (self._headers_deadline, self._idle_deadline, self._close_deadline, self._unread_output):
            deadline.close()
        if self._current is not None:
            self._current.disconnected = True
            self._current.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close after the response to the last request.

        An idle connection is closed after its next response or its keep-alive time: a request may be on its way.
        """
        self._closing = True
        if self.cycle is not None and not self.cycle.response_started:  # else it did not say that it is the last
            self.cycle.keep_alive = False

    def abort(self) -> None:
        """Close the connection at once."""
        self.connections.discard(self)
        self.transport.abort()

    def _end(self) -> None:
        """Close for writing, and close completely once the client has read everything or stops sending."""
        self._reading = False
        self.transport.write_eof()
        self.flow.resume_reading()
        self._unread_output.start()
        self._close_deadline.set(LINGER_SECONDS, self._stop_lingering)

    def _stop_lingering(self) -> None:
        if self.transport.get_write_buffer_size():
            self._close_deadline.set(LINGER_SECONDS, self._stop_lingering)
        else:
            self._close()

    def _close(self) -> None:
        self.transport.close()
        self._unread_output.start()

    # Requests

    def data_received(self, data: bytes) -> None:
        """Parse a part of a request, or a number of requests."""
        if self._reading:
            self._received_bytes, self._began_before = len(data), self._in_headers
            self._partial_bytes += len(data)  # a request that begins in the data, or a part of its body, sets this to 0
            self._parsing = True
            self._input += data
            super().data_received(data)
            self._parsing = False
            if not self._in_headers:
                self._input = b""
        if self._reading:
            self._limit_headers()
        if self._unanswered is not None:
            cycle, self._unanswered = self._unanswered, None
            self._respond(cycle)

    def _limit_headers(self) -> None:
        """Limit the size of incomplete headers and trailers, and their time unless a response is in progress."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._headers_deadline.stop()
        elif not self._headers_deadline.is_set:
            self._limit_headers_time()
        if self._partial_bytes > MAX_TARGET_BYTES + MAX_HEADER_BYTES:
            in_target = self._in_headers and len(self.url) > MAX_TARGET_BYTES
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG if in_target else HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_headers = True
        self._partial_bytes = 0

    def _check_size(self) -> None:
        """Limit target and headers, which have arrived completely."""
        if len(self.url) > MAX_TARGET_BYTES:
            self._fail(HTTPStatus.REQUEST_URI_TOO_LONG)
        may_be_large = self._began_before or self._received_bytes > MAX_HEADER_BYTES
        if len(self.headers) > MAX_HEADERS or (may_be_large and header_bytes(self.headers) > MAX_HEADER_BYTES):
            self._fail(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Start the response, or queue it after those to earlier requests."""
        self._check_size()
        version = self.parser.get_http_version()
        if version not in HTTP_VERSIONS or self._is_rtsp():
            self._fail(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if len(self.pipeline) >= MAX_PIPELINED:
            self._fail(HTTPStatus.SERVICE_UNAVAILABLE)
        check_host(version, self.headers)
        if has_unknown_coding(self.headers):
            self._fail(HTTPStatus.NOT_IMPLEMENTED)
        self.url, host = parse_request_target(self.parser.get_method(), self.url)
        if host is not None:  # it replaces the Host header (RFC 9112, section 3.2.2)
            self.headers[:] = [header for header in self.headers if header[0] != b"host"] + [(b"host", host)]
        super().on_headers_complete()
        self.cycle.transport = self._output  # type: ignore[assignment] # has the methods it needs
        self._in_headers = False
        self._partial_bytes = 0
        self.headers = []  # trailer fields come here, as they must not become headers (RFC 9110, section 6.5.1)
        if not self.pipeline:
            self._current = self.cycle
            self._limit.add_waiting(self)
        if self._closing or self.parser.should_upgrade():
            self.cycle.keep_alive = False  # nothing is read after a request with Upgrade
        if version == "1.0":
            self.cycle.waiting_for_100_continue = False  # such a client does not know the status (RFC 9110, 10.1.1)
            self.cycle.send = send_without_chunks(self.cycle)  # type: ignore[method-assign, assignment] # uvicorn has no setting

    def _is_rtsp(self) -> bool:
        """Return whether the request line names RTSP, whose requests the parser takes, too, without saying so."""
        if b" RTSP/" not in self._input:
            return False
        return re.search(rb"(?:\A|\n)[A-Z]+ +" + re.escape(self.url) + rb" +RTSP/", self._input) is not None

    def on_body(self, body: bytes) -> None:
        """Add a part of the body."""
        super().on_body(body)
        self._partial_bytes = 0

    def on_message_complete(self) -> None:
        """End a request, and stop reading if the connection is closed after its response."""
        if self.parser.should_upgrade() and framing(self.cycle.scope["headers"]):
            return  # too early: the body follows
        super().on_message_complete()
        if not self.pipeline and not self.cycle.response_complete and not self.flow.write_paused:
            self._limit.remove_waiting(self)
        self._reading = self.cycle.keep_alive
        if not self._reading:
            self._headers_deadline.stop()  # no other headers are expected

    def _read_on(self, rest: bytes) -> None:
        """Read the body after the headers of a request with Upgrade, which a server may ignore (RFC 9110, section 7.8).

        Clients offer HTTP/2 in this way with any request, but the parser of that request reads no body.
        """
        if head := framing(self.cycle.scope["headers"]):
            body_callbacks = SimpleNamespace(on_body=self._on_rest, on_message_complete=self._on_end)
            self.parser = RequestParser(body_callbacks, do_nothing)  # nor does it read on after another Upgrade
            self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n%b" % (head, rest))

    def _on_rest(self, body: bytes) -> None:
        if self.cycle.more_body:  # not the body of a later request
            self.on_body(body)

    def _on_end(self) -> None:
        if self.cycle.more_body:
            self.on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start to respond, once the data that has arrived is parsed; to a request that had to wait, now."""
        if self._parsing:
            self._unanswered = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _fail(self, status: HTTPStatus) -> None:
        """Stop the parser with an error."""
        self._error = status
        raise ValueError(status)

    # Responses

    def _respond(self, cycle: RequestResponseCycle) -> None:
        """Send the response if the application has it, or start a task for it."""
        may_send = not (cycle.disconnected or self.flow.write_paused or self._output.is_closing())
        response = self.app.respond_at_once(cycle.scope) if may_send else None
        if response is None:
            super()._start_asgi_task(cycle, self.app)
            return
        head, body = response
        cycle.response_started = cycle.response_complete = True
        cycle.on_response = do_nothing  # as uvicorn does, since it refers to the connection
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.writelines([b"".join((head, header_lines(cycle.default_headers), end)), body])
        if not cycle.keep_alive:
            self._output.close()
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Send the error for what cannot be parsed."""
        self._refuse(self._error)

    def on_response_complete(self) -> None:
        """Start the next response, or wait for a request. uvicorn would set a timer each time."""
        self.server_state.total_requests += 1
        last = not self.pipeline
        self._current = None if last else self.pipeline[-1][0]
        if not self._output.is_closing():
            self.flow.resume_reading()
            if last:
                self._idle_deadline.set(self.timeout_keep_alive, self._close_soon)
            else:
                self._start_asgi_task(*self.pipeline.pop())
        if last or self.cycle.more_body or self.flow.write_paused:
            self._limit.add_waiting(self)
        if last and self._final_response is not None:
            self._send_final_response()

    def _refuse(self, status: HTTPStatus) -> None:
        """Send an error after the responses to earlier requests, and read no further."""
        if not self._reading:
            return
        self._reading = False
        self._headers_deadline.stop()
        self._final_response = error = self.config.loaded_app.early_error(status)
        waiting = self.cycle is not None and not self.cycle.response_complete
        if self._in_headers or self.cycle is None:
            self.config.loaded_app.observe_early_error(self._incomplete_scope(), error)
        elif waiting:  # the body of the last request is malformed
            waiting = self._cancel_last_request(error)
        if not waiting:
            self._send_final_response()

    def _cancel_last_request(self, error: RawResponse) -> bool:
        """Cancel the request whose body is malformed. Return whether responses to earlier requests are missing."""
        if self.pipeline:
            cycle, _ = self.pipeline.popleft()
            self.config.loaded_app.observe_early_error(cycle.scope, error)
            return True
        if not self.cycle.response_started:
            self.cycle.scope["state"][REFUSAL] = error.status, len(error.body)
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return False

    def _incomplete_scope(self) -> Scope:
        """Return what is known of a request whose headers are not complete; nothing of one that was not begun."""
        target = self.url[:MAX_TARGET_BYTES] if self._in_headers else b""
        path, _, query = target.partition(b"?")
        return {
            "method": self.parser.get_method().decode() if target else "",
            "raw_path": path,
            "query_string": query,
            "headers": self.headers if self._in_headers else [],
            "client": self.client,
            "state": {},
        }

    def _send_final_response(self) -> None:
        if self._final_response is None or self._output.is_closing():
            return
        if self._in_headers or self.cycle is None or not self.cycle.response_started:
            self.transport.write(self._final_response.to_http1())
        self._output.close()
        if self.cycle is None and not self._in_headers:  # a refused connection must not stay open
            self._close_deadline.set(0, self._close)

    # Deadlines

    def _unset_keepalive_if_required(self) -> None:
        self._idle_deadline.stop()

    def _close_soon(self) -> None:
        """Close the idle connection, unless a request has arrived that was not read yet."""
        self._idle_deadline.set(BUSY_GRACE_SECONDS, self._close)

    def pause_writing(self) -> None:
        """Wait until the client has read."""
        super().pause_writing()
        self._limit.add_waiting(self)
        self._unread_output.start()

    def resume_writing(self) -> None:
        """Continue to write."""
        super().resume_writing()
        self._unread_output.stop()
        if self._output.is_closing():
            self._unread_output.start()
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self._limit.remove_waiting(self)

    def _limit_headers_time(self) -> None:
        self._headers_deadline.set(HEADERS_TIMEOUT_SECONDS, self._check_headers_later)

    def _check_headers_later(self) -> None:
        self._headers_deadline.set(BUSY_GRACE_SECONDS, self._end_waiting)

    def _end_waiting(self) -> None:
        if self._in_headers:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._close()


def has_unknown_coding(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether the body has a transfer coding besides chunked, which the parser would leave as it is."""
    return any(name == b"transfer-encoding" and value.strip().lower() != b"chunked" for name, value in headers)


def header_bytes(headers: list[tuple[bytes, bytes]]) -> int:
    """Return the size of all names and values."""
    return sum(len(name) + len(value) for name, value in headers)


def do_nothing(*_: object) -> None:
    """Do nothing."""


def send_without_chunks(cycle: RequestResponseCycle) -> Callable[[Any], Awaitable[None]]:
    """Return `cycle.send` for a client of HTTP/1.0: the response ends when the connection closes."""
    send = cycle.send

    async def send_until_close(message: Any) -> None:
        cycle.chunked_encoding = False
        cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    return send_until_close
