# SPDX-License-Identifier: GPL-2.0-or-later
"""--metrics and --textfile: what a scrape reads while something leaks, and what Prometheus makes of it."""
import os
import signal
import socket
import stat

from harness import ROOT, Watch, deadwait, end, scratch, until
from leftovers import thaw_and_remove
from prometheus import RULES, Prometheus, address, parse, promtool, scrape, value
from scenario import built

PIDS = "/sys/fs/cgroup/pids"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def test_promtool_accepts_the_metrics():
    with Watch("-a", "200ms", "--metrics", "0") as watch, built("sigchld-merged", "sick") as sick:
        watch.wait_for(sick.children[-1], 5)
        where = address(watch)
        until(lambda: value(where, "deadwait_zombies"), 5, "a zombie in the metrics")
        status, said = promtool("check", "metrics", text=scrape(where)[1])
        assert status == 0 and not said, said


def test_rules():
    for args in (("check", "rules", RULES), ("check", "config", os.path.join(ROOT, "contrib", "prometheus.yml")),
                 ("test", "rules", os.path.join(ROOT, "tests", "live", "deadwait.rules.test.yml"))):
        status, said = promtool(*args)
        assert status == 0, said


def test_alerts_are_about_real_metrics():
    """A rule about a name that deadwait does not export would never fire."""
    with Watch("-a", "200ms", "--metrics", "0") as watch, built("never-waits", "sick") as sick:
        watch.wait_for(sick.children[0], 5)
        names = until(lambda: (lambda p: p if "deadwait_zombies" in p else None)(parse(scrape(address(watch))[1])), 5)
    for word in set(read(RULES).replace("(", " ").replace("[", " ").split()):
        if word.startswith("deadwait_"):
            assert word in names, f"{RULES} asks for {word}"


def test_zombies_come_and_go():
    with Watch("-a", "200ms", "--metrics", "0") as watch:
        where = address(watch)
        labels = {"cause": "never-waits", "parent": "never-waits"}
        with built("never-waits", "sick-three") as sick:
            for child in sick.children:
                watch.wait_for(child, 5)
            until(lambda: value(where, "deadwait_zombies", **labels) == 3, 5, "three zombies in the metrics")
            first = value(where, "deadwait_zombie_oldest_age_seconds", **labels)
            assert 0 < first < 60, first
            until(lambda: value(where, "deadwait_zombie_oldest_age_seconds", **labels) > first + 1, 5, "an older age")
            assert value(where, "deadwait_zombies_found_total", cause="never-waits") >= 3
        until(lambda: value(where, "deadwait_zombies", **labels) == 0, 10, "the end of the zombies")
        assert value(where, "deadwait_zombie_oldest_age_seconds", **labels) is None
        until(lambda: value(where, "deadwait_zombies_reaped_total", cause="never-waits") >= 3, 5, "them as reaped")


def test_no_pid_in_a_label():
    with Watch("-a", "200ms", "--metrics", "0") as watch, built("never-waits", "sick-three") as sick:
        for child in sick.children:
            watch.wait_for(child, 5)
        where = address(watch)
        until(lambda: value(where, "deadwait_zombies", parent="never-waits") == 3, 5)
        pids = {str(pid) for pid in [*sick.children, sick.parent]}
        for samples in parse(scrape(where)[1]).values():
            for labels, _ in samples:
                assert not pids & set(labels.values()), labels


def test_lost_sigchlds():
    """Of three deaths the handler heard of one: two were merged, and lost to it."""
    with Watch("-a", "200ms", "--metrics", "0") as watch, built("sigchld-merged", "sick") as sick:
        where = address(watch)
        told = until(lambda: [o for o in watch.objects("sigchld") if o["parent"]["pid"] == sick.parent], 10,
                     "the finding of lost SIGCHLDs")[-1]
        lost = sum(o["merged"] + o["ignored"] + o["pending"] for o in [told])
        until(lambda: value(where, "deadwait_sigchld_lost_total") >= lost, 5, f"{lost} lost SIGCHLDs")
        assert value(where, "deadwait_sigchld_merged_total") >= told["merged"] > 0


