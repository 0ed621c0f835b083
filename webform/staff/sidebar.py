"""The counts of the views go in; out come the links that stand at the left of every staff page."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST = 999
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "",
        (
            ("to_approve", "To approve"),
            ("unclear", "Unclear, choose kind"),
            ("proof", "Waiting for proof"),
            ("details", "Waiting for details"),
            ("questions", "Questions"),
        ),
    ),
    ("By time", (("overdue", "Overdue"), ("due_soon", "Due in 3 days"), ("mine", "Mine"))),
    (
        "Needs a hand",
        (
            ("undelivered", "Undelivered"),
            ("to_tell", "Recipients to tell"),
            ("quarantine", "Quarantine"),
            ("stuck", "Letters stuck or held"),
            ("spam", "Spam review"),
            ("set_aside", "Set aside"),
            ("done", "Done"),
        ),
    ),
)
DESK = (("/staff/dashboard", "Dashboard"), ("/staff/health", "Health"), ("/staff/settings", "Settings"))


@dataclass(frozen=True)
class Link:
    """``count`` is blank where there is none; ``current`` where the reader stands."""

    url: str
    label: str
    count: str = ""
    current: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    links: tuple[Link, ...]


def groups(counts: Mapping[str, int], *, current: str) -> tuple[Group, ...]:
    """``current`` is the name of a view, or the path of a page of the desk."""
    views = tuple(
        Group(title, tuple(_view(name, label, counts.get(name), current=current == name) for name, label in views))
        for title, views in GROUPS
    )
    return (*views, Group("Desk", tuple(Link(url, label, "", current == url) for url, label in DESK)))


def _view(name: str, label: str, count: int | None, *, current: bool) -> Link:
    return Link(f"/staff/?view={name}", label, _shown(count), current)


def _shown(count: int | None) -> str:
    if count is None:
        return ""
    return str(count) if count <= MOST else f"{MOST}+"
