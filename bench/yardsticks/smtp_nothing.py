"""aiosmtpd as it comes, with a handler that does nothing: `python -m bench.yardsticks.smtp_nothing PORT`."""

import asyncio
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST = 26214400


class Nothing:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 OK"


async def main(port: int, handler: object) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="localhost", loop=loop),
        "127.0.0.1",
        port,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Nothing()))
