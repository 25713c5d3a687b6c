"""Makes a harmless copy of a file that somebody sent: pixels drawn anew, PDFs without what acts.

Runs as a process of its own (core/uploads.py starts it) with little memory, little time, no secrets in its
environment and no module of ours: whoever breaks out of a decoder finds nothing here.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
import warnings
import zlib
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MAX_PAGES = 60
MAX_PIXELS = 40_000_000

# A progressive JPEG is drawn once for each scan (ten are usual), and a scan may be a few bytes.
SCANNED_PIXELS = 2_500_000_000

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 20
WRITTEN_BYTES = 64 * 1024 * 1024

# Of the streams of a PDF together, once inflated: sixty scanned pages stay far below.
INFLATED_BYTES = 400 * 1024 * 1024
PDF_OBJECTS = 100_000
PDF_DEPTH = 50
# One picture inside a PDF: A3 at 1200 dots an inch is 280 million.
PDF_PICTURE_PIXELS = 300_000_000

HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
FORMATS = {"jpeg": "JPEG", "png": "PNG", "heic": "HEIF"}

# Whatever acts, hides or fetches, wherever in the file it hangs.
DROPPED_KEYS = {
    "/3DD", "/AA", "/AF", "/AlternatePresentations", "/Collection", "/EF", "/EmbeddedFiles", "/JS",
    "/JavaScript", "/Launch", "/Legal", "/Mac", "/Metadata", "/Movie", "/OPI", "/OpenAction", "/PS", "/Perms",
    "/PieceInfo", "/RF", "/Ref", "/Renditions", "/Requirements", "/RichMediaContent", "/RichMediaSettings",
    "/Sound", "/SpiderInfo", "/URI", "/URLS", "/Unix", "/Win", "/XFA",
}  # fmt: skip
# The only action that stays: to a place in the same file.
HARMLESS_ACTIONS = {"/GoTo"}
ACTION_KEYS = {"/A", "/Next", "/PA", "/AA", "/OpenAction"}
ACTIONS = {
    "/GoTo3DView", "/GoToE", "/GoToR", "/ImportData", "/JavaScript", "/Launch", "/Movie", "/Rendition",
    "/RichMediaExecute", "/Sound", "/SubmitForm", "/Thread", "/URI",
}  # fmt: skip
DROPPED_ANNOTATIONS = {"/3D", "/FileAttachment", "/Movie", "/RichMedia", "/Screen", "/Sound"}
# A font may be called /AA or /JS in the resources of a page.
RESOURCE_TYPES = {"/Font", "/XObject", "/ExtGState", "/Pattern", "/OCG", "/OCMD"}
PACKERS = {"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}


class Refused(Exception):  # noqa: N818 - it is an answer
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sniff(head: bytes) -> str:
    """What the first bytes say: jpeg, png, pdf, heic, or "" for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
        return "pdf"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "heic"
    return ""


def heic_is_read() -> bool:
    return find_spec("pillow_heif") is not None


def clean(source: Path, target: Path) -> dict[str, Any]:
    with source.open("rb") as file:
        kind = sniff(file.read(1024))
    if kind == "pdf":
        return {"type": "pdf", "pages": clean_pdf(source, target)}
    if kind in FORMATS:
        return {"type": clean_picture(source, target, kind), "pages": 1}
    raise Refused("type")


# --- pictures -------------------------------------------------------------------------------------


def clean_picture(source: Path, target: Path, kind: str) -> str:
    """The pixels, upright, in a file that holds nothing else. Returns what it became: jpeg or png."""
    from PIL import Image, ImageOps

    if kind == "heic":
        if not heic_is_read():
            raise Refused("heic")
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    # Pillow only warns of a bomb up to twice the limit.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=[FORMATS[kind]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Refused("too_many_pixels")
            scans = source.read_bytes().count(b"\xff\xda") if kind == "jpeg" else 1
            if scans > 20 and scans * image.width * image.height > SCANNED_PIXELS:
                raise Refused("too_heavy")
            if kind == "png" and getattr(image, "n_frames", 1) > 1:
                raise Refused("animated")
            image.load()
            upright: Any = image
            # Junk where the orientation should stand: the picture stays as it lies.
            with suppress(Exception):
                upright = ImageOps.exif_transpose(image)
            plain = plain_mode(upright, alpha=kind == "png")
            # What is not given to save() is taken from here: colour profile, comment, resolution.
            plain.info = {}
            if kind == "png":
                plain.save(target, "PNG")
                return "png"
            plain.save(target, "JPEG", quality=90)
            return "jpeg"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("too_many_pixels") from error
    except OSError as error:
        raise Refused("cut_off" if "truncated" in str(error) else "broken") from error


