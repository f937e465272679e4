"""Runs a Starlark program under CPython, threads included.

    python3 examples/python.py [--threads=N] [--report] FILE [ARGS...]

What `ungil run` predeclares is made of Python's own: thread of its threads, atomic of a
reentrant lock, struct, json, math, time, file. So one file runs under both, as long as it
is Python too: dicts and lists changed while they are iterated, strings taken for bytes
and the like are the program's business. Two things are not the same: an error that leaves
an atomic block undoes nothing, and an atomic block excludes other atomic blocks only, not
what threads do outside of them.

--report writes the program's time in seconds, the processor time and the largest memory
in bytes to standard error at the end, as a line of JSON; Python's own start and compiling
the file do not count.
"""

import _thread
import builtins
import math
import os
import sys
import time
import types

# Not threading, json and datetime, whose megabytes would count as the program's memory:
# _thread is a part of the interpreter, and the others are imported when they are wanted.

STACK = 512 << 20  # bytes, for deep recursion
DEPTH = 100_000    # calls, as under ungil


class Handle:
    """What thread.start returns."""

    def __init__(self, number, function, args, kwargs):
        self._value = self._error = None
        self._running = _thread.allocate_lock()
        self._running.acquire()
        _thread.start_new_thread(self._run, (number, function, args, kwargs))

    def _run(self, number, function, args, kwargs):
        current.number = number
        try:
            self._value = function(*args, **kwargs)
        except BaseException as error:  # told to whoever joins
            self._error = error
        self._running.release()

    def join(self):
        with self._running:
            pass
        if self._error is not None:
            raise self._error

    def result(self):
        self.join()
        return self._value

    def done(self):
        return not self._running.locked()


current = _thread._local()


class Threads:
    """The module thread."""

    def __init__(self, count):
        self.count = count
        self._numbers = 0

    def start(self, function, *args, **kwargs):
        with one_at_a_time:
            self._numbers += 1
            number = self._numbers
        return Handle(number, function, args, kwargs)

    def id(self):
        return getattr(current, "number", 0)


one_at_a_time = _thread.RLock()


def atomic():
    """For the block `for _ in atomic():`. Leaving it early closes the generator."""
    with one_at_a_time:
        yield None


def struct(**fields):
    """Keeps fields of these names; Starlark's is immutable, this one only by good manners."""
    return types.SimpleNamespace(**fields)


def fail(*args, sep=" "):
    raise RuntimeError("fail: " + sep.join(str(a) for a in args))


def read(path):
    with builtins.open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
        return f.read()


class Lazy:
    """A module whose names are made at their first use, so that Python's is only then imported."""

    def __init__(self, make):
        self._make = make

    def __getattr__(self, name):
        self.__dict__.update(self._make())
        return self.__dict__[name]


def json_module():
    import json

    return {"encode": json.dumps, "decode": json.loads}


def time_module():
    import datetime

    return {"now": datetime.datetime.now}


def predeclared(name, args, threads):
    """Returns the globals that a program begins with."""
    return {
        "__name__": "__main__",
        "__file__": name,
        "args": args,
        "thread": Threads(threads),
        "atomic": atomic,
        "struct": struct,
        "fail": fail,
        "type": lambda x: "NoneType" if x is None else builtins.type(x).__name__,
        "json": Lazy(json_module),
        "math": math,
        "time": Lazy(time_module),
        "file": types.SimpleNamespace(
            read=read,
            list=lambda path: sorted(os.listdir(path)),
            is_dir=os.path.isdir,
        ),
    }


def peak_memory():
    """Returns the largest resident memory so far in bytes, 0 if the system does not tell."""
    try:
        with builtins.open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(code, names, outcome):
    """Runs the program and notes the seconds and processor seconds it took."""
    start, cpu = time.perf_counter(), time.process_time()
    try:
        exec(code, names)
        outcome["ok"] = True
    except BaseException:
        sys.excepthook(*sys.exc_info())
    outcome["seconds"] = time.perf_counter() - start
    outcome["cpu"] = time.process_time() - cpu


def options(argv):
    """Returns the number of threads, whether to report, the program's file and its arguments."""
    threads, report, rest = 2, False, list(argv)
    while rest and rest[0].startswith("--"):
        option = rest.pop(0)
        if option == "--report":
            report = True
        elif option.startswith("--threads=") and option[10:].isdigit():
            threads = int(option[10:])
        else:
            sys.exit("python.py: " + option + ": want --threads=N or --report; see the top of the file")
    if not rest:
        sys.exit("python.py: no program: python3 examples/python.py [--threads=N] [--report] FILE [ARGS...]")
    return threads, report, rest[0], rest[1:]


def main():
    threads, report, name, args = options(sys.argv[1:])
    code = compile(read(name), name, "exec")
    names, outcome = predeclared(name, args, threads), {"ok": False}

    # The program runs on a thread because only a new one gets a stack of that size.
    sys.setrecursionlimit(DEPTH)
    _thread.stack_size(STACK)
    runner = Handle(0, run, (code, names, outcome), {})
    _thread.stack_size(0)
    runner.join()
    sys.stdout.flush()
    if report:
        print('{"seconds": %.6f, "cpu": %.6f, "peak": %d}' % (outcome["seconds"], outcome["cpu"], peak_memory()), file=sys.stderr)
    sys.exit(0 if outcome["ok"] else 1)


main()
