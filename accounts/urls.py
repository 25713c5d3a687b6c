"""allauth's pages that we offer, under its names, and our own; an e-mail is changed our way."""

from allauth.account import views as allauth
from django.urls import include, path

from accounts.views import access, closing, passwords, registration, security, session

urlpatterns = [
    path("", include("accounts.mfa.urls")),
    path("login/", allauth.login, name="account_login"),
    path("stay/", session.stay, name="account_stay"),
    path("logout/", session.logout, name="account_logout"),
    path("inactive/", session.inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("signup/", registration.ways, name="account_signup"),
    path("signup/email/", registration.signup, name="account_signup_email"),
    path("signup/dni/", access.access, name="account_access"),
    path("signup/dni/sent/", access.access_sent, name="account_access_sent"),
    path("signup/dni/new/", access.access_new, name="account_access_new"),
    path("signup/dni/key/<str:key>/", access.access_key, name="account_access_key"),
    path("confirm-email/", registration.mail_sent, name="account_email_verification_sent"),
    path("confirm-email/again/", registration.resend, name="account_resend"),
    path("confirm-email/now/", registration.confirm, name="account_confirm_email_now"),
    path("confirm-email/<str:key>/", registration.confirm_key, name="account_confirm_email"),
    path("password/change/", passwords.password_change, name="account_change_password"),
    path("password/reset/", passwords.password_reset, name="account_reset_password"),
    path("password/reset/done/", passwords.password_reset_done, name="account_reset_password_done"),
    path("password/reset/new/", passwords.password_new, name="account_reset_password_new"),
    path(
        "password/reset/key/<str:key>/", passwords.password_reset_key, name="account_reset_password_from_key"
    ),
    path("security/log-ins/", security.log_ins, name="account_log_ins"),
    path("security/devices/others/end/", security.end_others, name="account_end_others"),
    path("security/devices/<slug:key>/end/", security.end_session, name="account_end_session"),
    path("email/", security.email, name="account_email"),
    path("email/key/<str:key>/", security.email_key, name="account_email_key"),
    path("email/confirm/", security.email_confirm, name="account_email_confirm"),
    path("email/back/key/<str:key>/", security.email_back_key, name="account_email_back_key"),
    path("email/back/", security.email_back, name="account_email_back"),
    path("close/", closing.close, name="account_close"),
    path("closed/", closing.closed, name="account_closed"),
    path("link/", session.link, name="account_link"),
]
