"""Two nodes behind nginx compared with one, and a projection to ten nodes and a CDN from the figures of the run.

Each node has one worker. Nodes, nginx and the load generator share the cores, so the ratio shows how the load spreads,
not what a second machine adds.
"""

import getpass
import math
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.load import WARMUP_SECONDS, run_round
from bench.pages import readout_page, spread_places
from bench.servers import HOST, ROOT, Program, Server, free_port, readout
from bench.serving import RECORD, measure_cached
from bench.types import Bench, Measurement, measure_once

NGINX = ROOT / "deploy" / "nginx"
NODES = 10
EDGES, POPULAR_URLS = 50, 1000
"""Locations of a CDN, and URLs that are requested at all of them."""
MAX_AGE_SECONDS = 60
"""How long a CDN keeps a response before it asks again, by its `Cache-Control`."""
PROJECTION = """\
A machine like this one as a node: {node:,.0f} uncached pages of 50 a second ({node_cpu:,.0f} µs of CPU each, behind
nginx), or {cached:,.0f} cached records. nginx on another one: {nginx:,.0f} pages a second ({nginx_cpu:,.0f} µs each).

- {nodes} nodes: {all_nodes:,.0f} uncached pages a second. Machines that nginx needs for that: {proxies}.
- With a CDN of {edges} locations that keep a response for {age} s, {urls:,} popular URLs cost at most
  {origin:,.0f} requests a second, however many clients there are. They are cache hits: {share:.1%} of one node."""


class Cluster(NamedTuple):
    """Figures of each round: requests/s with one node and with two, and CPU microseconds per request."""

    one: list[float]
    two: list[float]
    nginx_cpu: list[float]
    node_cpu: list[float]


@measure_once
def measure_nodes(bench: Bench) -> Cluster:
    """Load one node and two nodes behind nginx in turn with pages that are never requested twice."""
    cluster = Cluster([], [], [], [])
    program = readout(bench.files.big, workers=1)
    program = replace(program, environment={**program.environment, "READOUT_TRUSTED_PROXIES": "1"})
    with ExitStack() as up:
        first, second = (up.enter_context(Server(program)) for _ in range(2))
        paths = [readout_page(place) for place in spread_places(first, bench.files.events)]
        proxies = [up.enter_context(nginx(first, other)) for other in (first, second)]
        for proxy in proxies:
            run_round(proxy, paths, WARMUP_SECONDS, f"warm-{proxy.port}")
        for number in range(bench.load.rounds):
            for proxy, rates in zip(proxies, (cluster.one, cluster.two), strict=True):
                before = first.cpu() + second.cpu()
                done = run_round(proxy, paths, bench.load.seconds, f"r{number}-{proxy.port}")
                used = first.cpu() + second.cpu() - before
                rates.append(done.rate)
                cluster.nginx_cpu.append(done.cpu)
                cluster.node_cpu.append(used / (done.rate * bench.load.seconds) * 1e6)
    return cluster


@contextmanager
def nginx(one: Server, two: Server) -> Iterator[Server]:
    """Run nginx before two nodes, as in `deploy/` but without TLS and with higher limits per client."""
    with TemporaryDirectory() as folder:
        command = ("nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-e", "stderr")
        globally = ("-g", f"daemon off; pid {folder}/nginx.pid;")
        server = Server(Program("nginx", (*command, *globally), {"PATH": f"{os.environ['PATH']}:/usr/sbin"}, "/livez"))
        Path(folder, "nginx.conf").write_text(nginx_configuration(folder, server.port, one, two))
        with server:
            yield server


def nginx_configuration(folder: str, port: int, one: Server, two: Server) -> str:
    """Return the configuration of `deploy/` with values, for every host name of the benchmark."""
    nodes = [f"127.0.0.1:{node.port}" for node in (one, two)]
    values = {
        "NGINX_USER": getpass.getuser(),
        "NGINX_FOLDER": str(NGINX),
        "NGINX_CACHE": folder,
        "NGINX_LOG": f"{folder}/access.log",
        "NODE_ONE": nodes[0],
        "NODE_TWO": nodes[1],
        "WRITER": nodes[0],
        "LISTEN_HTTP": f"127.0.0.1:{free_port()}",
        "LISTEN_HTTPS": f"127.0.0.1:{port}",
        "SITE": f"*.{HOST}",
        "CLIENT_RATE": "1000000r/s",
        "CLIENT_BURST": "1000",
        "CLIENT_CONNECTIONS": "1000",
    }
    template = (NGINX / "nginx.conf.template").read_text().replace(" ssl http2", "")
    lines = [line for line in template.splitlines() if not line.lstrip().startswith("ssl_")]
    text = "\n".join(lines).replace("server_name ${SITE};", f"server_name 127.0.0.1 *.{HOST};")
    return re.sub(r"\$\{([A-Z_]+)\}", lambda name: values[name[1]], text)


def second_node(bench: Bench) -> Measurement:
    """Measure requests/s of two nodes ÷ of one node."""
    cluster = measure_nodes(bench)
    one, two = median(cluster.one), median(cluster.two)
    cpu = f"CPU per page: a node {median(cluster.node_cpu):,.0f} µs, nginx {median(cluster.nginx_cpu):,.0f} µs"
    return Measurement(two / one, f"{one:,.0f} requests/s, {two:,.0f}; {cpu}")


def project(bench: Bench) -> str:
    """Describe the rate of ten nodes and of a CDN, calculated from CPU per request."""
    cluster, cores = measure_nodes(bench), os.cpu_count() or 1
    node_cpu, nginx_cpu = median(cluster.node_cpu), median(cluster.nginx_cpu)
    cached_cpu = measure_cached(bench)[RECORD]["Readout"].middle("cpu")
    node, nginx_rate, cached = (cores / cpu * 1e6 for cpu in (node_cpu, nginx_cpu, cached_cpu))
    origin = EDGES * POPULAR_URLS / MAX_AGE_SECONDS
    return PROJECTION.format(
        node=node,
        node_cpu=node_cpu,
        cached=cached,
        nginx=nginx_rate,
        nginx_cpu=nginx_cpu,
        nodes=NODES,
        all_nodes=NODES * node,
        proxies=math.ceil(NODES * node / nginx_rate),
        edges=EDGES,
        age=MAX_AGE_SECONDS,
        urls=POPULAR_URLS,
        origin=origin,
        share=origin / cached,
    )
