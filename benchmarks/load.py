"""A small HTTP load over loopback: kept-alive connections, one request in flight on each, bounded in time."""

import multiprocessing
import selectors
import socket
import time


def _request(path: str, host: str, cookie: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: benchmark",
        "Accept: text/html",
        "Accept-Language: en",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _whole(buffer: bytes) -> bool:
    """Say whether the buffer holds a whole answer (with a Content-Length)."""
    head_end = buffer.find(b"\r\n\r\n")
    if head_end < 0:
        return False
    head = buffer[:head_end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return len(buffer) >= head_end + 4 + length


def _drive(port: int, request: bytes, connections: int, seconds: float) -> tuple[int, list[float]]:
    """Send for `seconds`; returns the answers counted and each one's time. Any status but 200 raises."""
    selector = selectors.DefaultSelector()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    buffers: dict[socket.socket, bytes] = {}
    began: dict[socket.socket, float] = {}
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one, selectors.EVENT_READ, one)
        buffers[one], began[one] = b"", time.perf_counter()
        one.sendall(request)
    ends = time.perf_counter() + seconds
    times: list[float] = []
    while time.perf_counter() < ends:
        for key, _ in selector.select(timeout=0.1):
            one = key.data
            buffers[one] += one.recv(262_144)
            if not _whole(buffers[one]):
                continue
            if not buffers[one].startswith(b"HTTP/1.1 200"):
                raise RuntimeError(buffers[one][:300].decode(errors="replace"))
            now = time.perf_counter()
            times.append(now - began[one])
            buffers[one], began[one] = b"", now
            one.sendall(request)
    for one in sockets:
        one.close()
    return len(times), times


def _worker(arguments: tuple[int, bytes, int, float]) -> tuple[int, list[float]]:
    return _drive(*arguments)


def measure(port: int, path: str, *, cookie: str, connections: int, seconds: float) -> tuple[float, float]:
    """Return (answers a second, p99 seconds) of a page under so many connections."""
    request = _request(path, f"127.0.0.1:{port}", cookie)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        ((count, times),) = pool.map(_worker, [(port, request, connections, seconds)])
    times.sort()
    return count / seconds, times[int(len(times) * 0.99)] if times else float("inf")


def fetch(port: int, path: str, cookie: str) -> bytes:
    """Return the body of one page."""
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(_request(path, f"127.0.0.1:{port}", cookie))
        buffer = b""
        while not _whole(buffer):
            buffer += one.recv(262_144)
    if not buffer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(buffer[:300].decode(errors="replace"))
    return buffer.split(b"\r\n\r\n", 1)[1]
