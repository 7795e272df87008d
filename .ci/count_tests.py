"""Counts the test cases of one `bazel test`: prints "passed failed skipped".

Usage: count_tests.py NAME BUILD_EVENT_JSON_FILE

Reads the test.xml of every target the build event file names. A target that failed without saying
which case did counts as one failure, and a failing case is named on stderr.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree


def cases(path):
    """Yields (name, outcome) of each test case in one test.xml."""
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif case.get("result") in ("skipped", "suppressed") or case.get("status") == "notrun":
            yield name, "skipped"
        elif case.find("skipped") is not None:
            yield name, "skipped"
        else:
            yield name, "passed"


def main(name, events):
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    xmls = {}
    statuses = {}
    with open(events, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            label = event.get("id", {}).get("testResult", {}).get("label")
            summary = event.get("id", {}).get("testSummary", {}).get("label")
            if summary:
                statuses[summary] = event["testSummary"]["overallStatus"]
            for output in event.get("testResult", {}).get("testActionOutput", []):
                if output["name"] == "test.xml":
                    xmls[label] = urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path)
    for label, status in sorted(statuses.items()):
        failures = 0
        if label in xmls:
            try:
                for case, outcome in cases(xmls[label]):
                    totals[outcome] += 1
                    failures += outcome == "failed"
                    if outcome != "passed":
                        print(f"{name}: {outcome}: {label} {case}", file=sys.stderr)
            except (OSError, xml.etree.ElementTree.ParseError) as error:
                print(f"{name}: {label}: {error}", file=sys.stderr)
        if status not in ("PASSED", "FLAKY") and failures == 0:
            totals["failed"] += 1
            print(f"{name}: failed: {label} ({status})", file=sys.stderr)
    print(totals["passed"], totals["failed"], totals["skipped"])


main(*sys.argv[1:])
