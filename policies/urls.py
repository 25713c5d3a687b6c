from django.urls import path

from policies.views import certificates
from policies.views import policies as pages

app_name = "policies"

urlpatterns = [
    path("", pages.policy_list, name="list"),
    path("conditions/", pages.conditions_list, name="conditions_list"),
    path("conditions/<slug:code>/", pages.conditions, name="conditions"),
    path("certificates/", certificates.certificate_list, name="certificate_list"),
    path("certificates/new/", certificates.certificate_create, name="certificate_create"),
    path("certificates/<slug:reference>/", certificates.certificate_detail, name="certificate_detail"),
    path(
        "certificates/<slug:reference>/progress/",
        certificates.certificate_progress,
        name="certificate_progress",
    ),
    path(
        "certificates/<slug:reference>/download/",
        certificates.certificate_download,
        name="certificate_download",
    ),
    path("certificates/<slug:reference>/retry/", certificates.certificate_retry, name="certificate_retry"),
    # Fixed paths stand above this line: a reference would swallow them.
    path("<slug:reference>/", pages.policy_detail, name="detail"),
    path("<slug:reference>/receipts/", pages.receipt_list, name="receipts"),
    # The insurer numbers its receipts as it likes, with slashes too.
    path("<slug:reference>/receipts/<path:number>/", pages.receipt_detail, name="receipt"),
    path("<slug:reference>/copayments/", pages.copayment_list, name="copayments"),
]
