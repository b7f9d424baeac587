"""Limit of concurrent calls per client, so that one client cannot occupy all threads."""

from asyncio import Semaphore
from weakref import WeakValueDictionary


class ClientSlots:
    """Semaphores by client address, which exist only while they are in use."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._semaphores: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()

    def for_client(self, address: str) -> Semaphore:
        """Return the semaphore of a client, to be used with `async with`."""
        semaphore = self._semaphores.get(address)
        if semaphore is None:
            semaphore = self._semaphores[address] = Semaphore(self._size)
        return semaphore

    def __len__(self) -> int:
        return len(self._semaphores)
