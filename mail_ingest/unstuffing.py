"""What stands between DATA and the dot that ends it (RFC 5321, section 4.5.2), out of whole buffers."""

END = b"\r\n.\r\n"
# Longest first: what a buffer may end with so that the end, or a dot to be taken away, goes on in the next one.
BEGINNINGS = tuple(END[:length] for length in range(len(END) - 1, 0, -1))


class Unstuffing:
    """Only CR LF . CR LF ends a message, and only after CR LF a dot is taken away: a line feed or a carriage return
    that stands alone is a letter like any other, or one server would see two messages where another sees one.
    """

    def __init__(self) -> None:
        # A message begins like any line, as if a line end stood before it.
        self._held = b"\r\n"
        self._is_at_start = True

    def feed(self, came: bytes | memoryview) -> tuple[bytes, bytes | None]:
        """What `came` adds to the message, and, once that has ended, what came after the end."""
        came = b"".join((self._held, came))
        # Files in base64 have no dot at all, and one letter is looked for ten times faster than five.
        end = came.find(END) if b"." in came else -1
        if end < 0:
            self._held = next(filter(came.endswith, BEGINNINGS), b"")
            said, rest = came[: len(came) - len(self._held)], None
        else:
            said, rest = came[: end + 2], came[end + len(END) :]
        if b"." in said:
            said = said.replace(b"\r\n.", b"\r\n")
        if self._is_at_start and said:
            said, self._is_at_start = said[2:], False
        return said, rest