def test_numbers_of_the_host():
    with Watch("--metrics", "0") as watch:
        where = address(watch)
        until(lambda: value(where, "deadwait_forks_total") is not None, 10, "a first sample")
        forks, exits = value(where, "deadwait_forks_total"), value(where, "deadwait_exits_total")
        for _ in range(20):
            deadwait("-V")
        until(lambda: value(where, "deadwait_forks_total") >= forks + 20, 10, "20 forks")
        until(lambda: value(where, "deadwait_exits_total") >= exits + 20, 10, "20 exits")
        left = value(where, "deadwait_tasks_left", limit="pid_max")
        most = int(read("/proc/sys/kernel/pid_max"))
        assert 0 < left < most, f"{left} of {most}"
        info = parse(scrape(where)[1])["deadwait_build_info"]
        assert info[0][0]["kernel"] == os.uname().release and info[0][1] == 1, info


def test_bpf_time_only_while_it_is_accounted():
    knob = "/proc/sys/kernel/bpf_stats_enabled"
    before = read(knob)
    try:
        with open(knob, "w", encoding="ascii") as f:
            f.write("1")
        with Watch("--metrics", "0") as watch:
            where = address(watch)
            until(lambda: value(where, "deadwait_bpf_run_seconds_total"), 10, "the time of the programs")
            assert value(where, "deadwait_bpf_run_seconds_total") < 10
            names = {l["program"] for l, _ in parse(scrape(where)[1])["deadwait_bpf_run_seconds_total"]}
            assert len(names) > 3 and all(n.startswith("dw_") for n in names), names
            if before.strip() == "1":
                return  # somebody measures
            with open(knob, "w", encoding="ascii") as f:
                f.write("0")
            until(lambda: value(where, "deadwait_bpf_run_seconds_total") is None, 10, "the end of the account")
    finally:
        with open(knob, "w", encoding="ascii") as f:
            f.write(before)


def pids_cgroup():
    """A cgroup with the pids controller, and the file that limits it."""
    if os.path.isdir(PIDS):
        return os.path.join(PIDS, "dw-metrics")
    with open("/sys/fs/cgroup/cgroup.subtree_control", "r+", encoding="ascii") as f:
        if "pids" not in f.read():
            f.write("+pids")
    return "/sys/fs/cgroup/dw-metrics"


def test_tasks_left_in_the_cgroup():
    cgroup = pids_cgroup()
    enter = ["sh", "-c", f"mkdir {cgroup} && echo 50 >{cgroup}/pids.max && echo $$ >{cgroup}/cgroup.procs && "
             "exec \"$@\"", "sh"]
    with Watch("-a", "200ms", "--metrics", "0") as watch:
        where = address(watch)
        until(lambda: value(where, "deadwait_forks_total") is not None, 10, "a first sample")
        assert value(where, "deadwait_tasks_left", limit="cgroup") is None
        try:
            with built("never-waits", "sick-three", prefix=enter) as sick:
                watch.wait_for(sick.children[0], 5)
                left = until(lambda: value(where, "deadwait_tasks_left", limit="cgroup"), 10, "the cgroup's limit")
                assert left == 50 - int(read(f"{cgroup}/pids.current")), left
        finally:
            thaw_and_remove(cgroup)
        until(lambda: value(where, "deadwait_tasks_left", limit="cgroup") is None, 15, "its end")


