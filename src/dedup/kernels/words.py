"""Blocks and words of bytes, as the scan sees ASCII: many bytes in one operation.

Each function is written twice: in Python, which says what it does, and for LLVM, which makes
vector instructions of it, whatever machine it compiles for.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from dedup.kernels.jit import inlined
from dedup.kernels.reference import WORD_BYTES
from dedup.kernels.scalar import U
from dedup.records import U8

BLOCK_BYTES = 64
LOWER = U(0x2020202020202020)  # makes ASCII letters small, and leaves digits
SIGN_BYTES = b"\xe2\x80"  # of U+2010 to U+2029: the dashes, quotation marks and dots of print,
SIGNS = range(0x90, 0xAA)  # which part tokens
BREAKS = b"\n\r"
NUMBER = ir.IntType(64)
BLOCK = ir.VectorType(ir.IntType(8), BLOCK_BYTES)
BIG = sys.byteorder == "big"

Function = TypeVar("Function", bound=Callable[..., Any])
Generate = Callable[[Any, Any, Any, Any], Any]  # context, builder, signature, arguments


def _in_llvm(generate: Generate) -> Callable[[Function], Function]:
    """Replace a function of a buffer and a place, or of a number, by what LLVM makes of it."""

    def of_buffer(_typing: Any, utf8: Any, place: Any) -> Any:  # noqa: ANN401
        return types.uint64(utf8, place), generate

    def of_number(_typing: Any, _value: Any) -> Any:  # noqa: ANN401
        return types.uint64(types.uint64), generate

    def decorate(plain: Function) -> Function:
        if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
            return plain
        made = intrinsic(of_buffer if plain.__code__.co_argcount == 2 else of_number)
        return cast("Function", made)

    return decorate


def _loaded(bits: Any, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    start = builder.gep(array.data, [arguments[1]])
    return builder.load(builder.bitcast(start, bits.as_pointer()), align=1)


def _between(builder: Any, lanes: Any, first: int, last: int) -> Any:  # noqa: ANN401
    start, width = (ir.Constant(BLOCK, [value] * BLOCK_BYTES) for value in (first, last - first))
    return builder.icmp_unsigned("<=", builder.sub(lanes, start), width)


def _flags(builder: Any, lanes: Any) -> Any:  # noqa: ANN401
    number = builder.bitcast(lanes, NUMBER)
    return builder.bitreverse(number) if BIG else number


def _word(context: Any, builder: Any, *rest: Any) -> Any:  # noqa: ANN401
    word = _loaded(NUMBER, context, builder, *rest)
    return builder.bswap(word) if BIG else word


@_in_llvm(_word)
def load_word(utf8: U8, place: U) -> U:
    """Return the eight bytes at a place, the first one lowest; they have to be there."""
    return U(int.from_bytes(utf8[place : place + U(WORD_BYTES)].tobytes(), "little"))


def _alphanumeric(context: Any, builder: Any, *rest: Any) -> Any:  # noqa: ANN401
    lanes = _loaded(BLOCK, context, builder, *rest)
    small = builder.or_(lanes, ir.Constant(BLOCK, [0x20] * BLOCK_BYTES))
    letters = _between(builder, small, ord("a"), ord("z"))
    return _flags(builder, builder.or_(letters, _between(builder, lanes, ord("0"), ord("9"))))


@_in_llvm(_alphanumeric)
def letters_and_digits(utf8: U8, place: U) -> U:
    """Flag the ASCII letters and digits in the 64 bytes at a place, the first one lowest."""
    block = utf8[place : place + U(BLOCK_BYTES)].tobytes()
    return U(sum(bytes([byte]).isalnum() << at for at, byte in enumerate(block)))


def _upper_half(context: Any, builder: Any, *rest: Any) -> Any:  # noqa: ANN401
    return _flags(builder, _between(builder, _loaded(BLOCK, context, builder, *rest), 0x80, 0xFF))


@_in_llvm(_upper_half)
def beyond_ascii(utf8: U8, place: U) -> U:
    """Flag those of the 64 bytes at a place that are not ASCII, the first one lowest."""
    block = utf8[place : place + U(BLOCK_BYTES)].tobytes()
    return U(sum((byte >= 0x80) << at for at, byte in enumerate(block)))


def _continuing(context: Any, builder: Any, *rest: Any) -> Any:  # noqa: ANN401
    return _flags(builder, _between(builder, _loaded(BLOCK, context, builder, *rest), 0x80, 0xBF))


@_in_llvm(_continuing)
def continuing(utf8: U8, place: U) -> U:
    """Flag those of the 64 bytes at a place that begin no character, the first one lowest."""
    block = utf8[place : place + U(BLOCK_BYTES)].tobytes()
    return U(sum((0x80 <= byte <= 0xBF) << at for at, byte in enumerate(block)))


def _breaks(context: Any, builder: Any, *rest: Any) -> Any:  # noqa: ANN401
    lanes = _loaded(BLOCK, context, builder, *rest)
    ends = [_between(builder, lanes, byte, byte) for byte in BREAKS]
    return _flags(builder, builder.or_(*ends))


@_in_llvm(_breaks)
def line_breaks(utf8: U8, place: U) -> U:
    """Flag the line feeds and carriage returns in the 64 bytes at a place, the first one lowest."""
    block = utf8[place : place + U(BLOCK_BYTES)].tobytes()
    return U(sum((byte in BREAKS) << at for at, byte in enumerate(block)))


def _sign(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
    ranges = [*((byte, byte) for byte in SIGN_BYTES), (SIGNS[0], SIGNS[-1])]
    found = ir.Constant(ir.VectorType(ir.IntType(1), BLOCK_BYTES), [1] * BLOCK_BYTES)
    for at, (first, last) in enumerate(ranges):
        there = arguments[0], builder.add(arguments[1], ir.Constant(NUMBER, at))
        lanes = _loaded(BLOCK, context, builder, signature, there)
        found = builder.and_(found, _between(builder, lanes, first, last))
    return _flags(builder, found)


@_in_llvm(_sign)
def signs(utf8: U8, place: U) -> U:
    """Flag where one of SIGNS begins in the 64 bytes at a place; two more bytes are read."""
    block = utf8[place : place + U(BLOCK_BYTES + 2)].tobytes()
    begins = (block.startswith(SIGN_BYTES, at) for at in range(BLOCK_BYTES))
    return U(sum((here and block[at + 2] in SIGNS) << at for at, here in enumerate(begins)))


def _zeros_below(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
    return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))


@_in_llvm(_zeros_below)
def trailing_zeros(value: U) -> U:
    """Return the number of zeros below the lowest one of a value other than 0."""
    return U((int(value) & -int(value)).bit_length() - 1)


def _ones(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
    return builder.ctpop(arguments[0])


@_in_llvm(_ones)
def ones(value: U) -> U:
    """Return the number of ones in a value."""
    return U(int(value).bit_count())


@inlined
def up_to(count: U) -> U:
    """Return a one for each of the lowest bits, 0 to 64 of them."""
    return (U(1) << (count & U(63))) - U(1) if count < U(64) else ~U(0)
