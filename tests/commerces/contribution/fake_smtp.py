"""A local SMTP server that says what it received; it speaks STARTTLS, TLS and AUTH PLAIN."""

import base64
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder):
    """A certificate of localhost and its key in one file; clients trust the file itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "smtp.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Handler(socketserver.StreamRequestHandler):
    """One conversation."""

    def handle(self):
        if self.server.tls_first:
            self._secure()
        self._say("220 essai")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not getattr(self, f"do_{verb.lower()}", self.do_other)(rest):
                return

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()

    def _secure(self):
        # The old buffers would swallow the beginning of what is encrypted.
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.server.seen.append("tls")

    def finish(self):
        super().finish()
        self.connection.close()

    def do_ehlo(self, _):
        self._say("250-essai")
        self._say("250-STARTTLS")
        self._say("250 AUTH PLAIN")
        return True

    def do_starttls(self, _):
        self._say("220 allez")
        self._secure()
        return True

    def do_auth(self, rest):
        self.server.seen.append(base64.b64decode(rest.split()[1]).decode())
        self._say("235 bien")
        return True

    def do_rcpt(self, _):
        self._say(self.server.on_rcpt)
        return True

    def do_data(self, _):
        self._say("354 allez")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.mails.append(b"".join(lines))
        self._say(self.server.on_data)
        return True

    def do_quit(self, _):
        self._say(self.server.on_quit)
        return False

    def do_other(self, _):
        self._say("250 bien")
        return True


@contextmanager
def smtp_server(
    pem, *, tls_first=False, on_rcpt="250 bien", on_data="250 bien", on_quit="221 adieu"
):
    """A server on a port of its own; what it saw is in `seen` and `mails`."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(pem)
        server.tls_first, server.on_rcpt, server.on_data = tls_first, on_rcpt, on_data
        server.on_quit = on_quit
        server.seen, server.mails = [], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
