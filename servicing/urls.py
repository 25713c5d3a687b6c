from django.urls import path

from servicing import account_views, profile_views, views

app_name = "servicing"

urlpatterns = [
    path("profile/", profile_views.profile, name="profile"),
    path(
        "profile/<uuid:sent_key>/<slug:seen>/",
        profile_views.profile_check,
        name="profile_check",
    ),
    path("profile/later/", profile_views.put_off, name="profile_later"),
    path("ask/", views.ask, name="ask"),
    path("ask/<uuid:sent_key>/", views.ask_check, name="ask_check"),
    path("ask-without-account/", views.ask_public, name="ask_public"),
    path("ask-without-account/<uuid:sent_key>/", views.ask_public_check, name="ask_public_check"),
    path("asked/", views.asked, name="asked"),
    path("bank-account/<slug:reference>/", account_views.account_change, name="account_change"),
    path(
        "bank-account/<slug:reference>/<uuid:sent_key>/<slug:seen>/",
        account_views.account_check,
        name="account_check",
    ),
    path("mandates/<slug:reference>/", account_views.mandate_download, name="mandate_download"),
    path("mandates/<slug:reference>/retry/", account_views.mandate_retry, name="mandate_retry"),
]
