from django.urls import path

from cases import views, views_copy

app_name = "cases"

urlpatterns = [
    path("", views.case_list, name="list"),
    path("drafts/<slug:kind>/discard/", views.draft_discard, name="draft_discard"),
    path("documents/<slug:reference>/", views.document, name="document"),
    path("<slug:reference>/", views.case_detail, name="detail"),
    path("<slug:reference>/message/", views.message, name="message"),
    path("<slug:reference>/read/", views.mark_read, name="read"),
    path("<slug:reference>/upload/", views.upload, name="upload"),
    path("<slug:reference>/copy/", views_copy.copy, name="copy"),
    path("<slug:reference>/copy/download/", views_copy.copy_download, name="copy_download"),
    # Fixed paths stand above this line: a move would swallow them.
    path("<slug:reference>/<slug:move>/", views.move, name="move"),
]
