from django.urls import include, path

from accounts.views import language
from core.staff import staff_site
from portal import health, views
from portal.staff.pages import caller_page, callers

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", views.account, name="account"),
    path("account/who-looked/", views.who_looked, name="who_looked"),
    path("contact/", views.contact, name="contact"),
    path("help/", views.help_index, name="help"),
    path("help/<slug:topic>/", views.help_topic, name="help_topic"),
    path("legal/<slug:page>/", views.legal, name="legal"),
    path("language/", language, name="language"),
    path("policies/", include("policies.urls")),
    path("requests/", include("cases.urls")),
    path("servicing/", include("servicing.urls")),
    path("verify/", include("policies.verify_urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/callers/", callers, name="callers"),
    path("admin/callers/<int:person_id>/", caller_page, name="caller"),
    path("admin/", staff_site.urls),
    path("brand/<str:digest>.css", views.brand_css, name="brand_css"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
# Asked for by allauth when somebody tried too often.
handler429 = "portal.errors.too_many_requests"
