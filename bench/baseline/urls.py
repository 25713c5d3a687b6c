from django.urls import path
from pages.views import page

urlpatterns = [path("", page, name="page"), path("section/<int:number>/", page, name="section")]
