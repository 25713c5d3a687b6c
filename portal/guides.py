"""LOG-25: the ways in, step by step. Each guide is whole without its pictures.

The pictures are taken of the real pages by tests/journeys/test_guides.py (`make guides`); the same test fails
when a page no longer looks like its picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
FOLDER = "guides"


@dataclass(frozen=True)
class Step:
    do: Text
    more: Text = ""
    # Where it is done: the name of an address, and what the link says.
    where: str = ""
    link: Text = ""
    # A picture of it, and what it shows.
    picture: str = ""
    shows: Text = ""


@dataclass(frozen=True)
class Guide:
    title: Text
    icon: str
    lede: Text
    steps: tuple[Step, ...]
    trouble: tuple[Step, ...]


GUIDES = {
    "register": Guide(
        title=_("How to register"),
        icon="person",
        lede=_("You need five minutes, and to be able to read the mail of the address that you gave us."),
        steps=(
            Step(
                _("Open the registration page and choose “Register with my DNI”."),
                _("Without a policy yet, choose your e-mail instead: the page then leads you."),
                "account_signup",
                _("I want to register"),
                "register-ways",
                _("The registration page: above the way with the DNI, below the way with the e-mail."),
            ),
            Step(
                _("Write your DNI or NIE and your date of birth, and press the button."),
                _("If you have a health policy, write the number of your card too."),
                picture="register-dni",
                shows=_("The form with its three fields: DNI or NIE, date of birth, number of the card."),
            ),
            Step(
                _("Open the mail that we send you and follow its link within one hour."),
                _(
                    "It goes to the e-mail that you gave us for your policy. If it does not come within five "
                    "minutes, look in the spam or junk folder."
                ),
                picture="register-sent",
                shows=_("The page after the form: it says that a mail is on its way."),
            ),
            Step(
                _("Choose a password, accept the terms and conditions, and press the button."),
                _("The page shows the rules, and ticks each one as you meet it."),
                picture="register-password",
                shows=_("The page with the field for the password, the list of rules and the box to tick."),
            ),
            Step(_("That is all: your policies are on the screen.")),
        ),
        trouble=(
            Step(_("I no longer have that e-mail: call us and we will change it on your policy.")),
            Step(
                _(
                    "My wife or my husband gave the same e-mail: only one of you can register with it. Call "
                    "us and give us another one for the other."
                )
            ),
            Step(
                _(
                    "I am under 18: the customer area is for adults only. Your parents or guardian can see "
                    "your policy in their own account."
                )
            ),
        ),
    ),
    "log-in": Guide(
        title=_("How to log in"),
        icon="check",
        lede=_("You need your DNI, your NIE or your e-mail, and your password."),
        steps=(
            Step(_("Open the log-in page."), where="account_login", link=_("Log in")),
            Step(
                _("Write your DNI, your NIE or your e-mail."),
                _("As you like: with or without dots, spaces or a hyphen, in capitals or not."),
            ),
            Step(
                _("Write your password."),
                _("You may paste it, or let your browser remember it if nobody else uses the device."),
                picture="log-in",
                shows=_("The log-in page with its two fields, and below them the button to log in."),
            ),
            Step(
                _("When you have finished, press “Log out”, above all on a computer that is not yours."),
            ),
        ),
        trouble=(
            Step(
                _(
                    "The data are not right: the page does not say which of the two is wrong, to protect "
                    "you. Check both."
                )
            ),
            Step(_("You have just registered: first open the mail that we sent you and follow its link.")),
            Step(
                _("Too many attempts: wait five minutes, or ask for a new password."),
                where="account_reset_password",
                link=_("Ask for a new password"),
            ),
            Step(
                _(
                    "You were away for a while: we log you out, so that nobody reads your data. The page "
                    "asks you first. What you had written to us, or in the form for a certificate, is kept."
                )
            ),
        ),
    ),
    "password": Guide(
        title=_("I have forgotten my password"),
        icon="help",
        lede=_("You need to be able to read the mail of the address with which you log in."),
        steps=(
            Step(
                _("Ask for a new password."),
                _(
                    "Write the e-mail or the DNI with which you log in. If you have a health policy, write "
                    "your date of birth and the number of your card too."
                ),
                "account_reset_password",
                _("Ask for a new password"),
                "password-ask",
                _("The form: e-mail or DNI, and below it the details that we ask of health customers."),
            ),
            Step(
                _("Open the mail that we send you and follow its link within one hour."),
                _("If it does not come within five minutes, look in the spam or junk folder."),
                picture="password-sent",
                shows=_("The page after the form: it says that a mail is on its way."),
            ),
            Step(
                _("Choose a new password and log in with it."),
                _("All devices on which you were logged in are logged out."),
                picture="password-new",
                shows=_("The page with the field for the new password and the list of rules."),
            ),
        ),
        trouble=(
            Step(_("The link is no longer valid: it works once, and for one hour. Ask for another.")),
            Step(
                _("No mail comes: perhaps you registered with another e-mail, or not yet."),
                where="account_signup",
                link=_("I want to register"),
            ),
        ),
    ),
    "passkeys": Guide(
        title=_("Log in without a password"),
        icon="shield",
        lede=_(
            "With a passkey you log in as you unlock your phone or computer: with your finger, your face or "
            "your PIN. You need such a phone or computer, and three minutes."
        ),
        steps=(
            Step(
                _("Log in as you always do, and open the page “Security” of your account."),
                where="account_security",
                link=_("Security"),
            ),
            Step(
                _("Press “Add a passkey”."),
                _("We may ask for your password first, so that nobody else can do this."),
                picture="passkey-security",
                shows=_("The part of the page “Security” with the button to add a passkey."),
            ),
            Step(
                _("Give the passkey a name, press the button, and do what your device asks."),
                _("Your finger, your face or your PIN stay on the device: we never get to see them."),
                picture="passkey-add",
                shows=_("The page with the field for the name and the button to add the passkey."),
            ),
            Step(_("From then on press “Log in with a passkey” on the log-in page.")),
        ),
        trouble=(
            Step(
                _("There is no button: the browser or the device is too old for passkeys. Use your password.")
            ),
            Step(
                _(
                    "I have lost the phone: log in with your password and one of your recovery codes, then "
                    "remove the passkey. Without a code, call us: we help you by mail, and it takes a day."
                ),
                where="account_security",
                link=_("Security"),
            ),
        ),
    ),
}


@cache
def taken(language: str) -> frozenset[str]:
    """Which pictures there are in a language; a guide goes without those that are missing."""
    folder = settings.BASE_DIR / "static" / FOLDER / language
    return frozenset(path.stem for path in folder.glob("*.webp"))


def shown(guide: Guide, language: str) -> Iterator[tuple[Step, str]]:
    """Each step with the path of its picture, or nothing."""
    for step in guide.steps:
        yield step, f"{FOLDER}/{language}/{step.picture}.webp" if step.picture in taken(language) else ""
