"""What the insurer sells, as loaded from the brand folder."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.staff import Panel, StaffAdmin, object_link, staff_site
from policies.models import Cover, Edition, Limit, Product


@admin.register(Product, site=staff_site)
class ProductAdmin(StaffAdmin):
    list_display = ("name", "code", "kind")
    fields = ("name", "code", "kind")
    readonly_fields = ("name",)


@admin.register(Edition, site=staff_site)
class EditionAdmin(StaffAdmin):
    list_display = ("name", "code", "product", "valid_from", "valid_to", "invented")
    list_select_related = ("product",)
    link_filters = ("product",)
    fields = ("name", "code", "product", "valid_from", "valid_to", "trip_days", "currency", "invented")
    readonly_fields = ("name",)
    panels = [
        Panel(
            title=gettext_lazy("Covers"),
            heads=(gettext_lazy("cover"), gettext_lazy("clause"), gettext_lazy("compulsory")),
            rows=lambda edition: [
                (object_link(cover), cover.clause, _("Yes") if cover.compulsory else _("No"))
                for cover in edition.covers.all()
            ],
            permission="policies.view_cover",
        )
    ]


@admin.register(Cover, site=staff_site)
class CoverAdmin(StaffAdmin):
    list_display = ("name", "code", "edition", "clause", "waiting_months", "compulsory")
    list_select_related = ("edition",)
    list_filter = ("edition",)
    fields = (
        "name",
        "summary",
        "code",
        "edition",
        "compulsory",
        "entry_age_min",
        "entry_age_max",
        "end_age",
        "waiting_months",
        "waiting_text",
        "clause",
        "invented",
    )
    readonly_fields = ("name", "summary", "waiting_text")
    panels = [
        Panel(
            title=gettext_lazy("Limits"),
            heads=(
                gettext_lazy("limit"),
                gettext_lazy("amount"),
                gettext_lazy("unit"),
                gettext_lazy("per"),
                gettext_lazy("clause"),
            ),
            rows=lambda cover: [
                (object_link(row), row.amount, row.get_unit_display(), row.get_per_display(), row.clause)
                for row in cover.limits.all()
            ],
            permission="policies.view_limit",
        )
    ]


@admin.register(Limit, site=staff_site)
class LimitAdmin(StaffAdmin):
    list_display = ("name", "cover", "amount", "unit", "per", "clause")
    list_select_related = ("cover",)
    link_filters = ("cover",)
    fields = (
        "name",
        "text",
        "code",
        "cover",
        "parent",
        "bound",
        "amount",
        "unit",
        "per",
        "max_amount",
        "max_unit",
        "clause",
        "invented",
    )
    readonly_fields = ("name", "text")
