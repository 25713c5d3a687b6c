"""The page that shows the mails of the demo. In Spanish, like the demo; it is no part of the portal."""

import email.policy
import re
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

MOST = 200
HOSTS = {"localhost", "127.0.0.1"}
NAME = re.compile(r"[\w.-]+\.eml")
LINK = re.compile(r"https?://[^\s<>\"]+")
# The mail's own HTML runs no script and loads nothing; its links open in the whole window.
SANDBOX = "allow-top-navigation-by-user-activation allow-popups"
MAIL_POLICY = f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'"
STYLE = """
body { font: 1.0625rem/1.5 system-ui, sans-serif; color: #1c2430; margin: 0 auto; max-width: 50rem; }
main { padding: 1rem; }
a { color: #0b5394; } h1 { font-size: 1.5rem; } li { margin: 0; }
ul.mails { list-style: none; padding: 0; border-top: 1px solid #c5ccd6; }
ul.mails a { display: block; padding: .75rem 0; border-bottom: 1px solid #c5ccd6; overflow-wrap: anywhere; }
small { display: block; color: #4a5568; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: #f4f6f9; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 36rem; border: 1px solid #c5ccd6; background: #fff; }
"""


def names(folder: Path) -> list[str]:
    """Newest first: the names begin with the moment of arrival."""
    return sorted((path.name for path in folder.glob("*.eml") if not path.name.startswith(".")), reverse=True)


def read(folder: Path, name: str) -> EmailMessage | None:
    if not NAME.fullmatch(name) or name.startswith("."):
        return None
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    return BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)


def list_page(folder: Path) -> str:
    rows = []
    for name in names(folder)[:MOST]:
        message = read(folder, name)
        if message is not None:
            subject, to, date = (
                escape(str(message[key] or "")) for key in ("Subject", "X-Envelope-To", "Date")
            )
            shown = f"{subject or '(sin asunto)'}<small>{to} · {date}</small>"
            rows.append(f'<li><a href="/mail/{quote(name)}">{shown}</a></li>')
    listed = (
        f'<ul class="mails">{"".join(rows)}</ul>' if rows else "<p>Todavía no ha llegado ningún correo.</p>"
    )
    return page("Correos de la demostración", f"<p>Ninguno sale de este equipo.</p>{listed}")


def mail_page(folder: Path, name: str) -> str | None:
    message = read(folder, name)
    if message is None:
        return None
    labels = {"From": "De", "X-Envelope-To": "Para", "Date": "Fecha", "Content-Language": "Idioma"}
    facts = "".join(
        f"<dt>{label}</dt><dd>{escape(str(message[key]))}</dd>"
        for key, label in labels.items()
        if message[key]
    )
    parts = [f'<p><a href="/">Todos los correos</a></p><dl>{facts}</dl>']
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    if text is not None:
        parts.append(f"<h2>Texto</h2><pre>{linked(text.get_content())}</pre>")
    if html is not None:
        frame = f'<iframe src="/mail/{quote(name)}/html" sandbox="{SANDBOX}" title="Correo en HTML"></iframe>'
        parts.append(f"<h2>HTML</h2>{frame}")
    files = "".join(
        f'<li><a href="/mail/{quote(name)}/file/{number}">{escape(part.get_filename() or "fichero")}</a></li>'
        for number, part in enumerate(message.iter_attachments())
    )
    if files:
        parts.append(f"<h2>Ficheros</h2><ul>{files}</ul>")
    return page(str(message["Subject"] or "(sin asunto)"), "".join(parts))


def linked(text: str) -> str:
    """The text, escaped, with its addresses made links."""
    out, end = [], 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:)")
        out.append(escape(text[end : found.start()]))
        out.append(f'<a href="{escape(address)}">{escape(address)}</a>')
        end = found.start() + len(address)
    return "".join([*out, escape(text[end:])])


def page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{escape(title)}</title><link rel="stylesheet" '
        f'href="/style.css"></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>'
    )


class Handler(BaseHTTPRequestHandler):
    folder: Path

    def do_GET(self) -> None:
        # A page of another site must not read mails by pointing its own name at this machine.
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in HOSTS:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        match unquote(urlsplit(self.path).path).strip("/").split("/"):
            case [""]:
                self.answer(list_page(self.folder))
            case ["style.css"]:
                self.answer(STYLE, kind="text/css")
            case ["mail", name]:
                self.answer(mail_page(self.folder, name))
            case ["mail", name, "html"]:
                self.answer(self.html(name), policy=MAIL_POLICY)
            case ["mail", name, "file", number]:
                self.file(name, number)
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def html(self, name: str) -> str | None:
        message = read(self.folder, name)
        body = message.get_body(("html",)) if message is not None else None
        return None if body is None else f'<base target="_top">{body.get_content()}'

    def file(self, name: str, number: str) -> None:
        message = read(self.folder, name)
        attachments = list(message.iter_attachments()) if message is not None else []
        if not number.isdecimal() or int(number) >= len(attachments):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        part = attachments[int(number)]
        content = part.get_payload(decode=True)
        disposition = f"attachment; filename*=UTF-8''{quote(part.get_filename() or 'fichero', safe='')}"
        self.send(
            content if isinstance(content, bytes) else b"",
            "application/octet-stream",
            disposition=disposition,
        )

    def answer(self, text: str | None, *, kind: str = "text/html", policy: str = PAGE_POLICY) -> None:
        if text is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self.send(text.encode("utf-8", "replace"), f"{kind}; charset=utf-8", policy=policy)

    def send(self, content: bytes, kind: str, *, policy: str = PAGE_POLICY, disposition: str = "") -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        # A link in a mail holds a secret: the address of this page must not travel with a click.
        self.send_header("Referrer-Policy", "no-referrer")
        if disposition:
            self.send_header("Content-Disposition", disposition)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Addresses of mails are not worth a line each."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", port), type("FolderHandler", (Handler,), {"folder": folder}))


def serve(folder: Path, port: int) -> None:
    with make_server(folder, port) as server:
        server.serve_forever()