def plain_mode(image: Any, *, alpha: bool) -> Any:
    if image.mode.startswith("I"):
        # Sixteen bits of grey: convert("L") alone would cut all but the darkest to white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return image.convert("L")
    if alpha and (image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info):
        return image.convert("RGBA")
    return image.convert("RGB")


# --- PDF ------------------------------------------------------------------------------------------


def clean_pdf(source: Path, target: Path) -> int:
    """The same pages with their typed values, without anything that acts. Returns how many."""
    import pikepdf

    data = source.read_bytes()
    if b"%%EOF" not in data[-4096:]:
        # The reader would guess what is missing, and pages would be lost in silence.
        raise Refused("cut_off")
    try:
        with pikepdf.open(source) as pdf:
            if pdf.is_encrypted:
                raise Refused("encrypted")
            pages = count_pages(pdf)
            if len(pdf.objects) > PDF_OBJECTS:
                raise Refused("too_heavy")
            form = pdf.Root.get("/AcroForm")
            if pdf.Root.get("/NeedsRendering") or (form is not None and "/XFA" in form and pages == 1):
                # The only page says "please wait": the form is drawn by a program inside.
                raise Refused("xfa")
            scrub_pdf(pdf, pikepdf)
            pdf.save(target, fix_metadata_version=False)
        with pikepdf.open(target) as written:
            if len(written.pages) != pages:
                raise Refused("broken")
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    return pages


def count_pages(pdf: Any) -> int:
    told = pdf.Root.Pages.get("/Count")
    if isinstance(told, int) and told > MAX_PAGES:
        raise Refused("too_many_pages")
    pages = len(pdf.pages)
    if pages == 0:
        raise Refused("no_pages")
    if pages > MAX_PAGES:
        raise Refused("too_many_pages")
    if told != pages:
        raise Refused("broken")
    return pages


def scrub_pdf(pdf: Any, pikepdf: Any) -> None:
    budget = INFLATED_BYTES
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            budget -= inflated_size(thing, budget, pikepdf)
        scrub(thing, pikepdf)
    for page in pdf.pages:
        notes = page.obj.get("/Annots")
        if isinstance(notes, pikepdf.Array):
            page.obj.Annots = pikepdf.Array(
                [note for note in notes if name_at(note, "/Subtype", pikepdf) not in DROPPED_ANNOTATIONS]
            )
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]


def scrub(thing: Any, pikepdf: Any, depth: int = 0) -> None:
    """Of one object and what lies directly in it; what it only refers to comes by itself."""
    if depth > PDF_DEPTH:
        raise Refused("broken")
    if isinstance(thing, pikepdf.Array):
        for number, item in enumerate(thing):
            if name_at(item, "/S", pikepdf) in ACTIONS:
                thing[number] = pikepdf.Dictionary()
            elif isinstance(item, pikepdf.Object) and not item.is_indirect:
                scrub(item, pikepdf, depth + 1)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    dropped = set()
    if isinstance(thing, pikepdf.Stream):
        # The content of such a stream would lie in another file.
        dropped = {"/F", "/FFilter", "/FDecodeParms"}
    elif name_at(thing, "/FT", pikepdf) == "/Sig":
        # No signature survives a change of the file: rather none than one that is called forged.
        dropped = {"/V"}
    for key in list(thing.keys()):
        value = thing[key]
        if key in dropped or acts(key, value, pikepdf):
            del thing[key]
        elif isinstance(value, pikepdf.Object) and not value.is_indirect:
            scrub(value, pikepdf, depth + 1)


def acts(key: str, value: Any, pikepdf: Any) -> bool:
    action = name_at(value, "/S", pikepdf)
    if action in ACTIONS or (key in ACTION_KEYS and action and action not in HARMLESS_ACTIONS):
        return True
    return key in DROPPED_KEYS and name_at(value, "/Type", pikepdf) not in RESOURCE_TYPES


