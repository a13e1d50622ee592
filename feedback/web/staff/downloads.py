"""What residents sent, handed out so that no browser runs it."""

import io

from flask import Response, send_file


def attachment(content: bytes, filename: str, content_type: str) -> Response:
    """To be saved, never shown: its own type, no guessing, and a sandbox for whoever opens it all the same."""
    answer = send_file(
        io.BytesIO(content), mimetype=content_type, as_attachment=True, download_name=filename, max_age=0
    )
    _locked_up(answer)
    return answer


def picture(content: bytes, content_type: str) -> Response:
    """A picture that we drew ourselves, to be shown in a page of ours and nowhere else."""
    answer = Response(content, mimetype=content_type)
    answer.headers["Content-Disposition"] = "inline"
    _locked_up(answer)
    return answer


def _locked_up(answer: Response) -> None:
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
