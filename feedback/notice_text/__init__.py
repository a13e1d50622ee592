"""Published notices as text: what they say about themselves, their numbered points and their channels.

`decode` makes text of a file, `read` makes a notice of text, `outline` shows it as plain values. Nothing
here knows any particular notice.
"""

import itertools
from typing import Any

from feedback.errors import Refusal, _
from feedback.notice_text.channels import read_channels
from feedback.notice_text.heading import (
    dated_below_title,
    edition_of,
    find_title,
    issuer_in_title,
    published_on,
    without_title,
)
from feedback.notice_text.parts import ChannelsText, Figure, ItemText, NoticeText, SectionText
from feedback.notice_text.plain import decode, lines_of
from feedback.notice_text.signature import cut_closing, find_signature, on_own_line, tells_contact
from feedback.notice_text.structure import cut_header, read_sections
from feedback.notice_text.webpage import is_navigation
from feedback.notice_text.wrapping import unwrap

__all__ = ["ChannelsText", "Figure", "ItemText", "NoticeText", "SectionText", "decode", "outline", "read"]

_LAST_LINES = 6


def read(text: str) -> NoticeText:
    """The notice in this text, whatever a web page or a newspaper has put around it.

    Raises Refusal, with one sentence, when the text is not a notice.
    """
    cut = cut_header(on_own_line(unwrap(lines_of(text))))
    signature = find_signature([line.text for line in cut.body])
    footer = [line.text for line in cut.body[signature.end :]]
    body, closing = cut_closing([line for line in cut.body[: signature.start] if not is_navigation(line.text)])
    title = find_title(cut.header, signature.issuer)
    if title is None:
        raise Refusal(_("This is no notice: it has no title such as 关于……的通报 above its first section."))
    header = without_title(cut.header, title)
    return NoticeText(
        title=title,
        issuer=signature.issuer or issuer_in_title(title),
        signed_on=signature.signed_on or dated_below_title(header),
        published_on=published_on(header, footer),
        edition=edition_of(header, footer),
        sections=read_sections(body, cut.level, title),
        channels=_channels(closing, [line.text for line in body], footer),
        preface=_preface(header),
        closing="\n".join(closing),
    )


def _channels(closing: list[str], body: list[str], footer: list[str]) -> ChannelsText:
    """From the closing words; else from the end of the text, or what stands below the signature of the notice itself.

    Never from the foot of the page: the telephone there is that of whoever runs the site.
    """
    ending = [line for line in body[-_LAST_LINES:] if tells_contact(line)]
    below = list(itertools.takewhile(lambda line: not is_navigation(line), footer))
    found = (read_channels("\n".join(lines)) for lines in (closing, ending, below))
    return next((channels for channels in found if channels != ChannelsText()), ChannelsText())


def _preface(header: list[str]) -> str:
    """The running text before the first section: lines that are sentences."""
    spoken = [line for line in header if line.endswith(("。", "：", ":")) and not is_navigation(line)]
    return "\n".join(spoken)


def outline(notice: NoticeText) -> dict[str, Any]:
    """The notice as `feedback notice show --json` prints it; what is unknown is None."""
    channels = notice.channels
    return {
        "title": notice.title,
        "issuer": notice.issuer,
        "signed_on": notice.signed_on.isoformat() if notice.signed_on else None,
        "published_on": notice.published_on.isoformat() if notice.published_on else None,
        "edition": notice.edition,
        "sections": [
            {
                "number": section.number,
                "title": section.title,
                "items": [
                    {"key": item.key, "title": item.title, "measures": len(item.measures)} for item in section.items
                ],
            }
            for section in notice.sections
        ],
        "channels": {
            "phone": channels.phones[0] if channels.phones else None,
            "post": {
                "address": channels.address,
                "postcode": channels.postcode,
                "envelope_remark": channels.envelope_remark,
            },
            "email": channels.email,
        },
    }
