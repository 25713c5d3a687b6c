from django.conf import settings
from django.db import models


class Contract(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    number = models.CharField(max_length=20)
    product = models.CharField(max_length=60)
    starts_on = models.DateField()
    premium = models.DecimalField(max_digits=9, decimal_places=2)

    def __str__(self) -> str:
        return self.number


class Insured(models.Model):
    contract = models.ForeignKey(Contract, models.CASCADE)
    name = models.CharField(max_length=80)
    born_on = models.DateField()

    def __str__(self) -> str:
        return self.name


class Bill(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        indexes = [models.Index(fields=["user", "-due_on"])]

    def __str__(self) -> str:
        return str(self.amount)


class Request(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.state


class Message(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    text = models.CharField(max_length=200)
    seen = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.text
