"""Checks of files that `parley trace` writes for other programs, by what those programs ask of them.

Each check takes the spans as GET /v1/operator/traces answers them, and raises AssertionError with what is wrong.
"""

import collections
import json
import re


def by_id(spans: list[dict]) -> dict[tuple[str, str], dict]:
    """Spans by trace and span."""
    found = {(span["trace"], span["span"]): span for span in spans}
    assert len(found) == len(spans), "a span is there twice"
    return found


def handled_at(span: dict) -> int:
    return int(span["at_ns"]) + max(span["waited_ns"], 0)


def check_spans(traces: dict) -> None:
    """The collection by what tools/topology/TRACE.md says of it."""
    assert traces["schema"] == "parley.traces/1"
    by_id(traces["spans"])
    for span in traces["spans"]:
        for name in ("trace", "span"):
            assert re.fullmatch("[0-9a-f]{16}", span[name]), span
        assert span["parent"] is None or re.fullmatch("[0-9a-f]{16}", span["parent"]), span
        assert re.fullmatch("[0-9]{18,19}", span["at_ns"]), span
        assert all(isinstance(span[name], int) for name in ("waited_ns", "took_ns")), span
        assert span["node"] and span["kind"] and span["name"], span
        assert all(isinstance(value, (int, str)) for value in span["details"].values()), span


def check_chrome(text: str, spans: list[dict]) -> None:
    """Trace Event Format (JSON object): what chrome://tracing and Perfetto need to draw slices and arrows."""
    document = json.loads(text)
    events = document["traceEvents"]
    began = int(document["otherData"]["began_at_ns"])
    names = collections.defaultdict(dict)
    slices, arrows = collections.defaultdict(list), collections.defaultdict(dict)
    for event in events:
        assert {"ph", "ts", "pid", "tid", "name"} <= event.keys(), event
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int) and event["ts"] >= 0, event
        if event["ph"] == "M":
            assert event["args"]["name"], event
            names[event["name"]][event["pid"], event["tid"]] = event["args"]["name"]
        elif event["ph"] == "X":
            assert event["dur"] > 0, event
            slices[event["pid"], event["tid"]].append(event)
        elif event["ph"] in "sf":
            assert event["ph"] not in arrows[event["id"]], f"arrow {event['id']} has two ends of a kind"
            assert event["ph"] == "s" or event["bp"] == "e", event
            arrows[event["id"]][event["ph"]] = event
        else:
            raise AssertionError(f"nobody promised {event['ph']}")
    drawn = [event for events in slices.values() for event in events]
    known = by_id(spans)
    assert {(event["args"]["trace"], event["args"]["span"]) for event in drawn} == known.keys()
    processes = {pid: name for (pid, _), name in names["process_name"].items()}
    for place, events in slices.items():
        assert place in names["thread_name"], f"thread {place} has no name"
        events.sort(key=lambda event: event["ts"])
        for one, other in zip(events, events[1:]):
            assert one["ts"] + one["dur"] <= other["ts"] + 1e-6, f"slices overlap: {one}, {other}"
        for event in events:
            span = known[event["args"]["trace"], event["args"]["span"]]
            assert processes[place[0]] == span["node"], event
            assert abs(event["ts"] - (handled_at(span) - began) / 1000) < 0.01, event
            assert abs(event["dur"] - max(span["took_ns"], 1) / 1000) < 0.01, event
    parented = [span for span in spans if (span["trace"], span["parent"]) in known]
    assert len(arrows) == len(parented), (len(arrows), len(parented))
    for arrow in arrows.values():
        for end in arrow.values():
            inside = [s for s in slices[end["pid"], end["tid"]] if s["ts"] <= end["ts"] <= s["ts"] + s["dur"]]
            assert inside, f"an arrow hangs in the air: {end}"


