# SPDX-License-Identifier: GPL-2.0-or-later
"""Each gate catches the faults that it is there for.

seeds.py CHECK SOURCE BUILD LIBRARY.so LIBRARY.a COMMAND 'C COMPILER' 'C++ COMPILER': copies
the tree, makes one fault, runs the check, and expects a failed case that names it, which
the copy without the fault does not have.
"""
import glob
import os
import re
import shlex
import shutil
import sys
import tempfile

from tap import Tap, read, run, tracked

HERE = os.path.dirname(os.path.abspath(__file__))


class Tree:
    """A copy of the project that may be spoilt, with the built files to look at."""

    def __init__(self, top, source, names, built):
        self.top, self.built = os.path.join(top, 'tree'), dict(built)
        for name in names:
            os.makedirs(os.path.dirname(os.path.join(self.top, name)), exist_ok=True)
            shutil.copy2(os.path.join(source, name), os.path.join(self.top, name))

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def append(self, name, text):
        self.write(name, read(self.path(name)) + text)

    def replace(self, name, old, new):
        text, count = re.subn(old, new, read(self.path(name)), count=1, flags=re.M)
        assert count, f'{name} has no {old}'
        self.write(name, text)

    def first(self, pattern):
        """The first file that fits, relative to the tree."""
        return os.path.relpath(min(glob.glob(self.path(pattern))), self.top)

    def remove(self, name):
        os.remove(self.path(name))

    def member(self, name, code):
        """One more object in the archive, compiled from @code."""
        self.write(f'seed/{name}', code)
        done = run(*shlex.split(self.built['cc']), '-O2', '-fPIC', '-c', f'seed/{name}', '-o',
                   f'seed/{name}.o', cwd=self.top)
        assert done.returncode == 0, done.stdout
        archive = self.path('seed/libkvmfeat.a')
        members = run('ar', 't', self.built['archive']).stdout.split()
        run('ar', 'x', self.built['archive'], cwd=self.path('seed'))
        done = run('ar', 'rcs', archive, *members, f'{name}.o', cwd=self.path('seed'))
        assert done.returncode == 0, done.stdout
        self.built['archive'] = archive

    def without(self, name):
        """The archive without one object."""
        archive = self.path('libkvmfeat.a')
        members = run('ar', 't', self.built['archive']).stdout.split()
        shutil.copy2(self.built['archive'], archive)
        done = run('ar', 'd', archive, *[m for m in members if m.endswith(name)])
        assert done.returncode == 0, done.stdout
        self.built['archive'] = archive

    def library(self, **fault):
        """The shared library again, with a changed version script."""
        script = read(self.path('libkvmfeat/libkvmfeat.map'))
        for old, new in fault.values():
            assert old in script
            script = script.replace(old, new)
        self.write('seed.map', script)
        shared = self.path('libkvmfeat.so')
        done = run(*shlex.split(self.built['cc']), '-shared', '-Wl,--whole-archive',
                   self.built['archive'], '-Wl,--no-whole-archive', '-o', shared,
                   f'-Wl,--version-script={self.path("seed.map")}')
        assert done.returncode == 0, done.stdout
        self.built['shared'] = shared

    def man3(self):
        """The section 3 pages; the generator's complaint is a failed case."""
        headers = sorted(n for n in os.listdir(self.path('include/kvmfeat')))
        return run(sys.executable, self.path('man/gen-man3.py'), '1.0.0', self.path('man3'),
                   *[f'include/kvmfeat/{h}' for h in headers], cwd=self.top)


CAP, MAP = 'include/kvmfeat/cap.h', 'libkvmfeat/libkvmfeat.map'
COMMAND = '''#!/bin/sh
[ "$1" = --complete ] && exec {command} "$@"
@EXTRA@
{command} "$@" | sed 's/{old}/{new}/'
exit 0
'''


def seed_change(tree, where, more):
    tree.append('kernel/changes.ini', f'\n[seed]\nwhat = a seed\nwhere = {where}\n{more}')


def seed_patch(tree):
    tree.write('kernel/patches/seed/1.patch', '')
    tree.append('kernel/series', 'seed/1.patch\n')


