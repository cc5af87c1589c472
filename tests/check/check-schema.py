# SPDX-License-Identifier: GPL-2.0-or-later
"""Every JSON document keeps to its schema: each verb, here and on made-up hosts.

check-schema.py SOURCE COMMAND FAKED [NOUN]: the verbs (of NOUN, or all) are those that the
command itself offers. Each run must end with a document, with `data` below its verb's schema or
with `error` and the same status as the process. FAKED is the command on a fake kernel with VMs
and TSMs.
"""
import json
import os
import subprocess
import sys
import tempfile

import blobs
import offer
from tap import Tap, read

try:
    import jsonschema
except ImportError:
    jsonschema = None

WRITE = 'write:'  # it changes something: on the made-up host only
# Verb -> command lines of it, good and bad; a verb that is not here is a failure.
RUNS = {
    'cap cpuid': ['', 'extra'],
    'cap list': ['', '--deep', '--all', 'extra', '--nothing'],
    'gmem list': ['', '--pid=1', '--pid=4711', '--pid=99999999', '--pid=x', '--pid='],
    'gmem show': ['', '1', '4711', '4711:7', '4711:99999', '99999999', 'x', '4711:', '-1'],
    'gmem watch': ['--count=2 --interval=1', '--count=1 --pid=4711', '--count=1 --changes',
                   '--count=x', 'extra', '--count=1 --pid=99999999'],
    'hdbss disable': ['', '--vm=gone', '--dry-run', 'extra'],
    'hdbss enable': ['', '--vm=gone', '--order=x --vm=gone', '--dry-run --order=1'],
    'hdbss status': ['', '--vm=gone', 'extra'],
    'monitor': ['--count=1 --state', '--count=9 --timeout=1 --state', '--subsystem=x', 'extra',
                '--count=1 --state --subsystem=tsm,kvm', '--timeout=', '--dry-run'],
    'nested check': ['', 'svm', 'svm --cpuid=target.json --maxphyaddr=48 --efer=0x1d01 --smm=no',
                     'svm --maxphyaddr=99', 'svm --cpuid=svm', 'svm --efer=x', 'vmx', 'svm-full',
                     'vmx-full', 'svm-full --maxphyaddr=48 --cpuid=target.json', 'cut', 'text'],
    'nested diff': ['', 'svm svm', 'svm svm-full', 'svm-full vmx-full', 'vmx vmx-full', 'svm cut',
                    'svm short', '--all svm svm-full', '--field=control.asid svm svm-full'],
    'nested order': ['', '--list', '--list --save', '--check=nested,sregs', '--check=nested',
                     '--check=sregs,nested', '--check=x', '--save --check=events,leave'],
    'nested show': ['', 'svm', 'vmx', 'svm-full', 'vmx-full', '--all svm', 'cut', 'text', 'short',
                    '--field=control.asid svm', '--field=x svm', 'nothing', '-', '"},{'],
    'param explain': ['', 'kvm.halt_poll_ns', 'kvm.nx_huge_pages', 'kvm_amd.avic', 'kvm.nothing',
                      'kvm.long', 'avic'],
    'param get': ['', 'kvm.halt_poll_ns', 'kvm.nx_huge_pages', 'kvm_amd.avic', 'kvm.nothing',
                  'kvm.long', 'kvm.empty', 'kvm.../../x', 'nothing.avic', 'kvm."},{'],
    'param list': ['', 'kvm', 'kvm_amd', 'nothing'],
    'param set': ['', '--dry-run kvm.halt_poll_ns 1', '--dry-run kvm.nx_huge_pages FORCE',
                  '--dry-run kvm.nx_huge_pages off', '--dry-run kvm.nx_huge_pages never',
                  '--dry-run kvm.nothing 1', WRITE + 'kvm.halt_poll_ns 1'],
    'pmu list': ['', 'extra', '--deep', '--vm=gone'],
    'pmu status': ['', '--deep', '--vm=gone', 'extra', '--dry-run'],
    'probe': ['', '--deep', '--require=nothing.at-all', '--require=', 'extra'],
    'tdisp check': ['', 'report.bin', '--resource=resource report.bin', '--all report.bin',
                    'odd.bin', '--resource=resource odd.bin', 'torn.bin', 'text', 'nothing', '-',
                    '--resource=text report.bin', '--resource=- -'],
    'tdisp diff': ['', 'report.bin report.bin', 'report.bin odd.bin', 'odd.bin report.bin',
                   'report.bin torn.bin', 'report.bin nothing', '- -', 'report.bin'],
    'tdisp show': ['', 'report.bin', 'odd.bin', 'torn.bin', 'text', '0000:01:00.0', 'nothing', '-'],
    'tsm accept': ['', '--dry-run 02:00.0', '--dry-run --report=odd.bin 02:00.0', '"},{',
                   f'--dry-run --digest={"0" * 96} 02:00.0', '--digest=0 02:00.0', '00:00.0'],
    'tsm connect': ['', '--dry-run 04:00.0', '--tsm=tsm9 --dry-run 04:00.0', '00:00.0'],
    'tsm disconnect': ['', '--dry-run 05:00.0', '--tsm=x --dry-run 05:00.0', '00:00.0'],
    'tsm list': ['', 'extra', '--dry-run'],
    'tsm lock': ['', '--dry-run 01:00.0', '--tsm= --dry-run 01:00.0', '0000:01:00.8', '00:00.0'],
    'tsm show': ['', '01:00.0', '02:00.0', '03:00.0', '04:00.0', '05:00.0', '06:00.0', '00:00.0'],
    'tsm unlock': ['', '--dry-run 02:00.0', '--dry-run 06:00.0', '00:00.0'],
    'vm list': ['', 'extra', '--nothing'],
}
# Of those that need a VM or a TSM, what the command is given on the fake kernel.
VARIANTS = ['none', 'kvmfeat', 'kvmfeat-newer', 'posted-v3', 'openeuler', 'gone']
FAKED_RUNS = {
    'hdbss disable': [f'{n}--vm={v}' for v in VARIANTS for n in ('', '--dry-run ')],
    'hdbss enable': [f'{n}--vm={v}' for v in VARIANTS for n in ('', '--dry-run ', '--order=0 ')],
    'hdbss status': [f'--vm={v}' for v in VARIANTS],
    'pmu status': ['--vm=kvmfeat', '--deep --vm=kvmfeat', '--vm=gone'],
    'tsm accept': ['02:00.0', '--dry-run 02:00.0', '--report=odd.bin 02:00.0', '03:00.0',
                   f'--digest={"0" * 96} 02:00.0', '--report=- 02:00.0', '01:00.0', '04:00.0'],
    'tsm connect': ['01:00.0', '--dry-run 01:00.0', '--tsm=tsm0 01:00.0', '02:00.0', '04:00.0'],
    'tsm disconnect': ['04:00.0', '--dry-run 04:00.0', '--tsm=tsm0 04:00.0', '01:00.0'],
    'tsm list': [''],
    'tsm lock': ['01:00.0', '--dry-run 01:00.0', '--tsm=tsm1 01:00.0', '02:00.0', '04:00.0'],
    'tsm show': [f'0{n}:00.0' for n in range(1, 6)],
    'tsm unlock': ['02:00.0', '--dry-run 03:00.0', '--tsm=tsm1 02:00.0', '01:00.0', '04:00.0'],
}
LINES = {'gmem watch', 'monitor'}  # a document a line, perhaps none
# Command lines that never reach a verb.
STRAY = ['', 'nothing', 'cap', 'cap nothing', '--color=pink', '--root= cap list', '\u20ac']


