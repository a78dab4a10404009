"""Functions compiled to machine code when they are first called, and kept for later processes.

What is ``compiled`` or ``inlined`` imports numba where it is defined, which takes most of a second: whoever may do
without such kernels imports them where they are needed. A ``kernel`` is run as it stands, without numba, until somebody
asks for it compiled.
"""

import functools
import zlib
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")

_inner: set[Callable[..., Any]] = set()
"""Functions that kernels may call."""


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function* compiled; other threads run beside it, and later processes need not compile it again."""
    from numba import njit  # noqa: PLC0415 - numba takes most of a second, and not everybody compiles

    return cast("Callable[_P, _R]", njit(cache=True, nogil=True)(function))


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function* for compiled functions of the same module to call, written into them.

    What takes nanoseconds a call takes twice as long where arrays are handed over first.
    """
    from numba import njit  # noqa: PLC0415 - as above

    return cast("Callable[_P, _R]", njit(nogil=True, inline="always")(function))


class Kernel(Generic[_P, _R]):
    """A function that is run as it stands where little is to be done, and compiled where much is.

    Both are the same lines, so they answer alike. What it calls of the project is marked ``inner``.
    """

    def __init__(self, function: Callable[_P, _R]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Return what the function returns, run by Python."""
        return self._function(*args, **kwargs)

    @property
    def is_compiled(self) -> bool:
        """Whether somebody asked for it compiled in this process, so that it costs nothing more."""
        return "compiled" in vars(self)

    def load(self) -> None:
        """Import numba now, so that whoever asks is told that it is compiled."""
        _ = self.compiled

    @functools.cached_property
    def compiled(self) -> Callable[_P, _R]:
        """The function compiled, which imports numba and at the first call ever takes seconds."""
        from numba.extending import register_jitable  # noqa: PLC0415 - as above

        whole = _called(self._function)
        for function in whole:
            register_jitable(function)
        return compiled(_stamped(self._function, whole))


def _called(function: Callable[..., Any]) -> list[FunctionType]:
    """Return all inner functions that *function* calls, and that these call."""
    found: list[FunctionType] = []
    waiting = [cast("FunctionType", function)]
    for caller in waiting:
        named = (caller.__globals__.get(name) for name in caller.__code__.co_names)
        new = [
            one
            for one in named
            if isinstance(one, FunctionType) and one in _inner and one not in found
        ]
        found += new
        waiting += new
    return found


def _stamped(function: Callable[_P, _R], inner_functions: list[FunctionType]) -> Callable[_P, _R]:
    """Return *function* under a name that changes with the functions it calls and the constants they are compiled with.

    What is kept compiled is found by name, and thrown away when the file of the function itself has changed, but not
    when others have.
    """
    own = cast("FunctionType", function)
    stamp = zlib.crc32(repr([_said(one) for one in (own, *inner_functions)]).encode())
    copy = FunctionType(
        own.__code__, own.__globals__, own.__name__, own.__defaults__, own.__closure__
    )
    copy.__qualname__ = f"{own.__qualname__}_{stamp:08x}"
    copy.__module__ = own.__module__
    return cast("Callable[_P, _R]", copy)


def _said(function: FunctionType) -> list[object]:
    """Return what *function* does, and the numbers and words of its module that it does it with."""
    found: list[object] = []
    waiting = [function.__code__]
    for code in waiting:
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
        plain = [one for one in code.co_consts if not isinstance(one, CodeType)]
        named = [(name, function.__globals__.get(name)) for name in code.co_names]
        fixed = [one for one in named if isinstance(one[1], bool | int | float | str)]
        found += [code.co_code, code.co_names, plain, fixed]
    return found


def kernel(function: Callable[_P, _R]) -> Kernel[_P, _R]:
    """Return *function*, to be called as it is or as ``.compiled``.

    Examples
    --------
    >>> @kernel
    ... def total(row: list[int]) -> int:
    ...     found = 0
    ...     for number in row:
    ...         found += number
    ...     return found
    >>> total([1, 2, 3])
    6
    """
    return Kernel(function)


def inner(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function* itself, for kernels to call, which are compiled together with it."""
    _inner.add(function)
    return function
