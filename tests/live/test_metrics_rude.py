# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of --metrics without manners: memory stays bounded, and a zombie is told in time whatever they do."""
import os
import resource
import socket
import threading
import time

from harness import Watch, until
from prometheus import address, rss_kib, scrape
from scenario import built

AGE_S = 0.2
TOLD_S = 4  # much less than any client is waited for
GROWTH_KIB = 8 * 1024  # connections, their requests, and the pages that slow readers still hold
CONNECTIONS_MAX = 64


class Rude:
    """A watch, and connections to it that the test opens and forgets to use well."""

    def __init__(self):
        # What else dies on the host would show in the memory.
        self.watch = Watch("-a", f"{int(AGE_S * 1000)}ms", "-n", "never-waits", "--metrics", "0")
        self.where = address(self.watch)
        assert scrape(self.where)[0].status == 200
        self.before = rss_kib(self.watch.pid)
        self.descriptors = self.count_descriptors()
        self.sockets = []

    def dial(self, send=b"", blocking=False):
        """A connection, or one that the kernel still tries to make."""
        s = socket.socket()
        s.setblocking(blocking)
        if blocking:
            s.settimeout(20)
            s.connect(self.where)
        else:
            s.connect_ex(self.where)
        self.sockets.append(s)
        if send:
            try:
                s.send(send)
            except OSError:
                pass
        return s

    def hang_up(self):
        for s in self.sockets:
            s.close()
        self.sockets.clear()

    def check_told_in_time(self):
        with built("never-waits", "sick") as sick:
            child = sick.children[0]
            self.watch.wait_for(child, TOLD_S + 2, f"a finding about {child} while clients are rude")
            _, finding = self.watch.findings(child)[0]
            assert finding["cause"] == "never-waits", finding["cause"]
            assert finding["age_s"] < TOLD_S, f"told at the age of {finding['age_s']} s"

    def count_descriptors(self):
        return len(os.listdir(f"/proc/{self.watch.pid}/fd"))

    def check_bounded(self):
        more = self.count_descriptors() - self.descriptors
        assert more <= CONNECTIONS_MAX, f"{more} connections at a time"
        grown = rss_kib(self.watch.pid) - self.before
        assert grown < GROWTH_KIB, f"grown by {grown} KiB"

    def check_serves(self, timeout=30):
        def served():
            try:
                return scrape(self.where, timeout=5)[0].status == 200
            except OSError:
                return False
        until(served, timeout, "a scrape afterwards", pace=0.2)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.hang_up()
        self.watch.__exit__(kind, value, traceback)


def closed_by_server(connection, timeout):
    """Whether the other side ends it within that time; reads what comes meanwhile."""
    connection.settimeout(timeout)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def test_thousand_connections():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    try:
        with Rude() as rude:
            for _ in range(1000):
                rude.dial()
            rude.check_told_in_time()
            rude.check_bounded()
            rude.hang_up()
            rude.check_serves()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_half_requests():
    """Closed after 5 s of silence, and the next one is served."""
    with Rude() as rude:
        for text in (b"", b"G", b"GET /metrics", b"GET /metrics HTTP/1.1\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\n"):
            for _ in range(30):
                rude.dial(text)
        first = rude.dial(b"GET /", blocking=True)
        rude.check_told_in_time()
        assert closed_by_server(first, 30), "a half request is kept for ever"
        rude.check_bounded()
        rude.check_serves()


def test_byte_by_byte():
    """Something moves all the time: it is over after 15 s all the same."""
    with Rude() as rude:
        connection = rude.dial(b"GET /metrics HTTP/1.1\r\nX: ", blocking=True)
        begun = time.monotonic()

        def cut_off():
            try:
                connection.send(b"x")
                connection.settimeout(0.01)
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True
        until(cut_off, 25, "the end of a request without an end", pace=0.5)
        assert time.monotonic() - begun > 10
        rude.check_serves()


def test_slow_readers():
    """They ask and do not read; more of them than there may be connections."""
    with Rude() as rude, built("many", "60"):
        for _ in range(200):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            s.setblocking(False)
            s.connect_ex(rude.where)
            rude.sockets.append(s)
            try:
                s.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError:
                pass
        rude.check_told_in_time()
        rude.check_bounded()
        rude.check_serves()


def test_huge_headers():
    with Rude() as rude:
        for _ in range(20):
            connection = rude.dial(blocking=True)
            try:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * (4 << 20))
            except OSError:
                pass
            assert closed_by_server(connection, 10), "a header of 4 MiB was waited for"
        rude.check_bounded()
        many = rude.dial(b"GET /metrics HTTP/1.1\r\n" + b"a: b\r\n" * 3000 + b"\r\n", blocking=True)
        assert closed_by_server(many, 10)
        rude.check_told_in_time()
        rude.check_serves()


def test_wrong_methods_with_bodies():
    with Rude() as rude:
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS", b"BREW", b"CONNECT"):
            connection = rude.dial(blocking=True)
            try:
                connection.sendall(method + b" /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
                answer = connection.recv(100)
                assert b" 405 " in answer, f"{method}: {answer}"
                connection.sendall(b"x" * (1 << 20))
            except (BrokenPipeError, ConnectionResetError):
                pass
        rude.check_bounded()
        rude.check_serves()


def test_flood_of_scrapes():
    """Four clients that ask without a pause: one page a second is rendered, and zombies are told in time."""
    with Rude() as rude:
        answered, over = [], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    answered.append(scrape(rude.where, timeout=10)[0].status)
                except OSError:
                    pass
        clients = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            until(lambda: len(answered) > 200, 20, lambda: f"200 answers, not {len(answered)}")
            rude.check_told_in_time()
        finally:
            over.set()
            for client in clients:
                client.join(20)
        assert set(answered) == {200}, set(answered)
        rude.check_bounded()


def test_ends_at_once_under_load():
    """Open connections do not hold up the end."""
    with Rude() as rude:
        for _ in range(100):
            rude.dial(b"GET /metr")
        assert rude.watch.stop(timeout=5) == 0
        assert rude.watch.objects("summary")
