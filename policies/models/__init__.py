from policies.models.billing import Copayment, Mandate, PremiumReceipt
from policies.models.catalogue import Cover, Edition, Limit, Product
from policies.models.papers import Card, Certificate
from policies.models.policy import Grant, InsuredCover, InsuredPerson, Policy

__all__ = [
    "Card",
    "Certificate",
    "Copayment",
    "Cover",
    "Edition",
    "Grant",
    "InsuredCover",
    "InsuredPerson",
    "Limit",
    "Mandate",
    "Policy",
    "PremiumReceipt",
    "Product",
]
