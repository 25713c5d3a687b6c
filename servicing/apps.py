from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicingConfig(AppConfig):
    name = "servicing"
    verbose_name = _("Everyday changes")

    def ready(self) -> None:
        from accounts.backend import ALONGSIDE
        from cases import copies, drafts
        from servicing import answers, kept, kinds
        from servicing.profile_actions import REMINDER

        ALONGSIDE["profile_reminder"] = REMINDER
        kinds.register()
        drafts.register_form(
            kinds.ENQUIRY.code, "servicing:ask", keep=kept.enquiry, was_sent=kept.enquiry_was_sent
        )
        drafts.register_form(
            kinds.BANK_ACCOUNT.code,
            "servicing:account_change",
            keep=kept.bank_account,
            still=kept.accounts_still,
            sealed=frozenset({"iban"}),
        )
        drafts.register_form(
            kinds.CONTACT_DATA.code,
            "servicing:profile",
            keep=kept.contact_data,
            was_sent=kept.contact_data_was_sent,
        )
        copies.register_answers(kinds.ENQUIRY.code, answers.of_enquiry)
        copies.register_answers(kinds.BANK_ACCOUNT.code, answers.of_bank_account)
        copies.register_answers(kinds.CONTACT_DATA.code, answers.of_contact_data)
