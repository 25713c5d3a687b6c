from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.actions import by_staff
from accounts.admin import front_door
from accounts.models import AccountRequest
from core.staff import Button, StaffAdmin, staff_site


@admin.register(AccountRequest, site=staff_site)
class AccountRequestAdmin(StaffAdmin):
    """The rows of the last two days; who typed it, and what became of it."""

    list_display = ("asked_at", "kind", "who", "answered_at", "used_at")
    fields = ("kind", "who", "language", "asked_at", "answered_at", "used_at", "links", "became")
    readonly_fields = ("who", "became")
    buttons = (
        Button(
            name="confirmation",
            label=gettext_lazy("Send the confirmation mail again"),
            consequence=gettext_lazy(
                "The mail with the link goes once more to the address that was registered. Older links are "
                "dead from then on."
            ),
            press=by_staff.send_confirmation_of,
            offered=lambda request: request.kind == AccountRequest.Kind.REGISTER and request.used_at is None,
            refusals=(by_staff.NotSent,),
        ),
    )

    @admin.display(description=gettext_lazy("who"))
    def who(self, request: AccountRequest) -> str:
        return front_door.who(request)

    @admin.display(description=gettext_lazy("what became of it"))
    def became(self, request: AccountRequest) -> str:
        return front_door.became(request)