def stand_in(tree, old='', new='', extra=''):
    """A command that answers wrongly."""
    text = COMMAND.replace('@EXTRA@', extra).format(
        command=shlex.quote(tree.built['command']), old=old, new=new)
    tree.write('seed/kvmfeat', text)
    os.chmod(tree.path('seed/kvmfeat'), 0o755)
    tree.built['command'] = tree.path('seed/kvmfeat')


def tamper(tree, script):
    """An installation of which something is missing; its directory is $1."""
    tree.write('seed/meson', f'#!/bin/sh\nmeson "$@" || exit\nshift 6\n{script}\n')
    os.chmod(tree.path('seed/meson'), 0o755)
    tree.built['meson'] = shlex.quote(tree.path('seed/meson'))


# Fault or check -> the case that is skipped where the tool for it is missing
NEEDS = {
    'a C++ keyword': 'cap.h compiles alone in C++17',
    'a C++ keyword that is installed': 'a C++ program uses the library',
    'a page that is not built': 'each page source is built',
    'another layout': 'C files look as clang-format makes them',
    'roff that is not sound': 'kvmfeat_cap.3 is sound',
    'schema': 'documents keep to their schemas',
    'a candidate too many': 'bash completion',
    'a script with a list of its own': 'bash completion',
    'words that are not joined': 'bash completion',
    'a front that is not taken off': 'bash completion',
    'zsh that does not parse': 'zsh can parse its script',
}
# Check -> (fault, words that the failed case must name, what makes it); where another case
# could name them, too, its name stands before the words.
SEEDS = {
    'abi': (
        ('a symbol left out of the map', 'kvmfeat_cap_name: in include/, not in libkvmfeat.map',
         lambda t: t.replace(MAP, r'^\tkvmfeat_cap_name;\n', '')),
        ('a symbol too many in the map', 'kvmfeat_cap_nam: in libkvmfeat.map, not in the library',
         lambda t: t.replace(MAP, r'^(\tkvmfeat_cap_name;)', r'\1\n\tkvmfeat_cap_nam;')),
        ('a definition that is not exported', 'kvmfeat_cap_name: in include/, not in KVMFEAT_EXP',
         lambda t: t.replace('libkvmfeat/cap-names.c', r'KVMFEAT_EXPORT (.*cap_name\()', r'\1')),
        ('a prototype that is gone', 'kvmfeat_cap_name: in KVMFEAT_EXPORT, not in include/',
         lambda t: t.replace(CAP, r'^const char \*kvmfeat_cap_name\(.*\n', '')),
        ('a symbol that the library lacks', 'kvmfeat_cap_name: in libkvmfeat.map, not in the lib',
         lambda t: t.library(a=('\tkvmfeat_cap_name;\n', ''))),
        ('a symbol in another node', 'kvmfeat_cap_name: LIBKVMFEAT_1.1, but LIBKVMFEAT_1.0',
         lambda t: t.library(a=('\tkvmfeat_cap_name;\n', ''), b=(
             '\t*;\n};', '\t*;\n};\nLIBKVMFEAT_1.1 { global: kvmfeat_cap_name; };'))),
        ('a node with a wrong name', ('nodes are named', 'LIBKVMFEAT_1'),
         lambda t: t.replace(MAP, r'LIBKVMFEAT_1\.0', 'LIBKVMFEAT_1')),
        ('a symbol in two nodes', ('each symbol stands in one node', 'kvmfeat_cap_name'),
         lambda t: t.append(MAP, 'LIBKVMFEAT_1.1 { global: kvmfeat_cap_name; };\n')),
        ('a Since: of another release', 'Since: 1.1, but LIBKVMFEAT_1.0',
         lambda t: t.replace(CAP, r'Since: 1\.0', 'Since: 1.1')),
        ('a symbol without a page', 'no kvmfeat_cap_name.3',
         lambda t: os.remove(t.path('man3/kvmfeat_cap_name.3'))),
        ('a page without a symbol', 'kvmfeat_cap_nothing',
         lambda t: t.write('man3/kvmfeat_cap_nothing.3', '')),
        ('a word that is spelt wrong', 'capp: a new word',
         lambda t: t.replace(CAP, r'int kvmfeat_cap_get\(', 'int kvmfeat_capp_get(')),
        ('a symbol in the wrong header', 'kvmfeat_vm_get: declared in cap.h',
         lambda t: t.replace(CAP, r'int kvmfeat_cap_get\(', 'int kvmfeat_vm_get(')),
        ('a change of a released node', 'kvmfeat_cap_old: LIBKVMFEAT_1.0 was released with it',
         lambda t: t.write('tests/abi/LIBKVMFEAT_1.0.txt', 'kvmfeat_cap_old\n')),
    ),
    'format': (
        ('spaces in place of a tab', 'spaces where a tab belongs',
         lambda t: t.append('cli/out.c', 'int x;\n        int y;\n')),
        ('a space at the end', 'space at the end', lambda t: t.append('cli/out.c', 'int x; \n')),
        ('no newline at the end', 'no newline at the end',
         lambda t: t.append('cli/out.c', 'int x;')),
        ('a long line', 'longer than 100', lambda t: t.append('cli/out.c', f'/*{"x" * 99}*/\n')),
        ('another layout', 'cli/out.c:', lambda t: t.append('cli/out.c', '\nint x ;\n')),
    ),
    'globals': (
        ('a writable global', '.data', lambda t: t.member('seed.c', 'int seed = 1;\n')),
        ('a zeroed global', '.bss', lambda t: t.member('seed.c', 'static int seed;\n'
                                                      'int *get(void) { return &seed; }\n')),
        ('a thread-local', '.tbss', lambda t: t.member('seed.c', '__thread int seed;\n')),
        ('a common symbol', 'common', lambda t: t.member(
            'seed.c', 'int seed __attribute__((common));\n')),
        ('a constructor', 'init_array', lambda t: t.member(
            'seed.c', '__attribute__((constructor)) void seed(void) { }\n')),
    ),
    'headers': (
        ('a header that needs another', 'cap.h compiles alone in C11',
         lambda t: t.replace(CAP, '#include <stdbool.h>\n', '')),
        ('a C++ keyword', 'cap.h compiles alone in C++17',
         lambda t: t.replace(CAP, 'unsigned int number;', 'unsigned int class;')),
        ('<linux/kvm.h>', 'linux/kvm.h', lambda t: t.replace(
            CAP, '#include <stdbool.h>', '#include <linux/kvm.h>\n#include <stdbool.h>')),
        ('an extension of the compiler', 'cap.h compiles alone in C11', lambda t: t.replace(
            CAP, 'unsigned int number;', 'unsigned int number; int x[0];')),
    ),
    'man': (
        ('an option without a line', 'option --deep is not in it', lambda t: t.write(
            'man/kvmfeat-cap.1.scd',
            read(t.path('man/kvmfeat-cap.1.scd')).replace('--deep', ''))),
        ('an option that is none', '--nothing, which no verb takes', lambda t: t.append(
            'man/kvmfeat-cap.1.scd', '\n*--nothing*\n')),
        ('a verb without a line', 'verb list is not in it', lambda t: t.write(
            'man/kvmfeat-cap.1.scd',
            read(t.path('man/kvmfeat-cap.1.scd')).replace('list', 'lost'))),
        ('a noun without a line', 'noun cap is not in it', lambda t: t.replace(
            'man/kvmfeat.1.scd', r'^\*cap\*$', '*cup*')),
        ('a page that is not there', 'kvmfeat-cup(1) does not exist', lambda t: t.append(
            'man/kvmfeat.1.scd', '\nkvmfeat-cup(1)\n')),
        ('a page that is not built', ('each page source is built', 'kvmfeat-seed.1'),
         lambda t: t.write('man/kvmfeat-seed.1.scd', '')),
        ('roff that is not sound', 'kvmfeat_cap.3', lambda t: t.write(
            'man3/kvmfeat_cap.3', read(t.path('man3/kvmfeat_cap.3')) + '.nosuchmacro\n')),
    ),
    'man3': (
        ('a parameter without a word', 'cap.h:62: kvmfeat_cap_get_api_version: @ctx is not expl',
         lambda t: t.replace(CAP, r'^ \* @ctx: context\n', '')),
        ('a parameter that is none', 'kvmfeat_cap_get_api_version has no @cxt',
         lambda t: t.replace(CAP, r'^( \* @ctx: context\n)', r'\1 * @cxt: context\n')),
        ('a text about a parameter that is none', 'speaks of @nothing', lambda t: t.replace(
            CAP, 'Many capabilities', 'Like @nothing many capabilities')),
        ('a parameter out of order', 'the order is @ctx, @number, @ret_value', lambda t: t.replace(
            CAP, r'( \* @ctx: context\n)( \* @number: .*\n)', r'\2\1')),
        ('Return: of nothing', 'Return: is wrong for void', lambda t: t.replace(
            CAP, r'(@list: list, or NULL\n)', r'\1 *\n * Return: nothing.\n')),
        ('no Return:', 'Return: is missing', lambda t: t.replace(CAP, r'^ \* Return:', ' *')),
        ('no Since:', 'Since: is missing', lambda t: t.replace(CAP, r'^ \* Since: 1.0\n', '')),
        ('a name that is not declared', 'what follows is not function',
         lambda t: t.replace(CAP, r'^ \* kvmfeat_cap_get\(\)', ' * kvmfeat_cap_got()')),
        ('a member without a word', '@alias is not explained',
         lambda t: t.replace(CAP, r'^ \* @alias:.*\n', '')),
        ('a function without a comment', 'nothing documents "int kvmfeat_cap_seed',
         lambda t: t.replace(CAP, r'^(const char \*kvmfeat_cap_name.*\n)',
                             r'\1\nint kvmfeat_cap_seed(void);\n')),
    ),
    'rooms': (
        ('a room without its test', 'tests/unit/test-cap.c',
         lambda t: t.remove('tests/unit/test-cap.c')),
        ('a command without a room', 'cli/cmd-nothing.c',
         lambda t: t.write('cli/cmd-nothing.c', '')),
        ('an exception that is not needed', 'cli/cmd-cap.c: it is there',
         lambda t: t.append('tests/check/rooms.txt', 'cli/cmd-cap.c: no reason\n')),
        ('an exception without a reason', 'file: reason',
         lambda t: t.append('tests/check/rooms.txt', 'cli/cmd-nothing.c:\n')),
        ('a header that kvmfeat.h lacks', ('kvmfeat.h includes each', 'seed'), lambda t: t.write(
            'include/kvmfeat/seed.h', '')),
    ),
    'seam': (
        ('an archive without the seam', ('the seam is there', 'no sys-linux.c.o'),
         lambda t: t.without('sys-linux.c.o')),
        ('an ioctl outside the seam', 'ioctl', lambda t: t.member(
            'seed.c', '#include <sys/ioctl.h>\nint seed(int fd) { return ioctl(fd, 1); }\n')),
        ('a file opened outside the seam', 'fopen', lambda t: t.member(
            'seed.c', '#include <stdio.h>\nFILE *seed(void) { return fopen("x", "r"); }\n')),
        ('a line printed', 'puts', lambda t: t.member(
            'seed.c', '#include <stdio.h>\nvoid seed(void) { puts("x"); }\n')),
    ),
    'schema': (
        ('a key that is missing', "'vms' is a required property",
         lambda t: stand_in(t, '"vms":', '"vmz":')),
        ('a number as text', "is not of type 'integer'",
         lambda t: stand_in(t, r'_processes":\([0-9]*\)', r'_processes":"\1"')),
        ('nothing but errors', ('vm list: gave data', 'every run ended with an error'),
         lambda t: stand_in(t, extra='exec {command} --json nothing')),
        ('no JSON', 'no JSON', lambda t: stand_in(t, '^{', '{{')),
        ('another exit status', 'the process 0', lambda t: stand_in(t, 'x', 'x')),
        ('a verb without a schema', 'vm-list',
         lambda t: t.remove('cli/schema/vm-list.schema.json')),
        ('a schema without a verb', 'vm-nothing',
         lambda t: t.write('cli/schema/vm-nothing.schema.json', '{}')),
    ),
    'size': (
        ('a long function', 'seed(): 61 lines', lambda t: t.append(
            'cli/out.c', 'static void seed(void)\n{\n' + '\t;\n' * 61 + '}\n')),
        ('a long file', 'cli/out.c: ', lambda t: t.append('cli/out.c', '\n' * 800)),
    ),
    'spdx': (
        ('a file without a licence', 'cli/out.c: no licence',
         lambda t: t.replace('cli/out.c', r'^// SPDX.*\n', '')),
        ('the licence of another folder', 'cli/out.c: LGPL-2.1-or-later, not GPL-2.0-or-later',
         lambda t: t.replace('cli/out.c', 'GPL-2.0-or-later', 'LGPL-2.1-or-later')),
        ('a licence without its text', 'its text is missing',
         lambda t: t.remove('LICENSES/GPL-2.0-only.txt')),
        ('a text without a file', 'no file uses it',
         lambda t: t.write('LICENSES/MIT.txt', '\n')),
    ),
    'uapi': (
        ('a header that was edited', ('the headers have the sums', 'uapi/linux/kvm.h'),
         lambda t: t.append('libkvmfeat/uapi/linux/kvm.h', '\n')),
        ('a header that is gone', ('the headers are those', 'uapi/linux/bits.h'),
         lambda t: t.remove('libkvmfeat/uapi/linux/bits.h')),
        ('a header of our own', ('the headers are those', 'uapi/linux/seed.h'),
         lambda t: t.write('libkvmfeat/uapi/linux/seed.h', '')),
    ),
    'status': (
        ('a patch that changed', ('is of this stack', 'make -C kernel status'),
         lambda t: t.append(t.first('kernel/patches/gmem/*.patch'), '\n')),
        ('a patch of no change', ('in the series is in changes.ini', 'seed'), seed_patch),
        ('a change that is not carried', ('what is carried is in the series', '[seed]'),
         lambda t: seed_change(t, 'carried seed', 'note = it is a seed\n')),
        ('a change that nothing shows', ('is shown, or a note', '[seed]'),
         lambda t: seed_change(t, '7.3', '')),
        ('a change that is not listed', ('has the rows of changes.ini', 'a seed'),
         lambda t: seed_change(t, 'not yet', '')),
        ('a test that is gone', ('what shows a change is there', 'gmem/accounting'),
         lambda t: t.remove('kernel/tests/gmem/accounting.c')),
        ('a test that failed', ('ran and did not fail', 'failed'), lambda t: t.replace(
            'kernel/STATUS.md', r'\| \d+ passed \|$', '| **failed** |')),
        ('a test that did not run', ('ran and did not fail', 'not run'), lambda t: t.replace(
            'kernel/STATUS.md', r'\| \d+ passed \|$', '| not run |')),
    ),
    'completion': (
        ('a script with a list of its own', 'bash: kvmfeat cap l', lambda t: t.replace(
            'cli/completion/kvmfeat.bash', r'^(\tmapfile.*)$', r'\1\n\tCOMPREPLY+=(list)')),
        ('a candidate too many', ('bash, with the program: kvmfeat cap ', 'offered'),
         lambda t: t.append('cli/completion/kvmfeat.bash',
                            'eval "$(declare -f _kvmfeat | sed \'$s/}/COMPREPLY+=(x); }/\')"\n')),
        ('words that are not joined', ('bash: kvmfeat probe --require =', 'the program saw'),
         lambda t: t.replace('cli/completion/kvmfeat.bash', r'== \[=:\]', '== [_]')),
        ('a front that is not taken off', ('bash: kvmfeat probe --require = a', 'offered'),
         lambda t: t.replace('cli/completion/kvmfeat.bash', r'^\tCOMPREPLY=.*\n', '')),
        ('zsh that does not parse', 'zsh can parse', lambda t: t.append(
            'cli/completion/_kvmfeat', 'if\n')),
    ),
    'consumer': (
        ('an installation that fails', 'the build installs', lambda t: tamper(t, 'exit 1')),
        ('a C++ keyword that is installed', ('a C++ program uses', 'class'), lambda t: tamper(
            t, 'sed -i "s/unsigned int number;/unsigned int class;/" "$1"/*/*/*/kvmfeat/cap.h')),
        ('a header that is not installed', ('exactly the public', 'cap.h'), lambda t: tamper(
            t, 'find "$1" -name cap.h -delete')),
        ('no static library', 'a C program contains the static', lambda t: tamper(
            t, 'find "$1" -name "*.a" -delete')),
        ('no shared library', 'a C program uses the shared', lambda t: tamper(
            t, 'find "$1" -name "*.so*" -delete')),
        ('another version', ('pkg-config tells', '1.0.0'), lambda t: tamper(
            t, 'sed -i "s/^Version:.*/Version: 0/" $(find "$1" -name "*.pc")')),
        ('no pkg-config file', 'libkvmfeat.pc is installed', lambda t: tamper(
            t, 'find "$1" -name "*.pc" -delete')),
    ),
    'docs': (
        ('a command that fails', 'kvmfeat cap lost', lambda t: t.replace(
            'man/kvmfeat-cap.1.scd', r'^\$ kvmfeat cap list$', '$ kvmfeat cap lost')),
        ('a status that is not that', 'exit status 1', lambda t: t.replace(
            'man/kvmfeat.1.scd', 'exits 1', 'exits 5')),
        ('a program that does not compile', 'the program compiles and runs', lambda t: t.replace(
            'man/libkvmfeat.3.scd', r'\bkvmfeat_ctx_new\(&ctx', 'kvmfeat_ctx_now(&ctx')),
        ('a command that nobody runs', 'put it into docs.txt', lambda t: t.replace(
            'man/kvmfeat-cap.1.scd', r'^\$ kvmfeat cap list$', '$ rm cap')),
        ('examples that nobody runs', 'kvmfeat-cap.1.scd: EXAMPLES has commands',
         lambda t: t.write('man/kvmfeat-cap.1.scd', re.sub(
             r'^```\n\$ (.*)\n```$', r'\t\1', read(t.path('man/kvmfeat-cap.1.scd')), flags=re.M))),
        ('an excuse that nothing needs', 'kvmfeat nothing', lambda t: t.append(
            'tests/check/docs.txt', 'kvmfeat nothing: no reason\n')),
    ),
}


