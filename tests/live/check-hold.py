#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The example holds a guest_memfd, the command finds it: check-hold.py GMEM-HOLD KVMFEAT"""

import fcntl
import json
import os
import re
import subprocess
import sys

HOLD, KVMFEAT = sys.argv[1:]
MIB = 1 << 20


def kvmfeat(*words):
    return subprocess.run([KVMFEAT, "--json", *words], capture_output=True, text=True)


def start(*words):
    return subprocess.Popen(
        [HOLD, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def listed_bytes_are_those_that_it_holds():
    hold = start("8", "3")
    held = dict(re.findall(r"(\w+)=(\S+)", hold.stdout.readline()))
    shown = kvmfeat("gmem", "show", f"{held['pid']}:{held['fd']}")
    hold.communicate()
    rows = json.loads(shown.stdout)["data"]["gmem"]
    assert shown.returncode == 0 and len(rows) == 1, shown
    assert rows[0]["pid"] == hold.pid == int(held["pid"]), rows
    assert rows[0]["size_bytes"] == 8 * MIB, rows
    assert rows[0]["allocated_bytes"] == 3 * MIB == int(held["allocated_bytes"]), rows
    assert hold.returncode == 0


def nothing_is_left_when_it_has_ended():
    hold = start("1", "1", "1")
    hold.stdout.readline()
    hold.wait()
    gone = kvmfeat("gmem", "show", str(hold.pid))
    assert gone.returncode == 1, gone
    assert json.loads(gone.stdout)["error"]["errno"] == "ESRCH", gone


def it_says_why_it_cannot():
    for words, status, text in (
        (["x", "1"], 2, "usage"),
        (["1"], 2, "usage"),
        (["0", "0"], 1, "guest_memfd size 0"),
        (["1", "2"], 1, "the guest_memfd ends at 0x100000"),
    ):
        run = subprocess.run([HOLD, *words], capture_output=True, text=True)
        assert run.returncode == status and text in run.stderr, run


TESTS = (
    listed_bytes_are_those_that_it_holds,
    nothing_is_left_when_it_has_ended,
    it_says_why_it_cannot,
)


def lacking():
    """What this host lacks, asked without the library: numbers as in live.h."""
    try:
        kvm = os.open("/dev/kvm", os.O_RDWR)
        if fcntl.ioctl(fcntl.ioctl(kvm, 0xAE01, 0), 0xAE03, 234) > 0:
            return None
    except OSError as error:
        return f"/dev/kvm: {error.strerror}"
    return "KVM here does not offer guest_memfd"


def main():
    lack = lacking()
    if lack and os.environ.get("KVMFEAT_LIVE_TESTS") != "require":
        print("1..0 # SKIP", lack)
        return
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except (AssertionError, KeyError, ValueError) as error:
            print(f"not ok {number} - {test.__name__}\n# {error!r}")


main()
