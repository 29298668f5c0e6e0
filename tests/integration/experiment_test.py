"""parley experiment: a run leaves a folder that can be read, and a report; what cannot be run is said.

    PARLEY_BINARY_DIR=… /usr/bin/python3 experiment_test.py
"""

import csv
import html.parser
import json
import pathlib
import signal
import subprocess
import unittest

from support.command_line import WITHIN_S, Lines, own_folder
from support.node import program, select_nothing

SOURCE = pathlib.Path(__file__).resolve().parents[2]
RUN_WITHIN_S = 150.0
# A node is killed under load, comes back, and the database restarts: about ten seconds.
SMALL = """
name: Small <test> & short
seed: 3
duration: 11s
settle: 30s
cluster: {nodes: 2}
people: {count: 12, activity: 0.5, patience: 3s}
groups:
  count: 4
  sizes: {shape: uniform, least: 3, most: 8}
traffic: {rate: 20}
record: {metrics_every: 500ms, topology_every: 1s, traces: 0.5}
faults:
  - 3s kill owner of group 1
  - 6s start ended nodes
  - 8s freeze node-1 for 500ms
  - 9s restart postgres
"""


def rows_of(file: pathlib.Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


class scripts(html.parser.HTMLParser):
    """What a page loads, and the text in its element `data`."""

    def __init__(self, text: str):
        super().__init__()
        self.loaded: list[str] = []
        self.data = ""
        self.is_data = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.is_data = named.get("id") == "data"
        self.loaded += [named[name] for name in ("src", "href") if named.get(name) and named[name] != "data:,"]

    def handle_endtag(self, tag):
        self.is_data = False

    def handle_data(self, data):
        if self.is_data:
            self.data += data


class experiment_case(own_folder):
    def write(self, text: str) -> str:
        file = self.folder / "experiment.yaml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    def parley(self, *words: str, within_s: float = WITHIN_S) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program("parley"), "experiment", *words], env=self.environment, capture_output=True, text=True, timeout=within_s, check=False
        )

    def has_left_nothing(self) -> None:
        self.assertEqual(self.processes(), [])
        self.assertEqual(list(self.temporary.iterdir()), [])


