"""The insurer's book for the staff, to look at; and what it adds to the page of a person."""

from policies.admin import catalogue, contract, papers, person

__all__ = ["catalogue", "contract", "papers", "person"]
