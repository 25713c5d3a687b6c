"""What is wrong with a file, and what to do about it, in words for whoever sent it."""

from django.utils.translation import gettext_lazy as _

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
    "no_room": _("We cannot take files right now. Nothing was saved. Try again in some minutes."),
}  # fmt: skip


class UploadRefused(Exception):  # noqa: N818 - it is an answer
    """The file was not taken: `code`, and `words` for the person who sent it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = REASONS[code]
