#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way in which /dev/kvm can be closed, on the real kernel: state, class, remedy, status.

The device stands below a root of our own, so the host's is not touched and not needed. What
this machine does not permit (device nodes, another user) is skipped by name, and fails where
live tests are required.
"""
import ctypes
import json
import os
import platform
import stat
import subprocess
import sys
import tempfile

kvmfeat = os.path.abspath(sys.argv[1])
IOCTL = {"x86_64": (0xC000003E, 16), "aarch64": (0xC00000B7, 29)}.get(platform.machine())


def prctl(operation, *arguments):
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word
             for word in (*arguments, 0, 0, 0)[:4]]
    if ctypes.CDLL(None, use_errno=True).prctl(operation, *words):
        raise OSError(ctypes.get_errno(), f"prctl {operation}")


def forbid_ioctl():
    """In the child: a seccomp filter that answers ioctl(2) with EPERM."""
    arch, number = IOCTL
    ld, jeq, ret = 0x20, 0x15, 0x06
    allow, eperm = 0x7FFF0000, 0x00050001

    class Filter(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8),
                    ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("filters", ctypes.POINTER(Filter))]

    code = (Filter * 6)((ld, 0, 0, 4), (jeq, 0, 3, arch), (ld, 0, 0, 0), (jeq, 0, 1, number),
                        (ret, 0, 0, eperm), (ret, 0, 0, allow))
    program = Program(6, code)
    prctl(38, 1)
    prctl(22, 2, ctypes.byref(program))


def obey_file_modes():
    """In the child: root gives up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH; others have none."""
    if os.getuid() == 0:
        for capability in (1, 2):
            prctl(24, capability)


def missing(path):
    pass


def closed(path):
    open(path, "w").close()
    os.chmod(path, 0)


def no_driver(path):
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(10, 254))


def plain_file(path):
    open(path, "w").close()


def real(path):
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(10, 232))
    os.close(os.open(path, os.O_RDWR))


# name, how the device is made, what the child does first, state, why, word of the remedy,
# exit status of cap list
DOORS = [
    ("missing", missing, None, "absent", "not-loaded", "modprobe", 3),
    ("EACCES", closed, obey_file_modes, "unknown", "permission", "group", 4),
    ("ENXIO", no_driver, None, "absent", "not-loaded", "modprobe", 3),
    ("ENOTTY", plain_file, None, "absent", "not-loaded", "10:232", 3),
    ("EPERM of a seccomp filter", real, forbid_ioctl, "unknown", "permission", "sandbox", 4),
]


def run(root, before, *words):
    done = subprocess.run([kvmfeat, "--json", "--root", root, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, preexec_fn=before)
    return done.returncode, json.loads(done.stdout)


def faults(root, before, state, why, remedy, status):
    code, document = run(root, before, "probe")
    row = next(f for f in document["data"]["features"] if f["id"] == "kvm.device")
    if code != 0:
        yield f"probe exits with {code}, not 0"
    if (row["state"], row["why"]) != (state, why):
        yield f"{row['state']} ({row['why']}), not {state} ({why}): {row['reason']}"
    if remedy not in (row["remedy"] or ""):
        yield f"no '{remedy}' in the remedy: {row['remedy']}"
    code, document = run(root, before, "cap", "list")
    if code != status or document["error"]["status"] != status:
        yield f"cap list exits with {code}, not {status}"
    code, document = run(root, before, "probe", "--require=kvm.device")
    if code != 5 or document["data"]["missing"][0]["id"] != "kvm.device":
        yield f"probe --require exits with {code}, not 5"


def try_door(name, make, before, *expected):
    if before is forbid_ioctl and not IOCTL:
        return None, f"no seccomp filter for {platform.machine()}"
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        os.mkdir(f"{root}/dev")
        os.makedirs(f"{root}/sys/class/misc")
        os.makedirs(f"{root}/proc/sys/kernel")
        with open(f"{root}/proc/sys/kernel/arch", "w", encoding="ascii") as arch:
            print("x86_64", file=arch)
        try:
            make(f"{root}/dev/kvm")
        except OSError as error:
            return None, f"cannot make the device: {error.strerror}"
        return list(faults(root, before, *expected)), None


print(f"1..{len(DOORS)}")
failed = False
for number, (name, *door) in enumerate(DOORS, 1):
    wrong, skip = try_door(name, *door)
    if skip and os.environ.get("KVMFEAT_LIVE_TESTS") == "require":
        wrong, skip = [skip], None
    failed |= bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}" + (f" # SKIP {skip}" if skip else ""))
    for line in wrong or []:
        print(f"# {line}")
sys.exit(failed)
