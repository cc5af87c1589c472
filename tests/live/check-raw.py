#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`cap list` and `probe` say number by number what raw ioctls say: raw-kvm against kvmfeat."""
import json
import os
import re
import subprocess
import sys

kvmfeat, raw_kvm = sys.argv[1:]


def document(*words):
    run = subprocess.run([kvmfeat, "--json", *words], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)["data"]


def raw():
    """API version and {number: (system, vm)} as the kernel answers, or ends with a skip."""
    run = subprocess.run([raw_kvm], stdout=subprocess.PIPE, text=True)
    if run.returncode == 77:
        reason = run.stdout.split("\n")[-2].removeprefix("skip ")
        required = os.environ.get("KVMFEAT_LIVE_TESTS") == "require"
        print(f"1..1\nnot ok 1 - {reason}" if required else f"1..0 # SKIP {reason}")
        sys.exit(required)
    run.check_returncode()
    lines = [line.split() for line in run.stdout.splitlines()]
    answers = {int(line[0]): (int(line[1]), int(line[2])) for line in lines[1:]}
    return int(lines[0][1]), answers


def wrong_caps(caps, answers):
    """Capabilities that are told wrongly, and answered numbers that are not told."""
    told = {cap["number"]: (cap["system"], cap["vm"]) for cap in caps}
    for number, answer in answers.items():
        if number in told:
            if told[number] != answer:
                yield f"{number}: told {told[number]}, asked {answer}"
        elif answer != (0, 0) and number < 1024:
            yield f"{number}: not told, asked {answer}"


def wrong_features(features, caps, answers, which):
    """Features whose evidence is a capability with another value than the kernel's."""
    numbers = {cap["name"]: cap["number"] for cap in caps if cap["name"]}
    seen = 0
    for feature in features:
        # "KVM_CAP_X = 1", and ", 0 for a VM" where a VM answers something else
        match = re.fullmatch(r"(KVM_CAP_\w+) = (-?\d+)(?:, (-?\d+) for a VM)?",
                             feature["evidence"] or "")
        if match:
            seen += 1
            told = int(match[3] if match[3] and which else match[2])
            asked = answers[numbers[match[1]]][which]
            if asked != told:
                yield f"{feature['id']}: told {match[0]}, asked {asked}"
    if seen < 5:
        yield f"only {seen} features have a capability for evidence"


version, answers = raw()
caps = document("cap", "list", "--deep")
shallow = document("probe")
deep = document("probe", "--deep")
cases = [
    ("cap list tells the API version", [] if caps["api_version"] == version else [version]),
    ("cap list tells each number's answers", list(wrong_caps(caps["caps"], answers))),
    ("probe is told by what /dev/kvm answers",
     list(wrong_features(shallow["features"], caps["caps"], answers, 0))),
    ("probe --deep is told by what a VM answers",
     list(wrong_features(deep["features"], caps["caps"], answers, 1))),
]
print(f"1..{len(cases)}")
for number, (name, wrong) in enumerate(cases, 1):
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
    for line in wrong[:20]:
        print(f"# {line}")
sys.exit(any(wrong for _, wrong in cases))
