"""Alerts and board: what they ask for is on the real /metrics, explained, and taken by a real Prometheus."""

import json
import re
import shutil
import subprocess

import httpx
import pytest
import yaml

from tests.house.imports import ROOT
from tests.interpreters import missing_part
from tests.system.site import HYMIO, LOOPBACK, Process, answers, clean_environment, free_port
from tests.waiting import wait_until

RULES = ROOT / "deploy" / "prometheus"
BOARD = json.loads((ROOT / "deploy" / "grafana" / "hymio.json").read_text())
DOCUMENT = (ROOT / "docs" / "metrics.md").read_text()
TOKEN = "only-for-this-test"
WINDOW = "1m"  # what Grafana makes of $__rate_interval is at least this

# Of a broker of one's own, or of what has not happened yet in this test: the name is there, a sample is not
SILENT = (
    "hymio_taps_set_aside_total",
    "hymio_quarantined_total",
    "hymio_wants_total",
    "hymio_broker_refused_total",
    "hymio_flood_deliveries_total",
    "hymio_last_backup_timestamp_seconds",
)


def program(name):
    found = shutil.which(name)
    if found is None:
        missing_part(f"no {name}: apt-get install prometheus")
    return found


def questions():
    return [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])]


def named(text):
    """The figures that a text in PromQL asks for, without what a histogram or a summary adds to its name."""
    names = re.findall(r"\b(?:hymio|process)_[a-z_]+", text)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A running `hymio serve` with its embedded broker."""
    folder = tmp_path_factory.mktemp("service")
    http_port = free_port()
    settings = {
        "database": f"sqlite:///{folder / 'hymio.sqlite'}",
        "update_key": folder / "update.key",
        "http_port": http_port,
        "embedded_port": free_port(),
        "metrics_token": TOKEN,
    }
    running = Process([*HYMIO, "serve"], folder / "service.log", clean_environment(**settings))
    running.start()
    try:
        wait_until(lambda: answers(f"http://{LOOPBACK}:{http_port}/readyz"), timeout_s=60)
        yield http_port
    finally:
        running.interrupt()


@pytest.fixture(scope="module")
def told(service):
    """The text of /metrics."""
    address = f"http://{LOOPBACK}:{service}/metrics"
    assert httpx.get(address).status_code == 401
    answer = httpx.get(address, headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return answer.text


def figures(told):
    """Names by kind, as they are asked for; without the times of creation that prometheus_client adds."""
    found = dict(re.findall(r"^# TYPE (\S+) (\S+)$", told, re.M))
    return {name: kind for name, kind in found.items() if not name.endswith("_created")}


def test_every_figure_that_alerts_and_board_ask_for_is_there(told):
    wanted = named((RULES / "hymio.rules.yml").read_text()) | named("\n".join(questions()))
    assert len(wanted) > 15
    assert wanted <= set(figures(told))


def test_every_figure_is_explained_and_every_one_that_is_explained_is_there(told):
    ours = {name for name in figures(told) if name.startswith("hymio_")}
    explained = set(re.findall(r"^\| `(hymio_\w+)`", DOCUMENT, re.M))
    assert ours == explained
    for name in ours:
        kind = re.search(rf"^\| `{name}` \| (\w+)", DOCUMENT, re.M)[1]
        assert kind in (figures(told)[name], "info"), name


def test_prometheus_finds_nothing_wrong_with_the_figures(told):
    done = subprocess.run([program("promtool"), "check", "metrics"], input=told, capture_output=True, text=True)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "_created" not in line and line.strip()]
    assert ours == []


@pytest.mark.parametrize(
    "words",
    [("check", "rules", "hymio.rules.yml"), ("test", "rules", "hymio.rules.test.yml", "hymio.rules.days.test.yml")],
    ids="-".join,
)
def test_the_alerts_are_right_and_fire_when_they_should(words):
    done = subprocess.run([program("promtool"), *words], cwd=RULES, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_and_says_what_to_do():
    rules = yaml.safe_load((RULES / "hymio.rules.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["what"], rule["alert"]
    files = ("hymio.rules.test.yml", "hymio.rules.days.test.yml")
    tests = [test for file in files for test in yaml.safe_load((RULES / file).read_text())["tests"]]
    firing = next(test for test in tests if "every rule fires" in test["name"])
    alone = {case["alertname"] for test in tests for case in test.get("alert_rule_test", []) if case["exp_alerts"]}
    assert firing["promql_expr_test"][0]["exp_samples"] == [{"value": len(rules) - len(alone)}]


@pytest.fixture(scope="module")
def prometheus(service, tmp_path_factory):
    """A real Prometheus with our own configuration, that has asked the service twice."""
    folder = tmp_path_factory.mktemp("prometheus")
    port = free_port()
    text = (RULES / "prometheus.yml").read_text().replace("127.0.0.1:8000", f"{LOOPBACK}:{service}")
    (folder / "prometheus.yml").write_text(text.replace("15s", "1s"))
    shutil.copy(RULES / "hymio.rules.yml", folder)
    (folder / "hymio-metrics-token").write_text(TOKEN)
    command = [
        program("prometheus"),
        "--config.file",
        folder / "prometheus.yml",
        "--storage.tsdb.path",
        folder / "data",
    ]
    running = Process([*command, f"--web.listen-address={LOOPBACK}:{port}"], folder / "log")
    running.start()
    address = f"http://{LOOPBACK}:{port}"
    try:
        wait_until(lambda: answers(address + "/-/ready"), timeout_s=60)
        wait_until(lambda: asked(address, "count_over_time(up[1m]) > 1"), timeout_s=30)
        yield address
    finally:
        running.kill()


def asked(address, question):
    answer = httpx.get(address + "/api/v1/query", params={"query": question}).json()
    assert answer["status"] == "success", answer
    return answer["data"]["result"]


def test_a_real_prometheus_answers_every_question_of_the_board(prometheus):
    assert [float(result["value"][1]) for result in asked(prometheus, 'up{job="hymio"}')] == [1.0]
    empty = [
        question
        for question in questions()
        if not asked(prometheus, question.replace("$__rate_interval", WINDOW)) and not named(question) & set(SILENT)
    ]
    assert empty == []


def test_the_alerts_of_a_real_prometheus_are_at_rest_where_all_is_well(prometheus):
    groups = httpx.get(prometheus + "/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules and [rule["name"] for rule in rules if rule["health"] not in ("ok", "unknown")] == []
    assert [rule["name"] for rule in rules if rule["state"] != "inactive"] == []


def test_the_board_is_whole():
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [tuple(panel["gridPos"][side] for side in "xywh") for panel in panels]
    taken = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]
    assert len(set(taken)) == len(taken), "panels lie on one another"
    assert max(x for x, _ in taken) < 24
    for panel in panels:
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}"


def test_what_grafana_reads_by_itself_is_yaml_that_names_the_board_s_folder():
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "hymio.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "hymio.yml").read_text())["providers"]
    assert source["type"] == "prometheus" and provider["type"] == "file"
