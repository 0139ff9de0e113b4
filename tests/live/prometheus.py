# SPDX-License-Identifier: GPL-2.0-or-later
"""A scrape by hand, and a real Prometheus of the test's own that scrapes deadwait."""
import http.client
import json
import os
import re
import socket
import subprocess
import urllib.parse
import urllib.request

from harness import ROOT, end, start, until

RULES = os.path.join(ROOT, "contrib", "deadwait.rules.yml")
SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')


def address(watch):
    """(host, port) of the endpoint, as deadwait said."""
    line = until(lambda: next((l for l in watch.errors if "metrics are on" in l), None), 10,
                 lambda: f"the address of the metrics: {watch.errors}")
    host, port = re.search(r"http://(.*):(\d+)/metrics", line).groups()
    return host.strip("[]"), int(port)


def scrape(where, headers=None, timeout=10):
    """The response and the text of /metrics."""
    connection = http.client.HTTPConnection(*where, timeout=timeout)
    try:
        connection.request("GET", "/metrics", headers=headers or {})
        response = connection.getresponse()
        return response, response.read().decode("utf-8", "strict")
    finally:
        connection.close()


def parse(text):
    """{name: [(labels, value)]} of the samples; every line must be one or a comment."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        found.setdefault(name, []).append((dict(LABEL.findall(labels or "")), float(value)))
    return found


def value(where, name, **labels):
    """The sum of the samples that have these labels; None if there is none."""
    values = [v for l, v in parse(scrape(where)[1]).get(name, ())
              if all(l.get(key) == wanted for key, wanted in labels.items())]
    return sum(values) if values else None


def promtool(*args, text=None):
    ended = subprocess.run(["promtool", *args], input=text, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """Scrapes one target each second, with data and configuration in `directory`."""

    def __init__(self, directory, target):
        self.port = free_port()
        config = os.path.join(directory, "prometheus.yml")
        with open(config, "w", encoding="ascii") as f:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [RULES],
                       "scrape_configs": [{"job_name": "deadwait", "static_configs": [{"targets": [target]}]}]}, f)
        self.log = open(os.path.join(directory, "log"), "wb")
        self.process = start(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={directory}/data",
                              f"--web.listen-address=127.0.0.1:{self.port}"],
                             stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until(self.is_ready, 60, lambda: f"a prometheus that is ready: {self.said()}", pace=0.2)

    def said(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()

    def is_ready(self):
        assert self.process.poll() is None, f"prometheus ended: {self.said()}"
        try:
            return self.get("/-/ready")
        except OSError:
            return None

    def query(self, expression):
        """[(labels, value)] of an instant query."""
        answer = json.loads(self.get("/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        assert answer["status"] == "success", answer
        return [(r["metric"], float(r["value"][1])) for r in answer["data"]["result"]]

    def targets(self):
        return json.loads(self.get("/api/v1/targets"))["data"]["activeTargets"]

    def alerts(self):
        """Names of the alerts that are pending or firing."""
        return {a["labels"]["alertname"] for a in json.loads(self.get("/api/v1/alerts"))["data"]["alerts"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)
        self.log.close()


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


