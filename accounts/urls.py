"""allauth's pages that we offer, under its names, and our own; changing the e-mail is not offered."""

from allauth.account import views as allauth
from django.urls import include, path

from accounts.views import access, closing, passwords, registration, session

urlpatterns = [
    path("", include("accounts.mfa.urls")),
    path("login/", allauth.login, name="account_login"),
    path("logout/", session.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("signup/", registration.ways, name="account_signup"),
    path("signup/email/", registration.signup, name="account_signup_email"),
    path("signup/dni/", access.access, name="account_access"),
    path("signup/dni/sent/", access.access_sent, name="account_access_sent"),
    path("signup/dni/new/", access.access_new, name="account_access_new"),
    path("signup/dni/key/<str:key>/", access.access_key, name="account_access_key"),
    path("confirm-email/", registration.mail_sent, name="account_email_verification_sent"),
    path("confirm-email/again/", registration.resend, name="account_resend"),
    path("confirm-email/<str:key>/", registration.confirm_email, name="account_confirm_email"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/reset/", passwords.password_reset, name="account_reset_password"),
    path("password/reset/done/", passwords.password_reset_done, name="account_reset_password_done"),
    path("password/reset/new/", passwords.password_new, name="account_reset_password_new"),
    path(
        "password/reset/key/<str:key>/", passwords.password_reset_key, name="account_reset_password_from_key"
    ),
    path("close/", closing.close, name="account_close"),
    path("closed/", closing.closed, name="account_closed"),
    path("link/", session.link, name="account_link"),
]
