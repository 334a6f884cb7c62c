"""A receiver of signed requests: SECRET=whsec_… python3 receiver.py [PORT]"""
import base64, hashlib, hmac, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def verify(key, headers, body):
    """Tells whether whoever has the key sent this body (bytes) within the last five minutes."""
    sent = headers.get("webhook-timestamp", "")
    if not (sent.isascii() and sent.isdigit()) or abs(time.time() - int(sent)) > 300:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent}.".encode() + body
    want = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(hmac.compare_digest(got.encode(), want)
               for got in headers.get("webhook-signature", "").split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > 1 << 20:
            return self.answer(400)
        body = self.rfile.read(int(length))
        if not verify(key, self.headers, body):
            return self.answer(401)
        # Do here, or better later, what the event asks for; once for each webhook-id.
        print(f"{self.headers['webhook-id']}: {body.decode(errors='replace')}", flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"), validate=True)
    assert len(key) >= 24, "SECRET is not whsec_ and base64"
    server = ThreadingHTTPServer(("127.0.0.1", int((sys.argv + ["8000"])[1])), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
