from django.urls import path

from policies.views import verify as pages

urlpatterns = [
    path("", pages.verify, name="verify"),
    path("<str:code>/", pages.verify_code, name="verify_code"),
]
