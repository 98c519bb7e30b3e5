"""Many spoilt inputs at one door, in a process: `PYTHONPATH=.:tests python tests/soak/fuzz.py DOOR COUNT [SEED]`.

Prints one line of JSON. Whoever starts it sees by its exit code if native code brought it down.
"""

import faulthandler
import json
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

from support.fuzzing import knock, random_inputs

HANG = 100  # seconds for one input; every limit of ours is shorter
KEPT = Path("artefacts/soak")  # what brought something down


def main(name, count, seed=0):
    faulthandler.enable()
    signal.signal(signal.SIGALRM, stuck)
    results = {"tried": 0, "taken": 0, "refused": 0, "crashed": 0, "slowest": 0.0}
    KEPT.mkdir(parents=True, exist_ok=True)
    current = KEPT / f"{name}.current"
    for index, data in enumerate(random_inputs(name, int(count), int(seed))):
        current.write_bytes(data)  # still there if the process dies of it
        start = time.monotonic()
        signal.alarm(HANG)
        try:
            results["taken" if knock(name, data) else "refused"] += 1
        except Exception:
            results["crashed"] += 1
            (KEPT / f"{name}.{seed}.{index}").write_bytes(data)
            traceback.print_exc()
        signal.alarm(0)
        results["tried"] += 1
        results["slowest"] = max(results["slowest"], round(time.monotonic() - start, 1))
    current.unlink(missing_ok=True)
    megabytes = (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    )
    print(json.dumps(results | {"door": name, "memory": megabytes}))


def stuck(*_):
    raise TimeoutError(f"one input took more than {HANG} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
