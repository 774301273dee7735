"""The process that draws figures: one order a line on standard input, what became of it a line on standard output.

It ends with its input, so it never outlives the command that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from gencost.report.figures import plots
from gencost.report.reason import reason


def main() -> None:
    """Draw what standard input says until it ends."""
    with contextlib.suppress(OSError, AttributeError):  # the calls of the next batch come first
        os.nice(10)
    output = sys.stdout
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - what is made for people is not for the other process
    for line in sys.stdin:
        order = json.loads(line)
        why = None
        try:
            plots.draw(order["kind"], order["numbers"], Path(order["path"]))
        except Exception as error:  # noqa: BLE001 - a door: one figure that fails takes no other with it
            why = reason(error)
        with contextlib.suppress(OSError):  # the reader is gone
            # Starts a new line, in case the interpreter's start left one unfinished.
            output.write("\n" + json.dumps({"path": order["path"], "why": why}) + "\n")
            output.flush()


if __name__ == "__main__":
    main()
