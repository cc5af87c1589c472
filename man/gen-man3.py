#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the section 3 pages from the kernel-doc comments of the public headers.

gen-man3.py VERSION OUTPUT-DIR HEADER…: one page kvmfeat_<room>.3 per header and one alias
per symbol. The manual is made from the header comments; nobody writes the same text twice.
So a comment that says too little is an error here: "file:line: what is wrong".
"""
import os
import re
import shutil
import sys
import time

FUNCTION, STRUCT, ENUM, TYPE, FLAG = 'function', 'struct', 'enum', 'typedef', 'flag'
TODAY = time.gmtime(int(os.environ.get('SOURCE_DATE_EPOCH', time.time())))


class Fault(Exception):
    pass


class Doc:
    """One comment with what it documents."""

    def __init__(self, path, line, comment, code):
        self.where, self.code = f'{path}:{line}', code
        lines = [re.sub(r'^\s*\* ?', '', l) for l in comment.split('\n')]
        text = '\n'.join(lines).strip()
        head = re.match(r'(?:(struct|enum|typedef) )?(\w+)(\(\))? - (\S.*)', text)
        if not head:
            self.fail('the comment does not begin with "name - what the user gets"')
        self.name, self.brief = head[2], head[4]
        self.kind = head[1] or (FUNCTION if head[3] else FLAG)
        self.sections = self.read_sections(text[head.end():].strip())
        self.members = self.read_members()
        self.check()

    def fail(self, what):
        raise Fault(f'{self.where}: {what}')

    def read_sections(self, text):
        """@members, paragraphs, Return: and Since:, in this order."""
        got = {'members': {}, 'text': [], 'return': '', 'since': ''}
        for part in re.split(r'\n(?=@|Return:|Since:|\n)', text):
            part = ' '.join(part.split())
            label = re.match(r'(@[\w.]+|Return|Since): *', part)
            if label and label[1][0] == '@':
                if got['text'] or label[1][1:] in got['members']:
                    self.fail(f'{label[1]} stands below the text, or twice')
                got['members'][label[1][1:]] = part[label.end():]
            elif label:
                if got[label[1].lower()]:
                    self.fail(f'{label[1]}: stands twice')
                got[label[1].lower()] = part[label.end():]
            elif part:
                got['text'].append(part)
        return got

    def read_members(self):
        """Names in the code that the comment must explain, in their order."""
        if self.kind == FLAG:
            match = re.match(rf'#define {self.name} \S', self.code)
            return [] if match else self.fail(f'no "#define {self.name}" follows')
        form = {FUNCTION: rf'.*?\b{self.name}\((.*)\);', TYPE: rf'.*\(\*{self.name}\)\((.*)\);'}
        form = form.get(self.kind, rf'{self.kind} {self.name} {{(.*)}};')
        match = re.fullmatch(form, self.code, re.S)
        if not match:
            self.fail(f'what follows is not {self.kind} {self.name}')
        body = re.sub(r'/\*.*?\*/', '', match[1], flags=re.S).strip()
        members = [m.strip() for m in re.split('[,;]', body) if m.strip() not in ('', 'void')]
        name = r'(\w+)' if self.kind == ENUM else r'.*?(\w+)(\[\w+\])?$'
        return [re.match(name, m, re.S)[1] for m in members]

    def check(self):
        told = list(self.sections['members'])
        for name in self.members:
            if not self.sections['members'].get(name):
                self.fail(f'{self.name}: @{name} is not explained')
        for name in told:
            if name not in self.members:
                self.fail(f'{self.name} has no @{name}')
        if told != self.members:
            self.fail(f'{self.name}: the order is {", ".join("@" + m for m in self.members)}')
        for text in [self.brief, self.sections['return'], *self.sections['text'],
                     *self.sections['members'].values()]:
            for name in re.findall(r'(?<![\w@])@(\w+)', text):
                if name not in self.members:
                    self.fail(f'the text speaks of @{name}, which {self.name} does not have')
        if self.kind == FUNCTION:
            void = self.code.startswith('void ')
            if bool(self.sections['return']) == void:
                self.fail(f'{self.name}: Return: is {"wrong for void" if void else "missing"}')
            if not re.fullmatch(r'\d+\.\d+', self.sections['since']):
                self.fail(f'{self.name}: Since: is missing or is no release')
        elif self.sections['return'] and self.kind != TYPE:
            self.fail(f'{self.name} returns nothing')


def read_header(path):
    """The first sentence of the header and its documented symbols; nothing may be left."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    head = re.match(r'/\* SPDX.*?\*/\n/\*(?!\*)(.*?)\*/', text, re.S)
    if not head:
        raise Fault(f'{path}:2: no comment says what is here')
    title = ' '.join(re.sub(r'^\s*\* ?', '', head[1], flags=re.M).split())
    title = title.split('. ')[0].rstrip('.')
    docs, rest = [], text
    form = (r'/\*\*(.*?)\*/\n(#define [^\n]*(?:\\\n[^\n]*)*'
            r'|(?:struct|enum) \w+ {.*?\n};|[^#{}]*?;)')
    for match in re.finditer(form, text, re.S):
        line = text.count('\n', 0, match.start()) + 1
        docs.append(Doc(path, line, match[1], match[2]))
        rest = rest.replace(match[0], re.sub(r'[^\n]', '', match[0]), 1)
    for blank in (r'/\*.*?\*/', r'#(?:if|endif)[^\n]*', r'#include [^\n]*', r'#define \w+_H\n',
                  r'extern "C" {', r'\n}\n(?=#|\n)', r'\nstruct \w+;'):
        rest = re.sub(blank, lambda m: re.sub(r'[^\n]', '', m[0]), rest, flags=re.S)
    for number, line in enumerate(rest.split('\n'), 1):
        if line.strip():
            raise Fault(f'{path}:{number}: nothing documents "{line.strip()}"')
    return title, docs


