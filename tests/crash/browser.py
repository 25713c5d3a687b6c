"""A browser of few words: cookies, forms, one request at a time, as it would come through the proxy."""

import http.client
import re
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.crash.stack import HOST, SITE

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
LOGIN, REAUTHENTICATE = "/accounts/login/", "/accounts/reauthenticate/"
# While a part is down this is all that may be heard from the portal.
AWAY = {502, 503, 504}


class Away(Exception):  # noqa: N818
    """No answer, or one that says: later."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str

    @property
    def path(self) -> str:
        return urlsplit(self.location).path

    def hidden(self, name: str) -> str:
        """Of the first form that has it: the footer has forms too."""
        return next(value for field, value in HIDDEN.findall(self.text) if field == name)


@dataclass
class Browser:
    port: int
    address: str
    timeout: float = 120
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, str], file: tuple[str, bytes] | None = None) -> Answer:
        if file is None:
            return self._ask("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")
        border = uuid.uuid4().hex
        name, content = file
        parts = [f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
                 for key, value in fields.items()]  # fmt: skip
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts += [f"{head}Content-Type: application/octet-stream\r\n\r\n".encode(), content]
        body = b"".join([*parts, f"\r\n--{border}--\r\n".encode()])
        return self._ask("POST", path, body, f"multipart/form-data; boundary={border}")

    def _ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
            "Referer": f"{SITE}{path}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if content_type:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Away(type(error).__name__) from error
        finally:
            connection.close()
        if answer.status in AWAY:
            raise Away(str(answer.status))
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(answer.status, answer.headers.get("Location", ""), text)
