"""The size, the name and the headers of every request."""

import io
import logging

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from core.middleware import body_cap, extra_headers, own_downloads, request_id


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("served")


CAP = settings.BODY_CAP_BYTES
BODIES = [
    ({}, 200),
    ({"CONTENT_LENGTH": ""}, 200),
    ({"CONTENT_LENGTH": "0"}, 200),
    ({"CONTENT_LENGTH": str(CAP)}, 200),
    ({"CONTENT_LENGTH": str(CAP + 1)}, 413),
    ({"CONTENT_LENGTH": "-1"}, 413),
    ({"CONTENT_LENGTH": "1e3"}, 413),
    ({"CONTENT_LENGTH": "\xb2"}, 413),
    ({"HTTP_TRANSFER_ENCODING": "chunked"}, 413),
    ({"HTTP_TRANSFER_ENCODING": "gzip, Chunked"}, 413),
]


UPLOAD = "/requests/CON-7K3M9QXC4D/upload/"
FILES = settings.UPLOAD_CAP_BYTES
SIZES = [
    (UPLOAD, FILES, 200),
    (UPLOAD, FILES + 1, 413),
    ("/requests/CON-7K3M9QXC4D/", CAP + 1, 413),
    ("/requests/CON-7K3M9QXC4D/message/", CAP + 1, 413),
    ("/requests/a/b/upload/", CAP + 1, 413),
    ("/requests//upload/", CAP + 1, 413),
    (f"/x{UPLOAD}", CAP + 1, 413),
    (f"{UPLOAD}x", CAP + 1, 413),
]


@pytest.mark.parametrize(("address", "size", "status"), SIZES)
def test_files_may_be_sent_to_one_kind_of_address(address: str, size: int, status: int) -> None:
    request = RequestFactory().post(address, CONTENT_LENGTH=str(size))
    assert body_cap(answer)(request).status_code == status


class Unread(io.BytesIO):
    def read(self, *args: int) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.django_db
def test_the_files_of_a_stranger_are_not_read(client: Client) -> None:
    body = {
        "wsgi.input": Unread(),
        "CONTENT_LENGTH": str(FILES),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    response = client.post(UPLOAD, **body)
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"
    # After the log-in, the page with the form: the address that takes the files is none.
    page = UPLOAD.removesuffix("upload/")
    response = client.post(UPLOAD, **body, headers={"Referer": f"http://testserver{page}"})
    assert response["Location"] == f"/accounts/login/?next={page}"


@pytest.mark.parametrize(("meta", "status"), BODIES)
def test_a_body_is_refused_by_its_announced_size(meta: dict[str, str], status: int) -> None:
    request = RequestFactory().get("/", **meta)
    assert body_cap(answer)(request).status_code == status


IDS = [
    (0, "given-by-the-client-1", False),
    (1, "given-by-the-proxy-1", True),
    (1, "short", False),
    (1, "x" * 65, False),
    (1, "new\nline-in-the-log", False),
    (1, "", False),
]


@pytest.mark.parametrize(("proxies", "given", "kept"), IDS)
def test_only_a_proxy_of_ours_may_name_the_request(proxies: int, given: str, *, kept: bool) -> None:
    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    with override_settings(TRUSTED_PROXIES=proxies):
        response = request_id(answer)(request)
    assert (response["X-Request-ID"] == given) is kept
    assert len(response["X-Request-ID"]) >= 12


def test_two_requests_have_two_names() -> None:
    middleware = request_id(answer)
    first, second = (middleware(RequestFactory().get("/"))["X-Request-ID"] for _ in range(2))
    assert first != second


@pytest.mark.django_db
def test_the_line_of_a_request_names_the_route_and_never_the_address(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="portal.request"):
        client.get("/verify/ACDEFGHJKMNP/?dni=12345678Z")
    (record,) = [record for record in caplog.records if record.name == "portal.request"]
    assert (record.method, record.route) == ("GET", "verify_code")  # type: ignore[attr-defined]
    assert "ACDEFGHJKMNP" not in str(record.__dict__)


@pytest.mark.parametrize(
    ("address", "kept_by"),
    [("/", "no-store"), ("/policies/POL-X/", "no-store"), ("/static/portal.css", None)],
)
def test_pages_are_kept_by_nobody_and_static_files_are(address: str, kept_by: str | None) -> None:
    response = extra_headers(answer)(RequestFactory().get(address))
    assert response.headers.get("Cache-Control") == kept_by
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


ATTACHED = {"Content-Disposition": 'attachment; filename="x.pdf"'}


@pytest.mark.parametrize(
    ("headers", "asked_by", "status"),
    [
        (ATTACHED, "cross-site", 403),
        (ATTACHED, "same-origin", 200),
        (ATTACHED, "same-site", 200),
        # The address was typed, or the browser is too old to say.
        (ATTACHED, "none", 200),
        (ATTACHED, None, 200),
        # A page may be linked to from anywhere.
        ({}, "cross-site", 200),
    ],
)
def test_a_document_is_given_to_our_own_pages_only(
    headers: dict[str, str], asked_by: str | None, status: int
) -> None:
    closed = []

    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("%PDF-1.7", headers=headers)
        response.close = lambda: closed.append(response)  # type: ignore[method-assign]
        return response

    sent = {"Sec-Fetch-Site": asked_by} if asked_by else {}
    response = own_downloads(view)(RequestFactory().get("/x", headers=sent))
    assert (response.status_code, len(closed)) == (status, int(status == 403))
    assert (b"%PDF-1.7" in response.content) is (status == 200)  # type: ignore[attr-defined]


def test_a_page_may_say_otherwise() -> None:
    def kept(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "public, max-age=60"})

    assert extra_headers(kept)(RequestFactory().get("/brand/x.css"))["Cache-Control"] == "public, max-age=60"


def test_the_cap_stands_before_all_that_reads_and_behind_all_that_protects() -> None:
    order = settings.MIDDLEWARE.index
    cap = order("core.middleware.body_cap")
    door = order("core.middleware.upload_door")
    assert (
        order("accounts.middleware.session_clock") < door < order("django.middleware.csrf.CsrfViewMiddleware")
    )
    assert cap < order("django.middleware.csrf.CsrfViewMiddleware")
    for outer in (
        "core.middleware.request_id",
        "django.middleware.security.SecurityMiddleware",
        "csp.middleware.CSPMiddleware",
        "core.middleware.extra_headers",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ):
        assert order(outer) < cap
