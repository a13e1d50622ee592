"""A real name server on a loopback port, which knows a few TXT records; the resolver is pointed at it."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator, Mapping

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest


@contextlib.contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, records: Mapping[str, str]) -> Iterator[None]:
    """`records`: name to the text of its one TXT record."""

    class Answer(socketserver.DatagramRequestHandler):
        def handle(self) -> None:
            query = dns.message.from_wire(self.rfile.read())
            name = query.question[0].name
            reply = dns.message.make_response(query)
            text = records.get(name.to_text(omit_final_dot=True))
            if text is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            else:
                parts = " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", parts))
            self.wfile.write(reply.to_wire())

    with socketserver.UDPServer(("127.0.0.1", 0), Answer) as server:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
