"""Where code can be changed so that it means something else, and how: one `Mutant` for each place and change."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
"""How an operator is written, and what stands in its place."""
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: `before` at that offset of the file becomes `after`. file: its path from the project's root."""

    file: str
    line: int
    offset: int
    before: str
    after: str
    source_hash: str
    context: str

    @property
    def key(self) -> str:
        """The same as long as the file is the same."""
        return f"{self.file}@{self.source_hash}:{self.offset}:{self.after}"

    def rank(self, seed: int) -> bytes:
        """Where it stands in the sample of that seed: code changed elsewhere does not change who is chosen."""
        parts = (str(seed), self.file, self.context, self.before, self.after)
        return hashlib.sha256("\0".join(parts).encode()).digest()

    def applied(self, source: bytes) -> bytes:
        before = self.before.encode()
        assert source[self.offset : self.offset + len(before)] == before, self
        return source[: self.offset] + self.after.encode() + source[self.offset + len(before) :]

    def compiles(self) -> bool:
        try:
            compile(self.applied((ROOT / self.file).read_bytes()), self.file, "exec")
        except SyntaxError:
            return False
        return True

    @property
    def is_a_change(self) -> bool:
        """None in place of False is none where yes or no is asked; True in its place is a mutant of its own."""
        return (self.before, self.after) != ("False", "None")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.context}  [{_short(self.before)} -> {_short(self.after)}]"


def _short(text: str, most: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 12]} … {text[-9:]}"


def mutants(file: Path) -> list[Mutant]:
    """Every change of a file, in the order of the file."""
    found = {(each.offset, each.after): each for each in _File(file, file.read_bytes()).all()}
    return [each for _, each in sorted(found.items())]


class _File:
    def __init__(self, file: Path, source: bytes) -> None:
        self._name = file.relative_to(ROOT).as_posix()
        self._source = source
        self._hash = hashlib.sha256(source).hexdigest()[:12]
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def all(self) -> Iterator[Mutant]:
        yield from self._of(ast.parse(self._source))

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        yield from self._here(node)
        for child in _meaning(node):
            yield from self._of(child)

    def _here(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
                    yield from self._between(left, right, operator)
            case ast.BoolOp():
                for left, right in zip(node.values, node.values[1:], strict=False):
                    yield from self._between(left, right, node.op)
            case ast.BinOp():
                yield from self._between(node.left, node.right, node.op)
            case ast.AugAssign():
                yield from self._between(node.target, node.value, node.op)
            case ast.UnaryOp(op=ast.Not()):
                yield self._replaced(node, f"({self._text(node.operand)})")
            case ast.If() | ast.While() | ast.IfExp() if not isinstance(node.test, (ast.Compare, ast.Constant)):
                yield self._replaced(node.test, f"(not ({self._text(node.test)}))")
            case ast.Return() if node.value is not None and not _is_nothing(node.value):
                yield self._replaced(node.value, "None")
            case ast.Expr() if isinstance(node.value, (ast.Call, ast.Await)):
                yield self._replaced(node, "pass")
            case ast.Break() | ast.Continue():
                yield self._replaced(node, "continue" if isinstance(node, ast.Break) else "break")
            case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
                yield self._replaced(node, NAMES[name])
            case ast.Constant():
                yield from self._constant(node)

    def _constant(self, node: ast.Constant) -> Iterator[Mutant]:
        """Truth and numbers change; texts only if they are words for programs (keys, states), not for people."""
        value = node.value
        if isinstance(value, bool):
            yield self._replaced(node, str(not value))
        elif isinstance(value, (int, float)):
            yield self._replaced(node, repr(value + 1))
        elif isinstance(value, str) and self._text(node) == f'"{value}"' and value.replace("_", "").isalnum():
            yield self._replaced(node, f'"not_{value}"')

    def _between(self, left: ast.AST, right: ast.AST, operator: ast.AST) -> Iterator[Mutant]:
        """The operator stands somewhere between its two sides, beside brackets and comments."""
        if type(operator) not in OPERATORS:
            return
        before, after = OPERATORS[type(operator)]
        start, end = self._end(left), self._start(right)
        between = self._source[start:end].decode()
        if "#" not in between and (at := between.find(before)) >= 0:
            yield self._mutant(start + len(between[:at].encode()), before, after)

    def _replaced(self, node: ast.AST, after: str) -> Mutant:
        return self._mutant(self._start(node), self._text(node), after)

    def _mutant(self, offset: int, before: str, after: str) -> Mutant:
        line = self._source.count(b"\n", 0, offset) + 1
        context = _short(self._lines[line - 1].decode(), 90)
        return Mutant(self._name, line, offset, before, after, self._hash, context)

    def _text(self, node: ast.AST) -> str:
        return self._source[self._start(node) : self._end(node)].decode()

    def _start(self, node: ast.AST) -> int:
        return self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]


def _is_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _meaning(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that decide something: no types, decorators, docstrings and texts for people."""
    if isinstance(node, ast.JoinedStr) or _is_for_types(node):
        return
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            parts = value if isinstance(value, list) else [value]
            yield from (part for part in parts if isinstance(part, ast.AST) and not _is_docstring(part))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
