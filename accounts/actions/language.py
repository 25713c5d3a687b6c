from accounts.models import User


def change_language(user: User, *, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])
