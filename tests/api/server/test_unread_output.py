"""The minimum speed at which a client must read."""

import asyncio
import socket

import pytest

from api.server.unread_output import MIN_PROGRESS_BYTES, UnreadOutput

OUTPUT = bytes(16 * MIN_PROGRESS_BYTES)
TIMEOUT_SECONDS = 0.2


async def read_output(bytes_per_timeout: int) -> int:
    """Send OUTPUT to a client that reads so fast. Return how much it received."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
    theirs.setblocking(False)
    transport.write(OUTPUT)
    output = UnreadOutput(transport, loop, TIMEOUT_SECONDS)
    output.start()
    received = 0
    with theirs:
        while not transport.is_closing() and received < len(OUTPUT):
            for _ in range(bytes_per_timeout // 4096):
                received += len(await asyncio.wait_for(loop.sock_recv(theirs, 4096), 5))
            await asyncio.sleep(TIMEOUT_SECONDS)
    output.stop()
    transport.abort()
    return received


@pytest.mark.slow
def test_slow_but_steady_client_gets_everything() -> None:
    assert asyncio.run(read_output(4 * MIN_PROGRESS_BYTES)) == len(OUTPUT)


def test_client_below_the_minimum_speed_is_disconnected() -> None:
    assert asyncio.run(read_output(MIN_PROGRESS_BYTES // 4)) < len(OUTPUT)


def test_client_that_reads_nothing_is_disconnected() -> None:
    assert asyncio.run(read_output(0)) == 0


async def read_after_the_timeout() -> None:
    """Read over TCP, once the timeout has passed."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as theirs:
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, listener.accept()[0])
        transport.write(OUTPUT * 8)
        UnreadOutput(transport, loop, TIMEOUT_SECONDS).start()
        await asyncio.sleep(2 * TIMEOUT_SECONDS)
        while theirs.recv(1 << 20):
            pass


def test_what_was_sent_to_the_kernel_is_dropped() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(read_after_the_timeout())
