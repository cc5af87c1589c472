# SPDX-License-Identifier: GPL-2.0-or-later
"""The library enters the kernel, and gets memory, through struct kf_sys only.

check-seam.py LIBRARY.a: outside sys-linux.c and sys-nl.c, what libc lends must be listed in
ALLOWED, so that a call that enters the kernel or allocates is seen whatever its name.
"""
import re
import sys

from tap import Tap, run

SEAM = 'sys-linux.c.o'
NETLINK = 'sys-nl.c.o'  # its part that needs libnl, in builds that have it
ALLOWED = set('''
    bsearch free qsort
    memchr memcmp memcpy mempcpy memmem memmove memrchr memset
    snprintf sprintf vsnprintf sscanf
    getauxval getpagesize
    stpcpy strcasecmp strchr strchrnul strcmp strcpy strcspn strlen strncasecmp
    strncmp strnlen strpbrk strrchr strsep strspn strstr strtok_r
    strtol strtoll strtoul strtoull strtoimax strtoumax
    strerrordesc_np strerrorname_np
    errno_location ctype_b_loc ctype_tolower_loc ctype_toupper_loc
    assert_fail GLOBAL_OFFSET_TABLE_ stack_chk_fail stack_chk_guard stack_chk_fail_local
    chk_fail
'''.split())
# The log of KVMFEAT_LOG= goes to standard error, and nothing else does.
OF_ONE_FILE = {'log.c.o': {'secure_getenv', 'fprintf', 'stderr'}}


def plain(symbol):
    """Without what fortify, glibc's versions and C23 add: __snprintf_chk, __isoc23_strtol."""
    symbol = re.sub(r'@.*', '', symbol)
    symbol = re.sub(r'^__isoc\d+_', '', symbol)
    return re.sub(r'^_+(\w+?)(?:_chk)?$', r'\1', symbol)


def main(archive):
    tap = Tap()
    defined, needed, member = set(), {}, None
    for line in run('nm', archive).stdout.splitlines():
        fields = line.split()
        if line.endswith(':'):
            member = re.sub(r'.*[/_](?=[\w-]+\.c\.o)', '', line[:-1])
            needed[member] = set()
        elif len(fields) == 2 and fields[0] in 'Uw':
            needed[member].add(fields[1])
        elif len(fields) == 3:
            defined.add(fields[2])
    tap.case('the seam is there', [] if SEAM in needed else [f'no {SEAM} in {archive}'])
    for member, symbols in sorted(needed.items()):
        if member in (SEAM, NETLINK):
            continue
        allowed = ALLOWED | OF_ONE_FILE.get(member, set())
        tap.case(f'{member} stays behind the seam',
                 sorted(f'{s}: not in ALLOWED' for s in symbols - defined
                        if plain(s) not in allowed))
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
