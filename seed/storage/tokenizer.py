"""FTS5's tokenizer. SQLite offers it only inside an index, so this uses an index in memory."""

import sqlite3
import threading
from functools import cached_property, lru_cache

from seed.storage.mapping import TOKENIZER

MAX_CACHED_TEXTS = 4096


class Tokenizer:
    """Divides texts into words as the full-text indexes do. Threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        """A connection that is opened in the process that uses it, which may be a fork."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.execute(f"create virtual table texts using fts5(text, tokenize='{TOKENIZER}')")
        connection.execute("create virtual table words using fts5vocab(texts, 'instance')")
        return connection

    def words(self, text: str) -> tuple[str, ...]:
        """Return the words of a text in order."""
        with self._lock:
            self._connection.execute("delete from texts")
            self._connection.execute("insert into texts values (?)", [text])
            return tuple(word for (word,) in self._connection.execute("select term from words order by offset"))


_TOKENIZER = Tokenizer()


@lru_cache(maxsize=MAX_CACHED_TEXTS)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text as the full-text indexes have them."""
    return _TOKENIZER.words(text)
