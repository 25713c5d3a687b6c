from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pages.models import Bill, Contract, Insured, Message, Request


@login_required
def page(request: HttpRequest, number: int = 0) -> HttpResponse:
    """Five queries, besides those for the session and the user."""
    user = request.user
    context = {
        "contracts": list(Contract.objects.filter(user=user)),
        "insured": list(Insured.objects.filter(contract__user=user).select_related("contract")),
        "bills": list(Bill.objects.filter(user=user).order_by("-due_on")[:5]),
        "requests": list(Request.objects.filter(user=user).order_by("-opened_at")[:5]),
        "unread": Message.objects.filter(user=user, seen=False).count(),
        "sections": range(24),
    }
    return render(request, "pages/page.html", context)
