"""Small files with words in them, of each kind that an office writes, made here."""

import io
import struct
import zipfile

import xlsxwriter
from pypdf import PdfReader, PdfWriter

from tests import samples_of_files as samples

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT = f'xmlns:office="{ODF}office:1.0" xmlns:text="{ODF}text:1.0" xmlns:table="{ODF}table:1.0"'
OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SECTOR = 512


def docx(words: str, **further: str | bytes) -> bytes:
    body = f"<w:document {W}><w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body></w:document>"
    return samples.office(samples.WORD, **{"word/document.xml": body, **further})


def pptx(*slides: str) -> bytes:
    parts = {
        f"ppt/slides/slide{number}.xml": f"<p {A}><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p>"
        for number, words in enumerate(slides, start=1)
    }
    return samples.office(samples.SLIDES, **parts)


def xlsx(*rows: tuple[str | float, ...]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet("名单")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


def odt(words: str) -> bytes:
    body = f"<office:body {TEXT}><text:p>{words[:2]}<text:span>{words[2:]}</text:span></text:p></office:body>"
    return samples.archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": body})


def ods(*cells: str) -> bytes:
    row = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
    body = f"<table:table {TEXT}><table:table-row>{row}</table:table-row></table:table>"
    return samples.archive(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": body})


def ofd(words: str) -> bytes:
    page = f"<ofd:Page {OFD}><ofd:TextObject><ofd:TextCode>{words}</ofd:TextCode></ofd:TextObject></ofd:Page>"
    return samples.archive(**{"OFD.xml": f"<ofd:OFD {OFD}/>", "Doc_0/Pages/Page_0/Content.xml": page})


def pdf(*pages: str) -> bytes:
    """In the encoding that Chinese programs without embedded fonts write; an empty page is a scanned one."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    parts.append(
        "<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /GBK-EUC-H /DescendantFonts [<< /Type /Font"
        " /Subtype /CIDFontType0 /BaseFont /SimSun"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>] >>"
    )
    kids = []
    for words in pages:
        said = f"BT /F1 12 Tf 72 700 Td <{words.encode('gbk').hex()}> Tj ET" if words else "0 0 100 100 re f"
        parts.append(f"<< /Length {len(said)} >>\nstream\n{said}\nendstream")
        kids.append(f"{len(parts) + 1} 0 R")
        parts.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {len(parts)} 0 R >>"
        )
    parts[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _numbered(parts)


def _numbered(parts: list[str]) -> bytes:
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{part}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\n"
    return made + f"{end}startxref\n{len(made)}\n%%EOF\n".encode("ascii")


def locked(content: bytes, password: str = "example") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user_password=password, owner_password="another", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def bomb() -> bytes:
    """A Word document of some kilobytes that unpacks to 80 MB without a word in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Override ContentType="{samples.WORD}.main+xml"/>')
        with archive.open("word/document.xml", "w") as part:
            part.write(f"<w:document {W}>".encode())
            for _megabyte in range(80):
                part.write(b"<w:pPr/>" * (1 << 17))
    return content.getvalue()


def doc(words: str, *, is_encrypted: bool = False) -> bytes:
    """Word 97–2003: the text in two pieces, one of them with a byte for each sign."""
    latin, chinese = b"ABC ", words.encode("utf-16-le")
    start = 0x400
    fib = bytearray(start)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", fib, 0x0A, 0x0200 | (0x0100 if is_encrypted else 0))
    struct.pack_into("<H", fib, 0x20, 14)
    struct.pack_into("<H", fib, 0x3E, 22)
    struct.pack_into("<H", fib, 0x98, 93)
    ends = struct.pack("<III", 0, len(latin), len(latin) + len(words))
    compressed = struct.pack("<HIH", 0, (start * 2) | 0x40000000, 0)
    plain = struct.pack("<HIH", 0, start + 8, 0)
    pieces = ends + compressed + plain
    clx = struct.pack("<BH2s", 1, 2, b"\0\0") + struct.pack("<BI", 2, len(pieces)) + pieces
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + latin.ljust(8, b"\0") + chinese, "1Table": clx})


def ppt(words: str) -> bytes:
    said = struct.pack("<HHI", 0, 0x0FA0, 2 * len(words)) + words.encode("utf-16-le", "surrogatepass")
    return compound({"PowerPoint Document": struct.pack("<HHI", 0x0F, 0x03E8, len(said)) + said})


def xls(words: str, number: float) -> bytes:
    """BIFF8: the workbook with its strings, then one sheet with a cell of words and one with a number."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    strings = record(0x00FC, struct.pack("<IIHB", 1, 1, len(words), 1) + words.encode("utf-16-le"))
    name = "名单"
    end = record(0x000A, b"")

    def book(at: int) -> bytes:
        sheet = struct.pack("<IBBBB", at, 0, 0, len(name), 1) + name.encode("utf-16-le")
        return record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 0)) + record(0x0085, sheet) + strings + end

    cells = record(0x00FD, struct.pack("<HHHI", 0, 0, 0, 0)) + record(0x0203, struct.pack("<HHHd", 0, 1, 0, number))
    sheet = record(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0, 1997, 0, 0)) + cells + end
    return compound({"Workbook": book(len(book(0))) + sheet})


def compound(streams: dict[str, bytes]) -> bytes:
    """[MS-CFB]: a table of sectors, the directory, and each stream, long enough not to be one of the small ones."""
    contents = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    table = [0xFFFFFFFD, 0xFFFFFFFE]
    entries = [_entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)]
    for number, (name, content) in enumerate(contents.items(), start=1):
        first, count = len(table), -(-len(content) // SECTOR)
        table += [*range(first + 1, first + count), 0xFFFFFFFE]
        following = number + 1 if number < len(contents) else 0xFFFFFFFF
        entries.append(_entry(name, 2, 0xFFFFFFFF, first, len(content), following))
    header = samples.OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    sectors = struct.pack(f"<{SECTOR // 4}I", *table, *[0xFFFFFFFF] * (SECTOR // 4 - len(table)))
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    body = b"".join(content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\0") for content in contents.values())
    return header + sectors + directory + body


def _entry(name: str, kind: int, child: int, first: int, size: int, following: int = 0xFFFFFFFF) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, following, child)
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBB", len(written), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", first, size)
    )
