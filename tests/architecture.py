"""The house rules as questions to one module: its place and source go in, what it does against the house comes out."""

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

STDLIB_IO = frozenset(
    {
        *(
            "asyncio",
            "ftplib",
            "http",
            "imaplib",
            "io",
            "multiprocessing",
            "os",
            "pathlib",
            "poplib",
            "shutil",
            "smtplib",
        ),
        *("socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "urllib"),
    }
)

# What a part may not import, longest place first: the first that fits counts.
MAY_NOT = {
    "bot/cli.py": {"flask"},
    "bot": {"webform", "flask"},
    "webform": {"bot"},
    "models/rules": {"bot", "webform", "models"},
    "models/letters": {"bot", "webform", "models", "sqlalchemy"},
    "models/customers": {"bot", "webform", "models"},
    "models/services": {"bot", "webform"},
    "models/migrations": {"bot", "webform"},
    "models": {"bot", "webform", "models.services", "models.letters"},
}
# The way down inside models: services → letters, customers, tables → rules; what customers map is configured.
BUT = {
    "models/rules": {"models.rules"},
    "models/letters": {"models.rules", "models.letters"},
    "models/customers": {"models.rules", "models.customers", "models.config"},
}
ONLY_IN = {
    "flask": ("webform",),
    "flask_wtf": ("webform",),
    "imapclient": ("bot/mail",),
    "smtplib": ("bot/mail",),
    "aiosmtpd": ("bot/mail",),
    "spacy": ("bot/classifier",),
    "thinc": ("bot/classifier",),
    "onnxruntime": ("bot/classifier",),
}

EDGES = ("bot/cli.py", "webform/wsgi.py")
CLOCKS = frozenset(
    {
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        *("time.time", "time.time_ns", "email.utils.localtime"),
        *("sqlalchemy.func.now", "sqlalchemy.func.current_timestamp", "sqlalchemy.func.current_date"),
    }
)
CHANCE = (
    *("random", "secrets", "uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom"),
    *("email.utils.make_msgid", "sqlalchemy.func.random"),
)
# The nonce of an AEAD must differ each time and is nobody's value to pass: its randomness belongs to the cipher.
ALLOWED = {"models/keys.py": {"os.urandom"}}
# The table of mailboxes: one word a thing, and nobody here reads mbox files.
HOUSE_WORDS = {"models/mailbox.py"}

COMMITS = frozenset({"commit", "rollback", "begin"})
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def wrong_imports(place: str, source: str) -> list[str]:
    found = set(imports(ast.parse(source)))
    return sorted({name for name in found if _against_direction(place, name) or _away_from_home(place, name)})


def relative_imports(source: str) -> list[int]:
    nodes = ast.walk(ast.parse(source))
    return [node.lineno for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def impurities(source: str) -> list[str]:
    """What a module of the rules imports beside the rules and the parts of the standard library that do no IO."""
    tops = {name.partition(".")[0] for name in imports(ast.parse(source))}
    return sorted(top for top in tops - {"models"} if top in STDLIB_IO or top not in sys.stdlib_module_names)


def clock_and_chance(place: str, source: str) -> list[str]:
    if place in EDGES:
        return []
    tree = ast.parse(source)
    known = _known(tree)
    unseeded = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args}
    used = {(_full_name(node, known), id(node) in unseeded) for node in ast.walk(tree)}
    return sorted(
        {name for name, bare in used if name and _tells(name, bare=bare) and name not in ALLOWED.get(place, ())}
    )


def commits(source: str) -> list[int]:
    """Lines that end or begin a transaction; a function of ours may well be called ``audit.begin``."""
    tree = ast.parse(source)
    known = _known(tree)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in COMMITS]
    return sorted(node.lineno for node in found if not below(_full_name(node, known) or "", ("models",)))


def stdlib_names(place: str) -> list[str]:
    """Parts of a module's path that a standard module has as its name."""
    if place in HOUSE_WORDS:
        return []
    parts = PurePosixPath(place).with_suffix("").parts
    return [part for part in parts if part in sys.stdlib_module_names]


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Name, lines and depth of nesting of each function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1, _depth(node)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _ends_in(node.func, "import_module"):
            yield from (str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def below(name: str, parents: Collection[str]) -> bool:
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def inside(place: str, part: str) -> bool:
    return place == part or place.startswith(part + "/")


def _against_direction(place: str, name: str) -> bool:
    part = next((part for part in MAY_NOT if inside(place, part)), "")
    return below(name, MAY_NOT.get(part, set())) and not below(name, BUT.get(part, set()))


def _away_from_home(place: str, name: str) -> bool:
    homes = ONLY_IN.get(name.partition(".")[0])
    return homes is not None and not any(inside(place, home) for home in homes)


def _known(tree: ast.AST) -> dict[str, str]:
    """What each name that an import brings in stands for."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {a.asname: a.name for a in node.names if a.asname}
            known |= {a.name.partition(".")[0]: a.name.partition(".")[0] for a in node.names if not a.asname}
        elif isinstance(node, ast.ImportFrom):
            known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return known


def _full_name(node: ast.AST, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _full_name(node.value, known)
        return f"{base}.{node.attr}" if base else None
    return None


def _tells(name: str, *, bare: bool) -> bool:
    """A generator made from a seed repeats itself: training needs one, and it is no chance."""
    if name in {"random", "random.Random", "email.utils.formatdate"}:
        return bare
    return name in CLOCKS or below(name, CHANCE)


def _ends_in(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _depth(node: ast.AST, *, is_elif: bool = False) -> int:
    deeper = isinstance(node, BLOCKS) and not is_elif
    below_here = [
        _depth(child, is_elif=_is_elif(node, child)) for child in ast.iter_child_nodes(node) if _same_function(child)
    ]
    return deeper + max(below_here, default=0)


def _is_elif(node: ast.AST, child: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]


def _same_function(node: ast.AST) -> bool:
    return not isinstance(node, Function | ast.ClassDef | ast.Lambda)
