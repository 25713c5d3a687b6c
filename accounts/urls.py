"""allauth's pages that we offer, under its names, and our own; changing the e-mail is not offered."""

from allauth.account import views as allauth
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("signup/", views.signup, name="account_signup"),
    path("confirm-email/", views.mail_sent, name="account_email_verification_sent"),
    path("confirm-email/again/", views.resend, name="account_resend"),
    path("confirm-email/<str:key>/", views.confirm_email, name="account_confirm_email"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path("password/reset/new/", views.password_new, name="account_reset_password_new"),
    path("password/reset/key/<str:key>/", views.password_reset_key, name="account_reset_password_from_key"),
    path("link/", views.link, name="account_link"),
]
