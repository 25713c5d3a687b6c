"""allauth's names, because it looks its own pages up by them; the addresses are ours."""

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from accounts.mfa import enrolment, views
from accounts.views import factors_off
from accounts.views.security import security

urlpatterns = [
    path("login/second/", base.authenticate, name="mfa_authenticate"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("reauthenticate/code/", base.reauthenticate, name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", views.reauthenticate_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("security/", security, name="account_security"),
    # Where allauth goes on to after a change: one page holds all of it.
    path("security/", security, name="mfa_index"),
    path("security/", security, name="mfa_list_webauthn"),
    path("security/not-now/", views.decline_offer, name="account_factor_not_now"),
    path("security/staff/", views.staff_factor, name="account_staff_factor"),
    path("security/off/key/<str:key>/", factors_off.off_key, name="account_factors_off_key"),
    path("security/off/", factors_off.off, name="account_factors_off"),
    path("security/stay/key/<str:key>/", factors_off.stay_key, name="account_factors_stay_key"),
    path("security/stay/", factors_off.stay, name="account_factors_stay"),
    path("security/app/add/", enrolment.noted(app.activate_totp), name="mfa_activate_totp"),
    path("security/app/remove/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/passkeys/add/", enrolment.noted(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("security/passkeys/<slug:key>/rename/", views.rename_passkey, name="mfa_edit_webauthn"),
    path("security/passkeys/<slug:key>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("security/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