class whole_runs(experiment_case):
    def test_a_run_with_faults_leaves_a_folder_and_a_report(self):
        out = self.folder / "out"
        done = self.parley("run", self.write(SMALL), "--output", str(out), within_s=RUN_WITHIN_S)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.has_left_nothing()
        result = json.loads((out / "result.json").read_text())
        self.check_result(result)
        self.check_tables(out, result)
        self.check_manifest(out)
        self.check_recording(out)
        self.check_report(out)
        deliveries = out / "deliveries.csv"
        deliveries.write_bytes(deliveries.read_bytes()[:900])
        cut = self.parley("report", str(out))
        self.assertEqual((cut.returncode, cut.stdout), (1, ""))
        self.assertIn("deliveries.csv is not whole", cut.stderr)

    def check_result(self, result: dict) -> None:
        self.assertFalse(result["ended_early"])
        self.assertTrue(result["settled"])
        self.assertTrue(result["traces"])
        self.assertEqual((result["lost"], result["doubled"], result["reordered"], result["examples"]), (0, 0, 0, []))
        self.assertGreater(result["sent"], 150)
        self.assertEqual(result["acknowledged"], result["sent"])
        self.assertEqual(result["deliveries"], result["deliveries_of_acknowledged_due"])

    def check_tables(self, out: pathlib.Path, result: dict) -> None:
        sends, deliveries = rows_of(out / "sends.csv"), rows_of(out / "deliveries.csv")
        self.assertEqual(len(sends), result["sent"])
        self.assertEqual(sorted(int(row["message"]) for row in sends), list(range(len(sends))))
        members = {}
        for row in rows_of(out / "members.csv"):
            members.setdefault(row["group"], set()).add(row["person"])
        shown: dict[str, set[str]] = {}
        for row in deliveries:
            if row["message"]:
                shown.setdefault(row["message"], set()).add(row["person"])
        for row in sends:
            self.assertIn(row["person"], members[row["group"]])
            self.assertGreaterEqual(int(row["acknowledged_us"]), int(row["sent_us"]))
            self.assertGreaterEqual(int(row["sent_us"]), int(row["planned_us"]))
            self.assertEqual(shown[row["message"]], members[row["group"]], row)
        self.assertTrue(any(int(row["attempts"]) > 1 for row in sends), "nobody had to say something again")
        faults = rows_of(out / "faults.csv")
        self.assertEqual([row["what"] for row in faults], ["kill", "start", "freeze", "restart"])
        self.assertEqual(faults[0]["nodes"], faults[1]["nodes"])
        for row in faults:
            self.assertLess(abs(int(row["began_us"]) - int(row["planned_us"])), 1_500_000, row)
            self.assertGreater(int(row["over_us"]), 0, row)
        events = [(row["what"], row["node"]) for row in rows_of(out / "events.csv")]
        self.assertEqual(events[:2], [("ended", faults[0]["nodes"]), ("serves", faults[0]["nodes"])])
        self.assertIn(("database_ready", ""), events)
        whats = {row["what"] for row in rows_of(out / "sessions.csv")}
        self.assertLessEqual({"online", "offline"}, whats)
        metrics = rows_of(out / "metrics.csv")
        self.assertEqual({row["node"] for row in metrics}, {"node-1", "node-2"})
        self.assertIn("0", {row["value"] for row in metrics if row["metric"] == "up"})
        self.assertTrue(any(row["metric"] == "parley_commit_seconds_count" for row in metrics))

    def check_manifest(self, out: pathlib.Path) -> None:
        manifest = json.loads((out / "manifest.json").read_text())
        self.assertEqual(manifest["seed"], 3)
        for name in ("parley", "caf", "postgresql", "operating_system", "cores"):
            self.assertTrue(manifest["made_with"][name], name)
        for file in manifest["files"]:
            self.assertTrue((out / file["name"]).exists(), file["name"])
            if "columns" in file:
                with (out / file["name"]).open(newline="") as text:
                    self.assertEqual(next(csv.reader(text)), [column["name"] for column in file["columns"]])
        self.assertLessEqual({file["name"] for file in manifest["files"]}, {each.name for each in out.iterdir()})
        self.assertEqual((out / "experiment.yaml").read_text(), SMALL)
        self.assertIn("parley experiment run experiment.yaml", (out / "README.md").read_text())
        self.assertIn("edges", (out / "nodes" / "node-2.yaml").read_text())
        self.assertIn("node-2.log", [each.name for each in (out / "logs").iterdir()])

    def check_recording(self, out: pathlib.Path) -> None:
        replay = subprocess.run(
            [program("parley"), "topology", "replay", str(out / "topology.rec"), "--at", "+2s", "--format", "json"],
            capture_output=True, text=True, timeout=WITHIN_S, check=False,
        )  # fmt: skip
        self.assertEqual(replay.returncode, 0, replay.stderr)
        snapshot = json.loads(replay.stdout)
        ids = {f"conversation:{row['id']}" for row in rows_of(out / "groups.csv")}
        self.assertLessEqual(ids, {actor["entity"] for actor in snapshot["actors"] if actor["kind"] == "conversation"})

    def check_report(self, out: pathlib.Path) -> None:
        done = self.parley("report", str(out))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        text = (out / "report.html").read_text(encoding="utf-8")
        self.assertIn("<title>Small &lt;test&gt; &amp; short – Parley experiment</title>", text)
        page = scripts(text)
        self.assertEqual(page.loaded, [])
        data = json.loads(page.data)
        printed = self.parley("report", str(out), "--json")
        self.assertEqual(json.loads(printed.stdout), data)
        self.assertEqual(data["manifest"]["name"], "Small <test> & short")
        self.assertEqual(len(data["t"]), 11)
        self.assertEqual(sum(data["rates"]["planned"]), len(rows_of(out / "sends.csv")))
        kill = data["faults"][0]["outage"]
        self.assertGreater(kill["longest_wait_ms"], 50)
        self.assertLess(kill["longest_wait_ms"], 15_000)
        victim = data["faults"][0]["nodes"]
        self.assertIn(None, data["shards"][victim])
        self.assertEqual(len(data["graphs"]), 5)
        before, after = data["graphs"][:2]
        self.assertIn(victim, {entity["node"] for entity in before["entities"]})
        self.assertNotIn(victim, {entity["node"] for entity in after["entities"]})
        self.assertTrue(before["links"])
        self.assertEqual({entity["kind"] for entity in before["entities"]}, {"person", "conversation"})
        self.assertTrue(data["mailboxes"])
        # Half of some 200 messages; those of the node that died are gone with it.
        self.assertGreater(data["traces"]["whole"], 20)
        self.assertLess(len(rows_of(out / "sends.csv")) * 0.2, data["traces"]["all"])
        self.assertTrue(data["traces"]["ways"])
        for way in data["traces"]["ways"]:
            names = [step["name"] for step in way["steps"]]
            self.assertEqual((names[0], names[-1]), ("request", "write_reply"))
            self.assertIn("commit", names)
        self.assertTrue(any(value for values in data["commit_ms"].values() for value in values))

    def test_ctrl_c_ends_it_early_and_keeps_what_was_measured(self):
        out = self.folder / "out"
        endless = "duration: 10m\ncluster: {nodes: 1}\npeople: {count: 4}\ngroups:\n  count: 2\n  sizes: {least: 3}\ntraffic: {rate: 50}\n"
        process = subprocess.Popen(
            [program("parley"), "experiment", "run", self.write(endless), "--output", str(out)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment, text=True, start_new_session=True,
        )  # fmt: skip
        lines = Lines(process.stderr)
        try:
            lines.wait_for(lambda all: any("Ctrl-C ends it early" in line for line in all), "the load")
            sends = out / "sends.csv"
            deadline = 600
            while len(sends.read_text().splitlines()) < 20 and deadline > 0:
                select_nothing(0.05)
                deadline -= 1
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(WITHIN_S), 0, lines.lines)
        finally:
            process.kill()
            process.wait()
            lines.thread.join(WITHIN_S)
            process.stderr.close()
        self.has_left_nothing()
        result = json.loads((out / "result.json").read_text())
        self.assertTrue(result["ended_early"])
        self.assertGreaterEqual(result["acknowledged"], 15)
        self.assertEqual(result["lost"] + result["doubled"] + result["reordered"], 0)
        self.assertLess(result["load_s"], 590)
        self.assertEqual(self.parley("report", str(out)).returncode, 0)


