#!/usr/bin/env python3
"""A framework in Python, with nothing but the standard library: it runs the same command a few times
over Mesos's v1 HTTP API, and ends when all of it has finished.

    python3 examples/v1_scheduler.py --master=127.0.0.1:5050 --tasks=5 --command='sleep 1'
"""

import argparse
import base64
import http.client
import json
import sys
import urllib.parse

PATH = "/api/v1/scheduler"
TERMINAL = {"TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_DROPPED",
            "TASK_GONE", "TASK_GONE_BY_OPERATOR", "TASK_LOST"}


class Master:
    """Two connections to the leading master: one hears events, the other says calls."""

    def __init__(self, address):
        self.address = address
        self.framework_id = None
        self.stream_id = None
        self.calls = None

    def post(self, connection, call, headers):
        headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        connection.request("POST", PATH, json.dumps(call), headers)
        return connection.getresponse()

    def subscribe(self, framework):
        """The events, from SUBSCRIBED on. Follows redirects to the master that leads."""
        call = {"type": "SUBSCRIBE", "subscribe": {"framework_info": framework}}
        while True:
            connection = http.client.HTTPConnection(self.address, timeout=60)
            response = self.post(connection, call, {})
            if response.status != 307:
                break
            self.address = urllib.parse.urlparse(response.getheader("Location")).netloc
        if response.status != 200:
            sys.exit(f"the master refuses: {response.status} {response.read().decode()}")
        self.stream_id = response.getheader("Mesos-Stream-Id")
        self.calls = http.client.HTTPConnection(self.address, timeout=60)
        return self.records(response)

    @staticmethod
    def records(response):
        """RecordIO: the length in decimal, a newline, so many bytes."""
        while True:
            digits = b""
            while not digits.endswith(b"\n"):
                byte = response.read(1)
                if not byte:
                    sys.exit("the master has closed the stream")
                digits += byte
            yield json.loads(response.read(int(digits)))

    def call(self, kind, **fields):
        call = {"type": kind, "framework_id": self.framework_id, **fields}
        response = self.post(self.calls, call, {"Mesos-Stream-Id": self.stream_id})
        body = response.read().decode()
        if response.status != 202:
            sys.exit(f"{kind}: {response.status} {body}")


class Framework:
    """Launches on each offer what fits, and counts what has ended."""

    def __init__(self, master, options):
        self.master = master
        self.options = options
        self.launched = 0
        self.ended = {}

    def task(self, offer):
        self.launched += 1
        task_id = f"task-{self.launched}"
        scalar = lambda name, value: {"name": name, "type": "SCALAR", "scalar": {"value": value}}
        task = {"name": task_id, "task_id": {"value": task_id}, "agent_id": offer["agent_id"],
                "resources": [scalar("cpus", self.options.cpus), scalar("mem", self.options.mem)]}
        if not self.options.executor:
            return {**task, "command": {"value": self.options.command}}
        return {**task, "data": base64.b64encode(self.options.command.encode()).decode(),
                "executor": {"executor_id": {"value": "python"}, "type": "CUSTOM",
                             "command": {"value": self.options.executor}}}

    def offered(self, offer):
        free = {r["name"]: r["scalar"]["value"] for r in offer["resources"] if "scalar" in r}
        fit = int(min(free.get("cpus", 0) / self.options.cpus,
                      free.get("mem", 0) / self.options.mem))
        tasks = [self.task(offer) for _ in range(min(fit, self.options.tasks - self.launched))]
        if not tasks:
            return self.master.call("DECLINE", decline={"offer_ids": [offer["id"]]})
        launch = {"type": "LAUNCH", "launch": {"task_infos": tasks}}
        self.master.call("ACCEPT", accept={"offer_ids": [offer["id"]], "operations": [launch],
                                           "filters": {"refuse_seconds": 1}})

    def updated(self, status):
        task_id, state = status["task_id"]["value"], status["state"]
        print(f"{task_id} is {state} {status.get('message', '')}".rstrip(), flush=True)
        if "uuid" in status:
            self.master.call("ACKNOWLEDGE", acknowledge={
                "agent_id": status["agent_id"], "task_id": status["task_id"],
                "uuid": status["uuid"]})
        if state in TERMINAL:
            self.ended[task_id] = state

    def run(self):
        info = {"name": "python", "user": self.options.user, "roles": ["*"],
                "capabilities": [{"type": "MULTI_ROLE"}]}
        for event in self.master.subscribe(info):
            if event["type"] == "SUBSCRIBED":
                self.master.framework_id = event["subscribed"]["framework_id"]
            elif event["type"] == "OFFERS":
                for offer in event["offers"]["offers"]:
                    self.offered(offer)
            elif event["type"] == "UPDATE":
                self.updated(event["update"]["status"])
            elif event["type"] == "ERROR":
                sys.exit(f"the master says: {event['error']['message']}")
            if len(self.ended) == self.options.tasks:
                self.master.call("TEARDOWN")
                return all(state == "TASK_FINISHED" for state in self.ended.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--master", default="127.0.0.1:5050", help="host:port")
    parser.add_argument("--command", default="true")
    parser.add_argument("--executor", default="",
                        help="a command that starts an executor, which runs --command; "
                             "none: the agent runs it")
    parser.add_argument("--tasks", type=int, default=3)
    parser.add_argument("--cpus", type=float, default=0.1)
    parser.add_argument("--mem", type=float, default=32)
    parser.add_argument("--user", default="root")
    options = parser.parse_args()
    sys.exit(0 if Framework(Master(options.master), options).run() else 1)


if __name__ == "__main__":
    main()
