"""What is wrong with a file, and what to do about it, in words for whoever sent it."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import Text
from cases.models import CaseDocument
from core import cleaning

# What a program cannot see: one of the staff says so.
ANOTHER_REASON = "by_eye"
BY_EYE = {
    "blurred": _(
        "The photo is blurred or too dark to read. Put the paper into good light, hold the phone still, and "
        "take the photo again."
    ),
    "edges": _("A part of the paper is cut off. Send it again with all four edges in the picture."),
    "pages": _("Pages are missing, or it is the wrong page. Send all the pages of the paper."),
    "another_paper": _("This is not the paper that we need. Read again what we ask for, and send that."),
    "another_person": _("The paper is about somebody else. Send the one of the person of this request."),
    "too_old": _("The paper is too old. Ask for a newer one where you got it, and send that."),
    ANOTHER_REASON: _("We cannot use this file. Send another one."),
}
# The staff's own file.
SENT_BEFORE = "sent_before"

REASONS = {
    "empty": _("The file is empty. Choose it again, or take the photo again."),
    "too_large": _("The file is larger than 10 MB. Send a photo of lower quality, or part the document."),
    "type": _("We can only read JPEG and PNG pictures and PDF files. Send a photo or a PDF of the paper."),
    "heic": _("We cannot read this kind of photo (HEIC). Send it as a JPEG: your phone can save it so."),
    "name": _("The name of the file says something else than what is in it. Save it again and send that."),
    "broken": _("We could not open the file: it is damaged. Save or scan the paper again and send that."),
    "cut_off": _("The file is not complete: its end is missing. Send it again."),
    "too_many_pixels": _("The picture is too large. Send one of at most 40 megapixels."),
    "animated": _("The picture moves. Send a still one."),
    "encrypted": _("The PDF is locked with a password. Print it to a new PDF and send that."),
    "too_many_pages": _("The PDF has more than 60 pages. Send it in parts."),
    "no_pages": _("The PDF has no pages. Save it again and send that."),
    "xfa": _("The PDF is a form that only one program can show. Print it to a new PDF and send that."),
    "too_heavy": _("The file is too complicated to open. Print it to a new PDF, or send a photo."),
    "virus": _("Our virus scanner found something harmful and we deleted the file. Send a photo."),
    "not_checked": _("We could not check the file. We are sorry: please send it again."),
    "too_many_files": _("At most five files can be sent at once. Send the others afterwards."),
    "day_full": _("You have sent 20 files today, which is the most for a day. Send the others tomorrow."),
    "space_full": _("You have sent 200 MB of files, which is the most that we keep. Write us a message."),
    SENT_BEFORE: _("This file is in the request already. Write a message that names it."),
    "no_room": _("We cannot take files right now. Nothing was saved. Try again in some minutes."),
    **BY_EYE,
}  # fmt: skip


def one_file() -> Text:
    """What a form for one file says of it."""
    if cleaning.heic_is_read():
        return _("JPEG, PNG, HEIC or PDF, up to 10 MB.")
    return _("JPEG, PNG or PDF, up to 10 MB.")


def many_files() -> Text:
    if cleaning.heic_is_read():
        return _("JPEG, PNG, HEIC or PDF, up to 10 MB each. You can choose several.")
    return _("JPEG, PNG or PDF, up to 10 MB each. You can choose several.")


class UploadRefused(Exception):  # noqa: N818 - it is an answer
    """The file was not taken: `code`, and `words` for the person who sent it."""

    def __init__(self, code: str, words: Text = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or REASONS[code]

    def __str__(self) -> str:
        return str(self.words)


def why(row: CaseDocument) -> Text:
    """Why a file was not accepted, and what to do; "" for one that was, or is still looked at."""
    words = REASONS.get(row.reason, "")
    return format_lazy("{} {}", words, row.reason_words) if row.reason_words else words


def why_again(row: CaseDocument) -> Text:
    """Of a file that is sent once more, and was refused before."""
    if row.refused_at is None:
        return why(row)
    return format_lazy("{} {}", _("This file was sent before, and we could not use it."), why(row))
