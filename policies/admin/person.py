from django.utils.translation import gettext_lazy

from accounts.admin import BY_NUMBER, PersonAdmin
from core.staff import Panel
from policies.admin.finding import people_numbered
from policies.admin.rows import policies_of

BY_NUMBER.append(people_numbered)
PersonAdmin.panels.insert(
    0,
    Panel(
        title=gettext_lazy("Policies"),
        heads=(
            gettext_lazy("policy"),
            gettext_lazy("conditions"),
            gettext_lazy("in effect from"),
            gettext_lazy("ends on"),
            gettext_lazy("policyholder"),
            gettext_lazy("relation"),
        ),
        rows=policies_of,
        permission="policies.view_policy",
    ),
)
