"""Writing the files of mails in threads: while the disk takes one in, the next mail is read."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from feedback.files import Files

# A disk syncs several files in little more than the time of one.
AT_ONCE = 4


@dataclass
class FileWriting:
    """The files of one mail on their way into the store."""

    files: Files
    threads: ThreadPoolExecutor
    _under_way: list[Future[str]] = field(default_factory=list)

    def begin(self, content: bytes) -> None:
        self._under_way.append(self.threads.submit(self.files.store, content))

    @property
    def is_under_way(self) -> bool:
        return bool(self._under_way)

    def finish(self) -> None:
        """All of them are in the store when this returns. Raises OSError where one is not."""
        for one in self._under_way:
            one.result()


def threads() -> ThreadPoolExecutor:
    """They are started with the first file."""
    return ThreadPoolExecutor(AT_ONCE, "files")
