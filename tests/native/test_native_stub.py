"""The stub of the compiled core has the names, parameters and types of the built module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import dedup
from dedup.arrays.native import core, has_core

stubgen = pytest.importorskip("nanobind.stubgen")
if not has_core():
    pytest.skip("dedup was built without its compiled core", allow_module_level=True)

STUB = Path(dedup.__file__).with_name("_native.pyi")
ARRAYS = {
    "uint8": "U8",
    "uint32": "U32",
    "uint64": "U64",
    "int64": "I64",
    "float64": "F64",
    "bool_": "Flags",
}
Signature = dict[str, str]  # the type of each parameter, and of the result


def signatures(stub: str) -> dict[str, Signature]:
    """Return the functions and methods of a stub by name."""
    return dict(_functions(ast.parse(stub).body, ""))


def _functions(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, Signature]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node.name, {}
            yield from _functions(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            types = {one.arg: _type(one.annotation) for one in every}
            yield owner + node.name, {**types, "return": _type(node.returns)}


def _type(annotation: ast.expr | None) -> str:
    """Return a type; of an array that nanobind describes, the name that we have for it."""
    if isinstance(annotation, ast.BinOp):
        return f"{_type(annotation.left)} | {_type(annotation.right)}"
    text = "" if annotation is None else ast.unparse(annotation)
    if isinstance(annotation, ast.Subscript) and text.startswith("tuple["):
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else []
        return f"tuple[{', '.join(map(_type, parts))}]"
    for dtype, name in ARRAYS.items():
        if f"NDArray[numpy.{dtype}]" in text:
            return name
    return text


def test_the_stub_is_that_of_the_built_module() -> None:
    generator = stubgen.StubGen(core)
    generator.put(core)
    built = signatures(generator.get().replace("aligned ", ""))  # arrays.hpp adds the word
    written = signatures(STUB.read_text("utf-8"))
    assert written.keys() == built.keys()
    for name, types in built.items():
        assert list(written[name]) == list(types), name
        for parameter, kind in types.items():
            ours = written[name][parameter]
            # nanobind knows no more of an object or a tuple.
            if kind.startswith("object"):
                continue
            assert kind in (ours, ours.split("[")[0]), (name, parameter)
