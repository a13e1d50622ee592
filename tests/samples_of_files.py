"""Small files of every kind, made here, that look to a reader of contents like real ones."""

import io
import zipfile

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def archive(**members: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, member in members.items():
            made.writestr(name, member)
    return content.getvalue()


def office(kind: str, **further: str) -> bytes:
    return archive(**{"[Content_Types].xml": f'<Override ContentType="{kind}.main+xml"/>', **further})


def old_office(*streams: str) -> bytes:
    return OLE + bytes(512) + b"".join(name.encode("utf-16-le") + bytes(64) for name in streams)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(40)