def test_prometheus_scrapes_a_leak():
    """The real one: it takes OpenMetrics, answers what leaks, and an alert sees the SIGCHLDs."""
    with scratch() as directory, Watch("-a", "200ms", "--metrics", "0") as watch:
        host, port = address(watch)
        with Prometheus(directory, f"{host}:{port}") as server:
            up = 'up{job="deadwait"}'
            until(lambda: [v for _, v in server.query(up)] == [1], 20, lambda: f"a scrape: {server.targets()}", pace=0.2)
            with built("sigchld-merged", "sick") as sick:
                found = until(lambda: server.query('deadwait_zombies{parent="sigchld-merged"} > 0'), 20,
                              "the leak in Prometheus", pace=0.2)
                labels = found[0][0]
                assert labels["cause"] == "sigchld-merged" and labels["instance"] == f"{host}:{port}", labels
                until(lambda: server.query("sum(deadwait_zombies)")[0][1] >= len(sick.children) - 1, 10, pace=0.2)
                assert server.query('deadwait_zombies_found_total{cause="sigchld-merged"}')[0][1] >= 1
                until(lambda: "DeadwaitSigchldLost" in server.alerts(), 20, lambda: f"the alert: {server.alerts()}",
                      pace=0.2)
            metadata = server.get("/api/v1/targets/metadata?metric=deadwait_zombies").decode()
            assert "gauge" in metadata, metadata
            assert server.targets()[0]["lastError"] == "", server.targets()


def prom_value(text, name):
    return [v for _, v in parse(text).get(name, ())]


def test_textfile():
    """There from the start, whole at every look, with totals only at the end."""
    with scratch() as directory:
        path = os.path.join(directory, "deadwait.prom")
        with Watch("-a", "200ms", "--textfile", path) as watch, built("never-waits", "sick") as sick:
            before = os.stat(path)
            assert stat.S_IMODE(before.st_mode) == 0o644, oct(before.st_mode)
            watch.wait_for(sick.children[0], 5)

            def written():
                text = read(path)
                assert text.endswith("\n") and "deadwait_lost_total" in text, text[-200:]
                return sum(prom_value(text, "deadwait_zombies"))
            until(written, 20, "the zombie in the file", pace=0.01)
            assert os.stat(path).st_ino != before.st_ino, "written in place"
            assert watch.stop(signal.SIGTERM) == 0
        text = read(path)
        assert not prom_value(text, "deadwait_zombies") and not prom_value(text, "deadwait_tasks_left"), text
        assert sum(prom_value(text, "deadwait_zombies_found_total")) >= 1
        assert prom_value(text, "deadwait_forks_total")
        status, said = promtool("check", "metrics", text=text)
        assert status == 0, said
        assert os.listdir(directory) == ["deadwait.prom"], os.listdir(directory)


def refused(*args):
    """The one line on stderr, and that it is over soon."""
    ended = deadwait("watch", *args, timeout=20)
    lines = ended.stderr.decode().splitlines()
    assert ended.returncode == 4 and len(lines) == 1, f"status {ended.returncode}: {lines}"
    return lines[0]


def test_cannot_serve():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        line = refused("--metrics", where)
        assert where in line and "Address already in use" in line, line
    assert "/nowhere" in refused("--metrics", "unix:/nowhere/at/all")
    assert "/nowhere" in refused("--textfile", "/nowhere/at/all.prom")


def test_unix_socket():
    with scratch() as directory:
        path = os.path.join(directory, "sock")
        with Watch("-a", "200ms", "--metrics", f"unix:{path}"):
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
            assert path in refused("--metrics", f"unix:{path}")
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(path)
                client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 200 ") and b"deadwait_build_info" in answer, answer[:200]
        assert not os.path.exists(path)

        killed = Watch("--metrics", f"unix:{path}")
        killed.process.kill()
        killed.process.wait(10)
        end(killed.process)
        assert os.path.exists(path)
        with Watch("--metrics", f"unix:{path}"):
            pass
        assert not os.path.exists(path)


def test_privileges_of_the_thread():
    """It has no more of them than the rest: it was started after they were given up."""
    with Watch("--metrics", "0") as watch:
        address(watch)
        capabilities = set()
        tasks = os.listdir(f"/proc/{watch.pid}/task")
        for tid in tasks:
            capabilities |= {l for l in read(f"/proc/{watch.pid}/task/{tid}/status").splitlines()
                             if l.startswith(("CapEff", "CapPrm"))}
        assert len(tasks) == 2, tasks
        assert len(capabilities) == 2, capabilities
