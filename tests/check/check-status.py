# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel/STATUS.md is of the present stack, and each change is shown by a test that is there.

check-status.py SOURCE
"""
import importlib.machinery
import importlib.util
import os
import sys

from tap import Tap


def tool(source):
    """kernel/tools/status of that tree, which has the rules."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader(
        'status', os.path.join(source, 'kernel/tools/status'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('status', loader))
    loader.exec_module(module)
    return module


def main(source):
    tap = Tap()
    for rule, faults in tool(source).check():
        tap.case(rule, faults)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