class what_cannot_be(experiment_case):
    def refused(self, code: int, *words: str) -> str:
        done = self.parley(*words)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.has_left_nothing()
        return done.stderr

    def test_a_mistake_in_the_file_is_told_with_its_line(self):
        file = self.write("cluster:\n  nodes: many\nfaults:\n  - 1s kill node-1\n  - 2s murder node-1\n")
        said = self.refused(2, "run", file, "--output", str(self.folder / "out"))
        self.assertIn(f"{file}:2:10: cluster.nodes: 'many' is not allowed; right is a whole number from 1 to 16", said)
        self.assertIn(f"{file}:5:1: faults: '2s murder node-1': 'murder' is nothing that can be done", said)
        self.assertFalse((self.folder / "out").exists())
        self.assertIn("cannot read", self.refused(2, "run", str(self.folder / "nothing.yaml"), "--output", "x"))
        self.assertIn("--output FOLDER", self.refused(2, "run", self.write("seed: 1\n")))

    def test_a_folder_with_something_in_it_is_refused(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "thesis.txt").write_text("mine")
        said = self.refused(2, "run", self.write("seed: 1\n"), "--output", str(self.folder / "full"))
        self.assertIn("there is something in", said)
        self.assertEqual([each.name for each in (self.folder / "full").iterdir()], ["thesis.txt"])

    def test_a_folder_that_is_none_of_an_experiment_gets_no_report(self):
        self.assertIn("there is no folder", self.refused(2, "report", str(self.folder / "nothing")))
        (self.folder / "other").mkdir()
        self.assertIn("has no experiment.yaml", self.refused(2, "report", str(self.folder / "other")))
        (self.folder / "other" / "experiment.yaml").write_text("seed: 1\n")
        self.assertIn("did not come to its end", self.refused(1, "report", str(self.folder / "other")))
        (self.folder / "other" / "result.json").write_text("{}")
        (self.folder / "other" / "manifest.json").write_text('{"schema":"parley.experiment/9"}')
        self.assertIn("has the form 'parley.experiment/9'", self.refused(1, "report", str(self.folder / "other")))

    def test_a_dry_run_says_what_would_be(self):
        done = self.parley("run", str(SOURCE / "tools" / "topology" / "experiments" / "node_dies.yaml"), "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("A node dies", done.stdout)
        self.assertIn("20s kill owner of group 7", done.stdout)
        self.assertRegex(done.stdout, r"messages +1[78]\d\d in 1m, 30/s")
        self.has_left_nothing()
        again = self.parley("run", str(SOURCE / "tools" / "topology" / "experiments" / "node_dies.yaml"), "--dry-run")
        self.assertEqual(again.stdout, done.stdout)


if __name__ == "__main__":
    unittest.main()
