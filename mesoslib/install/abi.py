"""Lists what programs that were compiled against the shared library rely on.

Usage: abi.py LIBRARY INCLUDE_DIR... [--accept=DIR]

Prints the exported symbols, the layout of every public type and the order of its virtual functions,
in two parts headed "== symbols" and "== types". With --accept the parts are written to symbols.txt
and types.txt in DIR instead: a break of the interface on purpose.

The wire types are told in one line each, which changes when anything of them does: their fields are
those of the .proto files, which have a test of their own.
"""

import collections
import glob
import os
import re
import subprocess
import sys
import tempfile
import zlib

# Templates have a layout only for given arguments.
INSTANCES = [
    "mesos::AgentEndpoint", "mesos::AgentId", "mesos::ExecutorEndpoint", "mesos::SchedulerEndpoint",
    "mesos::Session<mesos::v1::scheduler::Call>", "mesos::Sink<mesos::v1::scheduler::Event>",
]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def is_wire_type(name):
    return re.search(r"\bmesos::(v1|internal)::|mesos_2f|MutableUnknown", name) is not None


def checksum(lines):
    return f"{zlib.crc32(chr(10).join(lines).encode()):08x}"


def exported(library):
    """(kind, demangled name) of everything the library defines for others."""
    # The dynamic table also names thread-local variables that nobody outside can reach.
    for line in run("nm", "-DC", "--defined-only", "--extern-only", "--with-symbol-versions",
                    library).splitlines():
        match = re.match(r"[0-9a-f]* +(\w) (.*)$", line)
        yield match.group(1), match.group(2)


def message_of(symbol):
    """The message, enum or file a wire type's symbol belongs to."""
    file = re.search(r"\w+_2f\w+_2eproto", symbol)
    if file:
        return file.group(0)
    name = re.search(r"mesos::(?:v1|internal)::(?:[a-z_]+::)*_?[A-Z]\w*", symbol).group(0)
    name = re.sub(r"_(default_instance_|IsValid|descriptor|Name|Parse)$", "", name)
    return re.sub(r"::_(?=[A-Z])", "::", name)


def list_symbols(library):
    lines = []
    wire = collections.defaultdict(list)
    for kind, name in exported(library):
        if is_wire_type(re.sub(r"\(.*", "", name)):
            wire[message_of(name)].append(f"{kind} {name}")
        else:
            lines.append(f"{kind} {name}")
    lines.sort()
    for name in sorted(wire):
        lines.append(f"{name}: {len(wire[name])} symbols, {checksum(sorted(wire[name]))}")
    return lines


def public_types(include_dirs):
    """Names of the classes in the public headers; whether they have virtual functions."""
    types = {}
    for directory in include_dirs:
        for header in sorted(glob.glob(os.path.join(directory, "mesos", "*.h"))):
            outer = template = None
            hidden = False
            for line in open(header, encoding="utf-8"):
                match = re.match(
                    r"( *)(?:class|struct) (?:MESOS_EXPORT )?(\w+)(?: final)?(?: :.*)? \{$", line)
                if match and not match.group(1) and not template:
                    outer = "mesos::" + match.group(2)
                    types[outer] = False
                elif match and len(match.group(1)) == 2 and outer and not (hidden or template):
                    types[f"{outer}::{match.group(2)}"] = False
                elif line.startswith("}"):
                    outer = None
                elif outer and re.match(r"  virtual ", line):
                    types[outer] = True
                if re.match(r" (public|private|protected):", line) or (match and not match.group(1)):
                    hidden = "private" in line
                template = line.lstrip().startswith("template")
    return types


def headers(include_dirs):
    for directory in include_dirs:
        pattern = os.path.join(directory, "mesos", "**", "*.h")
        for header in sorted(glob.glob(pattern, recursive=True)):
            yield os.path.relpath(header, directory)


def dump_layouts(source_lines, include_dirs):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "types.cc")
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join(source_lines))
        return run("clang++-14", "-std=c++20", "-w", "-S", "-emit-llvm", "-o", "/dev/null",
                   "-Xclang", "-fdump-record-layouts", "-Xclang", "-fdump-vtable-layouts",
                   *[f"-I{directory}" for directory in include_dirs], source)


def parse_records(dump):
    """Type name -> lines of its own members, with their offsets, and its size."""
    records = {}
    for block in dump.split("*** Dumping AST Record Layout\n")[1:]:
        lines = block.split("\n")
        name = re.match(r" *0 \| (?:class|struct|union) (.*?)(?: \(empty\))?$", lines[0])
        if not name:
            continue
        members = []
        for line in lines[1:]:
            member = re.match(r" *([\d:-]+) \|   (\S.*)$", line)
            size = re.match(r" *\| \[sizeof=(\d+), dsize=\d+, align=(\d+)", line)
            if member:
                text = re.sub(r"\(anonymous at .*/", "(anonymous at ", member.group(2))
                members.append(f"  {member.group(1)} {text}")
            if size:
                records[name.group(1)] = (members, size.group(1), size.group(2))
                break
    return records


def parse_virtuals(dump):
    """Type name -> its virtual functions in order."""
    virtuals = {}
    for block in re.split(r"\nVTable indices for '", dump)[1:]:
        name, rest = block.split("'", 1)
        rest = rest.split("\n\n", 1)[0]
        virtuals[name] = re.findall(r"^ *(\d+) \| (.*)$", rest, re.M)
    return virtuals


def list_types(library, include_dirs):
    types = public_types(include_dirs)
    messages = sorted(set(re.findall(r"^vtable for (mesos::(?:v1|internal)::[\w:]+)@",
                                     "\n".join(name for _, name in exported(library)), re.M)))
    source = [f'#include "{header}"' for header in headers(include_dirs)]
    names = sorted(types) + INSTANCES + messages
    source += [f"unsigned long s{i} = sizeof({name});" for i, name in enumerate(names)]
    polymorphic = sorted(name for name, virtual in types.items() if virtual)
    polymorphic += [name for name in INSTANCES if not name.endswith("Id")]
    source += [f"void f{i}({name}* p) {{ delete p; }}" for i, name in enumerate(polymorphic)]
    dump = dump_layouts(source, include_dirs)
    records, virtuals = parse_records(dump), parse_virtuals(dump)

    lines = []
    for name in sorted(records):
        members, size, align = records[name]
        if name in messages:
            lines.append(f"{name} size {size}, {checksum(members)}")
        elif name in types or re.match(r"mesos::(Endpoint|Session|Sink|StrongId)<", name):
            lines.append(f"{name} size {size} align {align}")
            lines += members
            lines += [f"  virtual {index} {text}" for index, text in virtuals.get(name, [])]
    return lines


def main(arguments):
    accept = [a.split("=", 1)[1] for a in arguments if a.startswith("--accept=")]
    library, *include_dirs = [a for a in arguments if not a.startswith("--")]
    parts = {"symbols": list_symbols(library), "types": list_types(library, include_dirs)}
    for name, lines in parts.items():
        if accept:
            with open(os.path.join(accept[0], name + ".txt"), "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        else:
            print(f"== {name}", *lines, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