def name_at(thing: Any, key: str, pikepdf: Any) -> str:
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return ""
    value = thing.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""


def inflated_size(stream: Any, budget: int, pikepdf: Any) -> int:
    """Raises Refused for what would fill the memory of whoever opens the file."""
    if name_at(stream, "/Subtype", pikepdf) == "/Image":
        width, height = stream.get("/Width", 0), stream.get("/Height", 0)
        if not isinstance(width, int) or not isinstance(height, int):
            raise Refused("broken")
        if width * height > PDF_PICTURE_PIXELS:
            raise Refused("too_many_pixels")
    given = stream.get("/Filter", pikepdf.Array())
    filters = [str(name) for name in (given if isinstance(given, pikepdf.Array) else [given])]
    packed = [name for name in filters if name in PACKERS]
    if len(packed) > 1:
        # Nobody packs twice but to hide how much there is.
        raise Refused("too_heavy")
    if not packed:
        return 0
    if filters[0] not in {"/FlateDecode", "/Fl"}:
        # Under the memory limit of this process.
        return len(stream.read_bytes())
    engine, left, size = zlib.decompressobj(), stream.read_raw_bytes(), 0
    while left and not engine.eof:
        try:
            size += len(engine.decompress(left, 1 << 20))
        except zlib.error:
            # Readers show what comes before the damage.
            break
        if size > budget:
            raise Refused("too_heavy")
        left = engine.unconsumed_tail
    return size


# --- the process ----------------------------------------------------------------------------------


# By the name that the kernel has for the machine: what it calls the architecture, and the numbers of what is
# forbidden. Those above the line are the network; the others start programs or reach into other processes.
FORBIDDEN = {
    "x86_64": (
        0xC000003E,
        (41, 53, 425),  # socket, socketpair, io_uring_setup
        # execve(at), (t(g))kill, rt_(tg)sigqueueinfo, ptrace, process_vm_*, pidfd_*
        (59, 322, 62, 200, 234, 129, 297, 101, 310, 311, 438, 424),
    ),
    "aarch64": (
        0xC00000B7,
        (198, 199, 425),
        (221, 281, 129, 130, 131, 138, 240, 117, 270, 271, 438, 424),
    ),
}


def close_the_doors() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        # Out of time it gets SIGXCPU, one second before the SIGKILL that would look like a kill from outside.
        resource.setrlimit(what, (most, most + (what == resource.RLIMIT_CPU)))
    # Python would go on with an error: a file that grows without end is as heavy as one that counts for ever.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: it dies with the worker that waits for it
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        # CLONE_NEWUSER | CLONE_NEWNET: no network. Many containers forbid it.
        libc.unshare(0x10000000 | 0x40000000)
        forbid(libc)
    except (OSError, AttributeError):
        pass


def forbid(libc: ctypes.CDLL) -> None:
    """No socket, no program, no other process: a filter of the kernel's, which nobody takes off again.

    It needs no right. Another machine than these two has the limits above, and the kernel may lack filters.
    """
    known = FORBIDDEN.get(os.uname().machine)
    if known is None:
        return
    architecture, network, processes = known
    numbers = network + processes
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    steps = [
        (load, 0, 0, 4),  # the architecture of the call: of another one the numbers mean other calls
        (equal, 1, 0, architecture),
        (give, 0, 0, 0x80000000),  # SECCOMP_RET_KILL_PROCESS
        (load, 0, 0, 0),  # the number of the call
        (at_least, len(numbers) + 1, 0, 0x40000000),  # x32: the same calls by other numbers
        *((equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
        (give, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
        (give, 0, 0, 0x00050001),  # SECCOMP_RET_ERRNO, EPERM
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    table = struct.pack("@HP", len(steps), ctypes.addressof(program))
    libc.prctl(22, 2, table, 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def main() -> None:
    close_the_doors()
    try:
        report = clean(Path(sys.argv[1]), Path(sys.argv[2]))
    except Refused as refusal:
        report = {"refused": refusal.code}
    except MemoryError:
        report = {"refused": "too_heavy"}
    except Exception:
        # Decoders have as many exceptions as files have faults.
        report = {"refused": "broken"}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
