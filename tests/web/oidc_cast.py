"""An identity provider by OpenID Connect that runs on this machine and vouches for whom a test says."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "leadline", "the provider's word to us"
_KEY = rsa.generate_private_key(65537, 2048)


class Provider:
    """Answers discovery, the exchange of a code, and who it is."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def vouch(self, address: str) -> str:
        """What the browser brings back from the address it was sent to: the query of the way back."""
        self.asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_hex(8)
        self.codes[code] = self.asked["code_challenge"]
        return f"code={code}&state={self.asked['state']}"

    def _token(self, code: str, verifier: str) -> dict[str, Any] | None:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if self.codes.pop(code, None) != challenge:
            return None
        at = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, **self.says}
        return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode(claims, _KEY, "RS256")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/.well-known"):
                    here = provider.issuer
                    self._answer({
                        "issuer": here, "authorization_endpoint": f"{here}/authorize",
                        "token_endpoint": f"{here}/token", "userinfo_endpoint": f"{here}/me",
                        "jwks_uri": f"{here}/keys",
                        "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    })  # fmt: skip
                else:
                    self._answer(provider.says)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {k: v[0] for k, v in parse_qs(body).items()}
                right = (given.get("client_id"), given.get("client_secret")) == (CLIENT, SECRET)
                told = provider._token(given["code"], given.get("code_verifier", "")) if right else None
                self._answer(told or {"error": "invalid_grant"}, 200 if told else 400)

            def _answer(self, told: dict[str, Any], status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
