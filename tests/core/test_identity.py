import pytest

from core.identity import (
    IdentityError,
    is_dni,
    mask_dni,
    mask_iban,
    normalise_identifier,
    parse_dni,
    parse_iban,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12345678z", "12345678Z"),
        ("  12345678-z ", "12345678Z"),
        ("12.345.678 Z", "12345678Z"),
        ("12345678/Z", "12345678Z"),
        ("12345678\u2011Z", "12345678Z"),  # non-breaking hyphen
        ("12345678\u2013Z", "12345678Z"),  # en dash
        ("12345678\u00a0Z", "12345678Z"),  # no-break space
        ("1234\u200b5678\u200eZ", "12345678Z"),  # zero-width space, direction mark
        ("12345678Z\x00", "12345678Z"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff3a", "12345678Z"),  # full width
        (" Ana.Example@Mail.ES ", "ana.example@mail.es"),
        ("ana-maria@mail.es", "ana-maria@mail.es"),
        ("ana\uff20mail.es", "ana@mail.es"),
        ("ana@mail.es,", "ana@mail.es"),
        ("ana@mail.es.", "ana@mail.es"),
        ("<ana@mail.es>;", "ana@mail.es"),
        ("“ana@mail.es”", "ana@mail.es"),
        ("mailto:ana@mail.es", "ana@mail.es"),
        ("<MailTo: ana@mail.es>", "ana@mail.es"),
        ("ana @mail.es", "ana@mail.es"),
        ("ana@ mail. es", "ana@mail.es"),
        # Two words are not one mailbox.
        ("ana  maria@mail.es", "ana maria@mail.es"),
        ("ana@mail.es, eva@mail.es", "ana@mail.es, eva@mail.es"),
        ("12345678_Z", "12345678Z"),
        ("12,345,678-Z", "12345678Z"),
        ("«12345678Z».", "12345678Z"),
        ("(12345678Z)", "12345678Z"),
        ("", ""),
        (None, ""),
        (" . - / ", ""),
    ],
)
def test_one_spelling_for_every_way_of_writing(typed, kept):
    assert normalise_identifier(typed) == kept


def test_a_text_without_end_is_cut():
    assert len(normalise_identifier("9" * 10_000)) == 254


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12345678Z", "12345678Z"),  # id.dni
        ("12345678-z", "12345678Z"),
        ("00000000T", "00000000T"),
        ("1234567L", "01234567L"),  # written without its leading zero
        ("01234567L", "01234567L"),
        ("DNI 12345678Z", "12345678Z"),
        ("D.N.I.: 12345678-Z", "12345678Z"),
        ("nif 1234567 L", "01234567L"),
        ("ES12345678Z", "12345678Z"),
        ("ES-X1234567L", "X1234567L"),
        ("NIE: X-1234567-L", "X1234567L"),
        ("X1234567L", "X1234567L"),  # id.nie
        ("y-1234567-x", "Y1234567X"),
        ("Z1234567R", "Z1234567R"),
        ("K1234567L", "K1234567L"),  # id.klm: letter of the seven digits
        ("L1234567L", "L1234567L"),
        ("m 1234567 l", "M1234567L"),
    ],
)
def test_documents_that_are_right(typed, kept):
    assert parse_dni(typed) == kept
    assert is_dni(typed)


@pytest.mark.parametrize(
    ("typed", "code", "expected"),
    [
        ("", "empty", None),
        (None, "empty", None),
        ("  - ", "empty", None),
        ("DNI", "empty", None),
        ("DNI 12345678A", "letter", "Z"),
        ("PT12345678Z", "format", None),
        ("12345678A", "letter", "Z"),
        ("12345678I", "letter", "Z"),  # a letter that no DNI has
        ("X1234567Z", "letter", "L"),
        ("Y1234567L", "letter", "X"),
        ("Z1234567L", "letter", "R"),
        ("K1234567A", "letter", "L"),
        ("1234567A", "letter", "L"),
        ("12345678", "format", None),
        ("123456Z", "format", None),
        ("123456789Z", "format", None),
        ("W1234567L", "format", None),
        ("X12345678L", "format", None),
        ("B12345674", "format", None),  # a company's number
        ("ana@mail.es", "format", None),
        ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668Z", "format", None),  # Arabic digits
        ("12345678Ñ", "format", None),
    ],
)
def test_documents_that_are_wrong(typed, code, expected):
    with pytest.raises(IdentityError) as refusal:
        parse_dni(typed)
    assert (refusal.value.code, refusal.value.expected) == (code, expected)
    assert not is_dni(typed)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("12345678Z", "•••••678Z"), ("X1234567L", "•••••567L"), ("678Z", "••••"), ("", "")],
)
def test_a_masked_document_shows_four_signs(number, shown):
    assert mask_dni(number) == shown


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),  # bank.iban
        ("es91-2100-0418-4502-0005-1332", "ES9121000418450200051332"),
        ("IBAN ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
        ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
        ("NO93 8601 1117 947", "NO9386011117947"),
        ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "MT84MALT011000012345MTLCAST001S"),
        ("PT50 0002 0123 1234 5678 9015 4", "PT50000201231234567890154"),
        ("AD12 0001 2030 2003 5910 0100", "AD1200012030200359100100"),
    ],
)
def test_accounts_that_are_right(typed, kept):
    assert parse_iban(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("IBAN", "empty"),
        ("2100 0418 4502 0005 1332", "format"),
        ("ES91 2100 0418 4502 0005 133", "check"),
        ("ES91 2100 0418 4502 0005 13322", "check"),
        ("ES91 2100 0418 4502 0005 1333", "check"),
        ("ES92 2100 0418 4502 0005 1332", "check"),
        ("DE88 3704 0044 0532 0130 00", "check"),
        ("ES82 2100 0418 4602 0005 1332", "check"),
        ("TR33 0006 1005 1978 6457 8413 26", "country"),
        ("US64 SVBK US6S 3300 9586 79", "country"),
        ("ES91!2100", "format"),
    ],
)
def test_accounts_that_are_wrong(typed, code):
    with pytest.raises(IdentityError) as refusal:
        parse_iban(typed)
    assert refusal.value.code == code


def test_a_spanish_account_with_wrong_control_digits_is_refused_although_the_iban_adds_up():
    bban = "21000418460200051332"
    check = 98 - int(bban + "142800") % 97
    with pytest.raises(IdentityError) as refusal:
        parse_iban(f"ES{check:02d}{bban}")
    assert refusal.value.code == "account"


def test_the_length_of_a_country_is_checked_beyond_its_check_digits():
    bban = "37040044053201300"
    check = 98 - int(bban + "131400") % 97
    with pytest.raises(IdentityError) as refusal:
        parse_iban(f"DE{check:02d}{bban}")
    assert refusal.value.code == "format"


@pytest.mark.parametrize(
    ("number", "shown"),
    [("ES9121000418450200051332", "ES91 •••• 1332"), ("ES911332", "••••••••"), ("", "")],
)
def test_a_masked_account_shows_country_and_last_four(number, shown):
    assert mask_iban(number) == shown
