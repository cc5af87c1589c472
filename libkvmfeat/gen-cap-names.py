#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Print the rows of the capability table, by number, from linux/kvm.h."""
import re
import sys

text = open(sys.argv[1], encoding="ascii").read()
rows = re.findall(r"^#[ \t]*define[ \t]+(KVM_CAP_\w+)[ \t]+(0x[0-9a-f]+|\d+)\b", text, re.MULTILINE)
for number, name in sorted((int(number, 0), name) for name, number in rows):
    print(f'{{ {number}, "{name}" }},')
