"""The text of attachments: which are still to be read, and what was read in them. `rounds` does the reading."""

from feedback.file_texts.unread import forget_all, legibilities, queue, waiting

__all__ = ["forget_all", "legibilities", "queue", "waiting"]
