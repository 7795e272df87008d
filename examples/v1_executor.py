#!/usr/bin/env python3
"""An executor in Python, with nothing but the standard library: it runs each task's data as a shell
command and tells the output's last line, over Mesos's v1 HTTP API. The agent starts it:

    python3 examples/v1_scheduler.py --executor='python3 /abs/examples/v1_executor.py'
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import uuid

PATH = "/api/v1/executor"


class Agent:
    """Two connections to the agent: one hears events, the other says calls."""

    def __init__(self, environment):
        self.address = environment["MESOS_AGENT_ENDPOINT"]
        self.ids = {"framework_id": {"value": environment["MESOS_FRAMEWORK_ID"]},
                    "executor_id": {"value": environment["MESOS_EXECUTOR_ID"]}}
        self.calls = http.client.HTTPConnection(self.address, timeout=60)

    def post(self, connection, kind, fields):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        connection.request("POST", PATH, json.dumps({"type": kind, **self.ids, **fields}), headers)
        return connection.getresponse()

    def subscribe(self):
        """The events, from SUBSCRIBED on."""
        connection = http.client.HTTPConnection(self.address)
        response = self.post(connection, "SUBSCRIBE", {"subscribe": {}})
        if response.status != 200:
            sys.exit(f"the agent refuses: {response.status} {response.read().decode()}")
        while True:
            digits = b""
            while not digits.endswith(b"\n"):
                byte = response.read(1)
                if not byte:
                    sys.exit("the agent has closed the stream")
                digits += byte
            yield json.loads(response.read(int(digits)))

    def update(self, task, state, message=""):
        status = {"task_id": task["task_id"], "state": state, "source": "SOURCE_EXECUTOR",
                  "message": message, "uuid": base64.b64encode(uuid.uuid4().bytes).decode()}
        response = self.post(self.calls, "UPDATE", {"update": {"status": status}})
        body = response.read().decode()
        if response.status != 202:
            sys.exit(f"UPDATE: {response.status} {body}")


def run(agent, task):
    agent.update(task, "TASK_RUNNING")
    command = base64.b64decode(task.get("data", "")).decode()
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines() or [""]
    agent.update(task, "TASK_FINISHED" if done.returncode == 0 else "TASK_FAILED", lines[-1])


def main():
    agent = Agent(os.environ)
    for event in agent.subscribe():
        if event["type"] == "LAUNCH":
            run(agent, event["launch"]["task"])
        elif event["type"] == "LAUNCH_GROUP":
            for task in event["launch_group"]["task_group"]["tasks"]:
                run(agent, task)
        elif event["type"] == "SHUTDOWN":
            return
        elif event["type"] == "ERROR":
            sys.exit(f"the agent says: {event['error']['message']}")


if __name__ == "__main__":
    main()