def check_otlp(text: str, spans: list[dict]) -> None:
    """ExportTraceServiceRequest of opentelemetry-proto 1.x in its JSON encoding."""
    known = by_id(spans)
    seen = set()
    for resource in json.loads(text)["resourceSpans"]:
        attributes = {each["key"]: each["value"] for each in resource["resource"]["attributes"]}
        assert attributes["service.name"] == {"stringValue": "parley"}
        for scope in resource["scopeSpans"]:
            assert scope["scope"]["name"]
            for one in scope["spans"]:
                assert re.fullmatch("[0-9a-f]{32}", one["traceId"]) and int(one["traceId"], 16) != 0, one
                assert re.fullmatch("[0-9a-f]{16}", one["spanId"]) and int(one["spanId"], 16) != 0, one
                assert one["parentSpanId"] == "" or re.fullmatch("[0-9a-f]{16}", one["parentSpanId"]), one
                assert one["name"] and one["kind"] in range(6), one
                begin, end = one["startTimeUnixNano"], one["endTimeUnixNano"]
                assert isinstance(begin, str) and isinstance(end, str) and 0 < int(begin) <= int(end), one
                for attribute in one["attributes"]:
                    (kind, value), = attribute["value"].items()
                    assert kind in ("stringValue", "intValue") and isinstance(value, str), attribute
                    assert kind == "stringValue" or re.fullmatch("-?[0-9]+", value), attribute
                for link in one.get("links", []):
                    assert re.fullmatch("[0-9a-f]{32}", link["traceId"]), link
                    assert re.fullmatch("[0-9a-f]{16}", link["spanId"]), link
                span = known[one["traceId"][16:], one["spanId"]]
                assert (span["parent"] or "") == one["parentSpanId"] and span["at_ns"] == begin, one
                assert attributes["service.instance.id"] == {"stringValue": span["node"]}, one
                seen.add((span["trace"], span["span"]))
    assert seen == known.keys()


def before(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether the one vector clock is below the other."""
    return one != other and all(count <= other.get(host, 0) for host, count in one.items())


def check_shiviz(text: str, spans: list[dict]) -> None:
    """What ShiViz reads: two lines of regular expressions, then events; clocks that say what happened before."""
    reader, delimiter, log = text.split("\n", 2)
    as_python = [re.sub(r"\(\?<(\w+)>", r"(?P<\1>", line).replace("\\n", "\n") for line in (reader, delimiter)]
    known = by_id(spans)
    parts = re.split(as_python[1], log, flags=re.MULTILINE)
    assert parts[0] == "", "events before the first trace"
    for trace, events in zip(parts[1::2], parts[2::2]):
        clocks: dict[str, dict] = {}
        hosts: dict[str, str] = {}
        last: dict[str, dict] = {}
        found = list(re.finditer(as_python[0], events))
        assert "\n".join(match.group(0) for match in found) == events.strip("\n"), "lines that are in no event"
        for match in found:
            host, clock = match["host"], json.loads(match["clock"])
            own = last.get(host, {})
            assert clock[host] == own.get(host, 0) + 1, f"the clock of {host} does not grow by one: {match.group(0)}"
            assert all(count <= clock.get(name, 0) for name, count in own.items()), match.group(0)
            for name, count in clock.items():
                assert name == host or count <= last[name][name], f"it knows what {name} has not done yet: {match.group(0)}"
            last[host] = clock
            span = re.search(r"span ([0-9a-f]{16})\)$", match["event"])[1]
            clocks[span], hosts[span] = clock, host
        own_spans = {span["span"]: span for span in spans if span["trace"] == trace}
        assert clocks.keys() == own_spans.keys(), trace
        for span in own_spans.values():
            if (trace, span["parent"]) in known:
                assert before(clocks[span["parent"]], clocks[span["span"]]), f"{span} is not after its cause"
        check_no_more_than_happened(own_spans, clocks, hosts)


def check_no_more_than_happened(spans: dict, clocks: dict, hosts: dict) -> None:
    """A clock counts exactly what is reachable: causes, and what the same host did before."""
    order = sorted(spans, key=lambda span: sum(clocks[span].values()))
    before_here: dict[str, str] = {}
    past: dict[str, set] = {}
    for span in order:
        causes = [cause for cause in (spans[span]["parent"], before_here.get(hosts[span])) if cause in past]
        past[span] = {span}.union(*(past[cause] for cause in causes))
        before_here[hosts[span]] = span
        counted = collections.Counter(hosts[each] for each in past[span])
        assert counted == {host: count for host, count in clocks[span].items() if count}, (span, clocks[span], counted)