def made_up_host(top):
    """Processes and parameters with names that would like to be something else."""
    names = [b'plain', b'"},{"pid":1', b'\x1b[31mred\x07', b'a\nb\tc', b'\xff\xfe\xc3(',
             b') R 1 (', b'\xe2\x80\xae\xed\xa0\x80', b'\\u0000%s%n', b'']
    for number, name in enumerate(names):
        proc = os.path.join(top, 'proc', str(4711 + number))
        os.makedirs(proc + '/fd')
        stat = b'%d (%s) S 1 1 1' % (4711 + number, name) + b' 0' * 17 + b' 12345' + b' 0' * 30
        status = b'Name:\t%s\nUid:\t0\t0\t0\t0\nVmRSS:\t    4096 kB\n' % name
        for file, text in (('comm', name + b'\n'), ('stat', stat + b'\n'), ('status', status)):
            with open(os.path.join(proc, file), 'wb') as out:
                out.write(text)
        for fd, link in enumerate(('anon_inode:kvm-vm', 'anon_inode:kvm-vcpu:0',
                                   'anon_inode:[kvm-gmem]', '/[kvm-gmem] (deleted)'), 5):
            os.symlink(link, f'{proc}/fd/{fd}')
    os.makedirs(os.path.join(top, 'proc/1/fd'))
    devices, cpu = 'sys/bus/event_source/devices', 'sys/devices/system/cpu'
    for name, text in {
            f'{cpu}/possible': '0-9\n', f'{cpu}/online': '0-6,9\n',
            f'{devices}/armv8_cortex_a53/type': '8\n', f'{devices}/armv8_cortex_a53/cpus': '0-3\n',
            f'{devices}/"}},{{\x1b[31m/type': '9\n', f'{devices}/"}},{{\x1b[31m/cpus': '4-7\n',
            f'{devices}/arm_dsu_0/type': '10\n'}.items():
        os.makedirs(os.path.join(top, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(top, name), 'w', encoding='utf-8') as out:
            out.write(text)
    made_up_tsms(top)
    parameters = {'kvm/halt_poll_ns': b'200000\n', 'kvm/nx_huge_pages': b'never\n',
                  'kvm/"},{': b'"\n', 'kvm_amd/avic': b'\xff\xfe\0\n', 'kvm/empty': b''}
    for name, text in {**parameters, 'kvm/long': b'9' * 5000}.items():
        path = os.path.join(top, 'sys/module', name.replace('/', '/parameters/'))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as out:
            out.write(text)


def made_up_tsms(top):
    """TSMs of both kinds; devices in each state, and one whose files are spoilt."""
    pci, hostile = f'{top}/sys/bus/pci/devices/0000:', '"},{\x1b[31m\n'
    files = {'sys/class/tsm/tsm0/pci_mode': 'devsec\n', 'sys/class/tsm/tsm1/pci_mode': 'link\n',
             'sys/class/tsm/tsm2/pci_mode': hostile}
    report = blobs.reports()['report.bin']
    rows = {'01': ('\n', '0\n', '\n'), '02': ('tsm0\n', '0\n', '7\n'),
            '03': ('tsm0\n', '1\n', f'{2 ** 64 - 1}\n'), '06': (hostile, hostile, hostile)}
    for bus, (lock, accept, generation) in rows.items():
        tsm = f'sys/bus/pci/devices/0000:{bus}:00.0/tsm'
        files.update({f'{tsm}/lock': lock, f'{tsm}/accept': accept, f'{tsm}/unlock': '',
                      f'{tsm}/generation': generation, f'{tsm}/report': report})
    for bus, tsm in {'04': '\n', '05': 'tsm1\n'}.items():
        device = f'sys/bus/pci/devices/0000:{bus}:00.0'
        files.update({f'{device}/tsm/{n}': tsm for n in ('connect', 'bound')})
        files.update({f'{device}/tsm/disconnect': '', f'{device}/tsm/dsm': '\n',
                      f'{device}/authenticated': tsm})
    for name, text in files.items():
        os.makedirs(os.path.join(top, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(top, name), 'wb') as out:
            out.write(text if isinstance(text, bytes) else text.encode())
    for bus in ('01', '02', '03', '04', '05', '06'):
        with open(f'{pci}{bus}:00.0/resource', 'wb') as out:
            out.write(blobs.reports()['resource'])
    os.symlink(f'../../../drivers/{hostile}', f'{pci}05:00.0/driver')


def states(top):
    """Nested states, whole and otherwise."""
    whole, full = blobs.svm(), blobs.full(blobs.SVM)
    blobs.examples(top)
    blobs.write(top, {'svm': whole, 'vmx': blobs.vmx(), 'svm-full': full, 'cut': whole[:4000],
                      'vmx-full': blobs.full(blobs.VMX), 'text': b'"},{' * 99,
                      'short': blobs.header(blobs.SVM, 0x100, 128)})


def documents(command, words, env, lines, where):
    """(document texts, exit status)"""
    done = subprocess.run([command, *words], env=env, cwd=where, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    text = done.stdout.decode('utf-8')  # JSON is UTF-8 in every locale
    return (text.splitlines() if lines else [text]), done.returncode


def faults_of(texts, status, schema, error_schema, lines):
    """Faults of one run, and whether it gave data."""
    faults, data = [], False
    if not texts and status:
        return [f'no document, status {status}'], False
    for text in texts:
        document = json.loads(text)
        data = data or 'data' in document
        fitting = error_schema if 'error' in document else schema
        if fitting is None:
            return [f'data, where none can be: {text[:200]}'], data
        faults += [f'{"/".join(map(str, e.absolute_path))}: {e.message[:200]}'
                   for e in fitting.iter_errors(document)]
        if 'error' in document and document['error'].get('status') != status:
            faults.append(f'the document says status {document["error"].get("status")}, '
                          f'the process {status}')
        elif 'data' in document and status not in (0, 5):
            faults.append(f'data, but status {status}')
    return faults, data


def check_verb(tap, command, verb, runs, schema, error_schema, hosts, locales, where):
    """Each command line of a verb, on each host, in each locale, in a directory with states."""
    faults, data = [], False
    lines = verb in LINES
    for host in hosts:
        for words in runs:
            if words.startswith(WRITE) and not host:
                continue
            for locale in locales if not lines else locales[:1]:
                line = [*host, '--json', *verb.split(), *words.removeprefix(WRITE).split()]
                env = {**os.environ, 'LC_ALL': locale, 'KVMFEAT_LOG': ''}
                texts, status = documents(command, line, env, lines, where)
                try:
                    found, gave = faults_of(texts, status, schema, error_schema, lines)
                except ValueError as error:
                    found, gave = [f'no JSON: {error}'], False
                data = data or gave
                faults += [f'LC_ALL={locale} kvmfeat {" ".join(line)}: {f}' for f in found]
    whose = ' of the fake kernel' if runs is FAKED_RUNS.get(verb) else ''
    tap.case(f'{verb or "stray words"}: documents{whose} keep to the schema', faults[:20])
    return data


def load(source, name):
    path = os.path.join(source, 'cli/schema', f'{name}.schema.json')
    if not os.path.exists(path):
        return None
    schema = json.loads(read(path))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def main(source, command, faked, only=''):
    tap = Tap()
    command, faked = os.path.abspath(command), os.path.abspath(faked)
    if not jsonschema:
        tap.skip('documents keep to their schemas', 'python3-jsonschema is not installed')
        tap.end()
    known = subprocess.run(['locale', '-a'], capture_output=True, text=True).stdout.split()
    locales = ['C', 'C.UTF-8', *[l for l in ('de_DE', 'de_DE.utf8') if l in known]]
    error_schema = load(source, 'error')
    verbs = [' '.join(filter(None, words)) for words in offer.verbs(command)
             if words[0].startswith(only)]
    schemas = {n[:-12] for n in os.listdir(os.path.join(source, 'cli/schema'))
               if n.startswith(only) and n.endswith('.schema.json')} - {'error'}
    tap.case('each verb has a schema, and each schema a verb',
             sorted(schemas ^ {v.replace(' ', '-') for v in verbs}))
    with tempfile.TemporaryDirectory() as top:
        made_up_host(top)
        states(top)
        hosts = [[], [f'--root={top}'], [f'--root={top}/none'], [f'--root={top}/proc/4711/comm']]
        check_verb(tap, command, '', STRAY, None, error_schema, [[]], locales, top)
        for verb in verbs:
            if verb not in RUNS:
                tap.case(f'{verb}: documents keep to the schema', ['add it to RUNS'])
                continue
            schema = load(source, verb.replace(' ', '-'))
            data = check_verb(tap, command, verb, RUNS[verb], schema, error_schema, hosts, locales,
                              top)
            if verb in FAKED_RUNS:
                data = check_verb(tap, faked, verb, FAKED_RUNS[verb], schema, error_schema, [[]],
                                  locales, top)
            if data:
                tap.case(f'{verb}: gave data at least once')
            elif verb.startswith('cap ') and not os.access('/dev/kvm', os.R_OK | os.W_OK):
                tap.skip(f'{verb}: gave data at least once', '/dev/kvm does not open here')
            elif verb == 'cap cpuid' and os.uname().machine not in ('x86_64', 'i686'):
                tap.skip(f'{verb}: gave data at least once', 'it is of x86')
            else:
                tap.case(f'{verb}: gave data at least once', ['every run ended with an error'])
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
