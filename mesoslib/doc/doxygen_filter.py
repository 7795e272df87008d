"""Shows Doxygen a public header's plain comments as documentation.

Usage: doxygen_filter.py FILE; the result goes to stdout.

In a header, `//` becomes `///`, and `///<` behind code; indented lines become code; the opening
comment describes the file, and the class that it begins with ("Master: keeps ..."). In a Markdown
file, links to files that are not part of the documentation become plain text.
"""

import re
import sys

LABEL = re.compile(r"(Threads|Ownership|Errors): ?")
# Behind code, but not behind the end of a block, in a directive, or in a string.
TRAILING = re.compile(r'^(\s*[^\s}#/"][^"]*?)  // (.*)$')


def escape(prose):
    """Takes their meaning from what Doxygen would understand, except between backticks."""
    parts = prose.split("`")
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"[\\@#%]", r"\\\g<0>", parts[i])
        parts[i] = parts[i].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "`".join(parts)


def markup(lines):
    """The lines of a comment, without their slashes, as Doxygen's markup."""
    result = []
    language = None  # Of the run of indented lines.
    for line in lines:
        indented = line.startswith("   ")
        drawing = line.startswith("    ")
        if language and line and (not indented or (language == "unparsed" and not drawing)):
            result.append("@endcode")
            language = None
        if indented and not language:
            language = "unparsed" if drawing else "cpp"
            result.append("@code{.%s}" % language)
        if language:
            result.append(line[3:])
            continue
        line = line.strip()
        label = LABEL.match(line)
        if label:
            result += ["", "@par " + label.group(1)]
            line = line[label.end():]
        result.append(escape(line))
    if language:
        result.append("@endcode")
    return result


def documented_class(lines, rest):
    """The class that the opening comment is about, if it begins with the name of one."""
    name = re.match(r" (\w+)(:|,| and )", lines[0])
    if name and re.search(rf"^(class|struct)( MESOS_EXPORT)? {name.group(1)}\b.*{{", rest, re.M):
        return name.group(1)
    return None


def opening(lines, rest):
    text = markup(lines)
    result = ["@file"] + text
    name = documented_class(lines, rest)
    if name:
        result += ["", f"@class mesos::{name}"] + text
    return [("/// " + line).rstrip() for line in result]


def header(text):
    lines = text.split("\n")
    end = next(i for i, line in enumerate(lines) if not line.startswith("//"))
    result = opening([line[2:] for line in lines[:end]], text) + [""]
    i = end
    while i < len(lines):
        comment = []
        while i < len(lines) and lines[i].lstrip().startswith("//"):
            comment.append(lines[i].lstrip()[2:])
            i += 1
        # What a blank line follows, a heading, describes nothing that comes after it.
        if comment and lines[i].strip():
            result += ["/// " + line for line in markup(comment)]
        trailing = TRAILING.match(lines[i])
        if trailing:
            result.append(f"{trailing.group(1)}  ///< {escape(trailing.group(2))}")
        else:
            result.append(lines[i])
        i += 1
    return "\n".join(result)


def markdown(text):
    return re.sub(r"\[([^\]]+)\]\((?!https?:|mesoslib/doc/)[^)]*\)", r"\1", text)


def main():
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    sys.stdout.write(markdown(text) if path.endswith(".md") else header(text))


main()
