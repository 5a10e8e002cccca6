"""`ivr`, tied to the life of whoever started it: nothing is left when the harness is killed.

Run as `python -m soak.child serve`. Only Linux can do this; elsewhere it is just `ivr`.
"""

from __future__ import annotations

import ctypes
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    runpy.run_module("ivr", run_name="__main__", alter_sys=True)
