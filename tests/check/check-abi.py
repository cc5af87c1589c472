# SPDX-License-Identifier: GPL-2.0-or-later
"""One symbol, five places: prototypes, definitions, version map, library, manual.

check-abi.py SOURCE LIBRARY.so [MAN3-DIR]: any difference, in any direction, by name.
"""
import glob
import os
import re
import sys

from tap import Tap, read, run

# Words that symbols are made of. A typo in a released symbol is forever: look twice at a
# word before it is added here; a word that no symbol uses any more is a fault, too.
WORDS = set('''accept account action allocate allow api area at bars bind bridge cap check choose
 clear configure connect count counters cpuid ctx decode deny device diff disable disconnect effect
 el2 enable error evidence fd features field filter find fixed free get gmem has hdbss host init irq
 kind kvm leave list load lock log mix mode monitor name nested new next nr number only open order
 param pmu probe punch range read reason report root save set source state stats status step stream
 tdisp text tsm type unbind unlock unseen value variant vcpu verdict version vm why wrap'''.split())
HOMELESS = {'kvmfeat_version': 'ctx'}  # belongs to the library as a whole
GUESTS = {'vcpu': 'vm'}  # a second word in another room's header


def code_of(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"', ' ', text, flags=re.S)


def prototypes(source):
    """Symbol -> (header's word, Since:)."""
    found = {}
    for path in glob.glob(os.path.join(source, 'include/kvmfeat/*.h')):
        text = read(path)
        for name in re.findall(r'\b(kvmfeat_\w+)\(', re.sub(r'\(\*\w+\)', '', code_of(text))):
            since = re.search(rf'\* {name}\(\) - (?:(?!\*/).)*?\* Since: (\S+)', text, re.S)
            found[name] = (os.path.basename(path)[:-2], since and since[1])
    return found


def definitions(source):
    found = []
    for path in glob.glob(os.path.join(source, 'libkvmfeat/*.c')):
        found += re.findall(r'\bKVMFEAT_EXPORT\b[^;{(]*?\b(\w+)\(', code_of(read(path)))
    return found


def version_map(path):
    """Node -> symbols."""
    nodes = {}
    for node, body in re.findall(r'([\w.]+) \{(.*?)\}', code_of(read(path)), re.S):
        body = re.sub(r'local:.*', '', body, flags=re.S)
        nodes[node] = re.findall(r'([\w*?]+);', body)
    return nodes


def dynamic_symbols(library):
    """Symbol -> node, of what the library defines."""
    found = {}
    for line in run('readelf', '--dyn-syms', '-W', library).stdout.splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[4] in ('GLOBAL', 'WEAK') and fields[6] not in ('UND', 'Ndx'):
            name, _, node = fields[7].partition('@')
            if fields[6] != 'ABS':
                found[name] = node.lstrip('@')
    return found


def compare(tap, left_name, left, right_name, right):
    left, right = set(left), set(right)
    tap.case(f'{left_name} and {right_name} have the same symbols',
             [f'{n}: in {left_name}, not in {right_name}' for n in sorted(left - right)] +
             [f'{n}: in {right_name}, not in {left_name}' for n in sorted(right - left)] +
             ([] if left else [f'{left_name}: no symbol found']))


def check_nodes(tap, declared, nodes, dynamic):
    tap.case('nodes are named LIBKVMFEAT_<major>.<minor>',
             [n for n in nodes if not re.fullmatch(r'LIBKVMFEAT_\d+\.\d+', n)])
    node_of = {s: n for n, symbols in nodes.items() for s in symbols}
    tap.case('each symbol stands in one node, and by its whole name',
             [s for s in node_of if sum(x.count(s) for x in nodes.values()) > 1 or '*' in s])
    tap.case('Since: equals the version node',
             [f'{s}: Since: {declared[s][1]}, but {n}' for s, n in sorted(node_of.items())
              if s in declared and n != f'LIBKVMFEAT_{declared[s][1]}'])
    tap.case('the library has each symbol in the node of the map',
             [f'{s}: {dynamic[s]}, but {n}' for s, n in sorted(node_of.items())
              if s in dynamic and dynamic[s] != n])


def check_names(tap, declared):
    rooms = {room for room, _ in declared.values()}
    faults, used = [], set()
    for symbol, (room, _) in sorted(declared.items()):
        words = symbol.split('_')[1:]
        used |= set(words)
        home = HOMELESS.get(symbol) or GUESTS.get(words[0], words[0])
        if home not in rooms:
            faults.append(f'{symbol}: there is no room "{home}"')
        elif home != room:
            faults.append(f'{symbol}: declared in {room}.h, belongs into {home}.h')
    tap.case('each symbol begins with the word of its room', faults)
    tap.case('the words of the symbols are known ones',
             [f'{w}: a new word; if it is spelt right, add it to WORDS' for w in used - WORDS] +
             [f'{w}: no symbol uses it, take it out of WORDS' for w in WORDS - used])


def check_released(tap, source, nodes):
    """tests/abi/<node>.txt is written once, by the release."""
    frozen = glob.glob(os.path.join(source, 'tests/abi/LIBKVMFEAT_*.txt'))
    if not frozen:
        tap.skip('released nodes equal their frozen lists', 'no node has been released yet')
        return
    faults = []
    for path in frozen:
        node = os.path.basename(path)[:-4]
        old = {l for l in read(path).split('\n') if l and l[0] != '#'}
        faults += [f'{s}: {node} is released without it' for s in set(nodes.get(node, [])) - old]
        faults += [f'{s}: {node} was released with it' for s in old - set(nodes.get(node, []))]
    tap.case('released nodes equal their frozen lists', faults)


def main(source, library, man3=None):
    tap = Tap()
    declared = prototypes(source)
    nodes = version_map(os.path.join(source, 'libkvmfeat/libkvmfeat.map'))
    mapped = [s for symbols in nodes.values() for s in symbols]
    dynamic = dynamic_symbols(library)
    compare(tap, 'include/', declared, 'KVMFEAT_EXPORT', definitions(source))
    compare(tap, 'include/', declared, 'libkvmfeat.map', mapped)
    compare(tap, 'libkvmfeat.map', mapped, 'the library', dynamic)
    if man3:
        pages = {n[:-2] for n in os.listdir(man3)}
        tap.case('each symbol has a page',
                 [f'{s}: no {s}.3' for s in sorted(set(declared) - pages)])
        words = {f'kvmfeat_{room}' for room, _ in declared.values()}
        headers = ''.join(read(p) for p in glob.glob(os.path.join(source, 'include/kvmfeat/*.h')))
        tap.case('each page has a symbol',
                 [p for p in pages - words if not re.search(rf'\b{p}\b', code_of(headers))])
    else:
        tap.skip('each symbol has a page', 'built without manual pages')
    check_nodes(tap, declared, nodes, dynamic)
    check_names(tap, declared)
    check_released(tap, source, nodes)
    tap.end()


if __name__ == '__main__':
    main(*sys.argv[1:])