def check_words(check, tree):
    """The command line of a check, as in meson.build."""
    built = tree.built
    arguments = {
        'abi': [tree.top, built['shared'], tree.path('man3')],
        'completion': [tree.top, built['command']],
        'consumer': [tree.top, built['build'], built.get('meson', 'meson'), '1.0.0', '',
                     built['cc'], built['cpp']],
        'docs': [tree.top, built['command'], built['shared'], built['cc']],
        'globals': [built['archive']],
        'headers': [tree.top, built['cc'], built['cpp']],
        'man': [tree.top, built['command'], tree.path('man3'),
                *sorted(glob.glob(os.path.join(built['build'], 'man/*.[1-8]')))],
        'schema': [tree.top, built['command'], built['command'], 'vm'],  # it gives data without KVM
        'seam': [built['archive']],
    }
    return arguments.get(check, [tree.top])


def failures(check, source, names, built, fault=None):
    """Failed cases, and each again with a line below it, of a check on a copy with a fault."""
    with tempfile.TemporaryDirectory() as top:
        tree = Tree(top, source, names, built)
        tree.man3()
        if fault:
            fault(tree)
        if check == 'man3':
            done = tree.man3()
            return (done.stdout.splitlines() if done.returncode else []), {}
        script = os.path.join(HERE, f'check-{check}.py')
        if check == 'consumer':
            script = os.path.join(HERE, '../consumer/check-consumer.py')
        done = run(sys.executable, script, *check_words(check, tree))
        lines, case = [], None
        for line in done.stdout.splitlines():
            if line.startswith('#'):
                lines += [f'{case}: {line[1:].strip()}'] if case else []
            else:
                case = re.sub(r'^not ok \d+', 'not ok', line) if line[:6] == 'not ok' else None
                lines += [case] if case else []
        if done.returncode == 0 and lines:
            lines = ['failed cases, but status 0']
        return lines, dict(re.findall(r'^ok \d+ - (.*?) # SKIP (.*)', done.stdout, re.M))


def main(check, source, *built):
    tap = Tap()
    names = tracked(source)
    built = dict(zip(('build', 'shared', 'archive', 'command', 'cc', 'cpp'), built))
    built.update({k: os.path.abspath(built[k]) for k in ('shared', 'archive', 'command')})
    before, _ = failures(check, source, names, built)
    for name, words, fault in SEEDS[check]:
        after, skipped = failures(check, source, names, built, fault)
        new = [line for line in after if line not in before]
        case, words = words if isinstance(words, tuple) else ('', words)
        if any(case in line.split(words)[0] for line in new if words in line):
            tap.case(f'{name} is caught')
        elif NEEDS.get(name, NEEDS.get(check)) in skipped:
            tap.skip(f'{name} is caught', skipped[NEEDS.get(name, NEEDS.get(check))])
        else:
            tap.case(f'{name} is caught', [f'no failed case names "{words}"', *new])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