def escape(text):
    text = text.replace('\\', '\\e')
    text = re.sub(r"(?<![a-z])-|-(?![A-Za-z])", r'\\-', text)
    return ''.join(c if ord(c) < 128 else f'\\[u{ord(c):04X}]' for c in text)


def line_of(text):
    """Text that roff will not take for a request."""
    return re.sub(r"^(?=[.'])", r'\\&', text)


def prose(text):
    text = escape(text)
    text = re.sub(r'&?\b(struct|enum) (\w+)', r'\1 \\fB\2\\fP', text)
    text = re.sub(r'(?<![\w@])@(\w+)', r'\\fI\1\\fP', text)
    text = re.sub(r'\b(kvmfeat_\w+)\(\)', r'\\fB\1\\fP(3)', text)
    return line_of(text)


def code_lines(code):
    lines = [line_of(escape(l).replace('\t', ' ' * 8)) for l in code.split('\n')]
    return ['.nf', *lines, '.fi']


def describe(doc):
    """What DESCRIPTION says about one symbol."""
    heading = f'{doc.name}()' if doc.kind == FUNCTION else doc.name
    heading = f'{doc.kind} {heading}' if doc.kind in (STRUCT, ENUM) else heading
    page = [f'.SS {heading}', prose(doc.brief[0].upper() + doc.brief[1:] + '.')]
    for name, text in doc.sections['members'].items():
        page += ['.TP', f'.I {name}', prose(text)]
    for text in doc.sections['text']:
        page += ['.PP', prose(text)]
    if doc.sections['return']:
        page += ['.PP', prose('Returns ' + doc.sections['return'])]
    if doc.sections['since']:
        page += ['.PP', f'Since libkvmfeat {doc.sections["since"]}.']
    return page


def page_of(room, title, docs, version):
    page = [f'.\\" Made from include/kvmfeat/{room}.h by gen-man3.py.',
            f'.TH KVMFEAT_{room.upper()} 3 {time.strftime("%F", TODAY)} "libkvmfeat {version}"',
            '.nh', '.ad l', '.SH NAME', f'kvmfeat_{room} \\- {prose(title)}', '.SH SYNOPSIS',
            '.nf', f'#include <kvmfeat/{room}.h>', '.fi']
    for doc in docs:
        page += ['.PP', *code_lines(doc.code)]
    page += ['.PP', 'Link with the flags of', '.BR "pkg\\-config libkvmfeat" .', '.SH DESCRIPTION']
    for doc in docs:
        page += describe(doc)
    return page + ['.SH SEE ALSO', '.BR kvmfeat (1),', '.BR libkvmfeat (3)']


def main(version, out, *headers):
    pages = {}
    for path in headers:
        room = os.path.basename(path)[:-2]
        title, docs = read_header(path)
        for doc in docs:
            pages.setdefault(doc.name, [f'.so man3/kvmfeat_{room}.3'])
        if docs:  # the umbrella header documents nothing of its own
            pages[f'kvmfeat_{room}'] = page_of(room, title, docs, version)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    for name, page in pages.items():
        with open(os.path.join(out, name + '.3'), 'w', encoding='ascii') as file:
            file.write('\n'.join(page) + '\n')


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except Fault as fault:
        sys.exit(str(fault))
