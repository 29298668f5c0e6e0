#include "tools/parley/experiment/manifest.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <span>

#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

namespace json = client::json;

namespace {

struct column_text {
  const char* name;
  const char* unit;
  const char* meaning;
};

struct file_text {
  const char* name;
  const char* about;
  std::span<const column_text> columns = {};
};

constexpr column_text sends_columns[]{
    {"message", "", "number of the message, from 0, in the order planned; its key is e-NUMBER"},
    {"person", "", "who sent it: people.csv"},
    {"group", "", "where: groups.csv"},
    {"planned_us", "µs since time_zero", "when it was to be sent; the same in every run of the same file"},
    {"sent_us", "µs since time_zero",
     "when it was first handed to a session, which may have had no connection; empty: never"},
    {"acknowledged_us", "µs since time_zero",
     "when the node's good answer was read; empty: never. Less planned_us it is what somebody waited"},
    {"seq", "", "its place in the log, as the answer said; empty: none"},
    {"attempts", "", "sessions that it was handed to: more than 1 when its person had to go elsewhere"},
    {"characters", "characters", "length of its text (ASCII)"},
    {"error", "", "code of the refusal, if it was refused for good"}};
constexpr column_text deliveries_columns[]{
    {"at_us", "µs since time_zero", "when the member's client had read it; what came before is at 0"},
    {"person", "", "the member who was shown it"},
    {"connection", "", "that person's how manieth connection, from 1"},
    {"group", "", "in which group"},
    {"seq", "", "its place in the group's log"},
    {"message", "", "which message: sends.csv; empty: the entry is none, but the making of the group"},
    {"how", "", "push: as an event; sync: on coming back; history: read to fill a hole"}};
constexpr column_text sessions_columns[]{
    {"at_us", "µs since time_zero", "when the client noticed; what came before is at 0"},
    {"person", "", "whose session"},
    {"connection", "", "that person's how manieth connection, from 1"},
    {"node", "", "at which node, or (moves) to which one"},
    {"what", "", "online, offline, moves (gives its node up), gave up (for good)"},
    {"why", "", "as the client saw it"}};
constexpr column_text people_columns[]{{"person", "", "number, from 1; 1 writes most"},
                                       {"name", "", "of the account"},
                                       {"id", "", "in the topology: person:ID"},
                                       {"node", "", "where the first session was"}};
constexpr column_text groups_columns[]{{"group", "", "number, from 1"},
                                       {"name", "", "of the group"},
                                       {"id", "", "in the topology: conversation:ID"},
                                       {"members", "people", "how many"}};
constexpr column_text members_columns[]{{"group", "", "groups.csv"}, {"person", "", "people.csv"}};
constexpr column_text faults_columns[]{
    {"fault", "", "number, from 1"},
    {"said", "", "as the experiment says it"},
    {"what", "", "kill, freeze, drain, restart, start"},
    {"nodes", "", "whom it met, with blanks between; postgres"},
    {"planned_us", "µs since time_zero", "when it was to happen"},
    {"began_us", "µs since time_zero", "when it did; empty: the run ended before"},
    {"over_us", "µs since time_zero",
     "kill, drain: the process had ended; freeze: it went on; restart, start: it served; empty: not seen"},
    {"note", "", "what was unusual"}};
constexpr column_text events_columns[]{{"at_us", "µs since time_zero", "when it was noticed"},
                                       {"what", "", "ended, serves, database_ready"},
                                       {"node", "", "which node; empty for the database"},
                                       {"detail", "", "for people"}};
constexpr column_text metrics_columns[]{
    {"at_us", "µs since time_zero", "when the node was asked"},
    {"node", "", "which one"},
    {"metric", "",
     "as GET /metrics calls it (config/OPERATIONS.md); up: 1 if it answered within 0.9 s, else 0"},
    {"labels", "", "as there, in braces; empty: none"},
    {"value", "as the metric's name says",
     "a series begins with its first value that is not 0. Counters begin at 0 when a node starts"}};

constexpr std::array listed_files{
    file_text{"experiment.yaml", "The experiment, as it was read."},
    file_text{"result.json",
              "What came out: counts, the check of the history, latencies; whether it ended early."},
    file_text{"sends.csv", "A row for each message, as its sender saw it.", sends_columns},
    file_text{"deliveries.csv", "A row for each entry that a member was shown, in the order of the clock.",
              deliveries_columns},
    file_text{"sessions.csv", "A row whenever a session came or went.", sessions_columns},
    file_text{"people.csv", "A row for each person.", people_columns},
    file_text{"groups.csv", "A row for each group.", groups_columns},
    file_text{"members.csv", "A row for each member of each group.", members_columns},
    file_text{"faults.csv", "A row for each fault.", faults_columns},
    file_text{"events.csv", "A row for each thing that happened to a node or to PostgreSQL.", events_columns},
    file_text{"metrics.csv", "Each node's metrics, in the long form: a row for each series and look.",
              metrics_columns},
    file_text{
        "topology.rec",
        "The actors and who sends to whom, as `parley topology record` writes it, with ids as in people.csv "
        "and groups.csv; `parley topology replay topology.rec` and the page /topology read it."},
    file_text{
        "spans.jsonl",
        "Spans of the traced messages, one JSON object a line, as GET /v1/operator/traces answers them."},
    file_text{"nodes", "Each node's configuration, as it understood it."},
    file_text{"logs", "What nodes and PostgreSQL logged."}};

void indent_into(std::string& out, const json::value& what, std::size_t depth) {
  const std::string inner(2 * (depth + 1), ' ');
  const std::string outer(2 * depth, ' ');
  if (const auto* object = what.if_object(); object != nullptr && !object->empty()) {
    out += "{\n";
    std::size_t left = object->size();
    for (const auto& each : *object) {
      out += inner + json::serialize(json::value(each.key())) + ": ";
      indent_into(out, each.value(), depth + 1);
      out += --left == 0 ? "\n" : ",\n";
    }
    out += outer + "}";
  } else if (const auto* array = what.if_array(); array != nullptr && !array->empty()) {
    out += "[\n";
    std::size_t left = array->size();
    for (const auto& each : *array) {
      out += inner;
      indent_into(out, each, depth + 1);
      out += --left == 0 ? "\n" : ",\n";
    }
    out += outer + "]";
  } else {
    out += what.is_double() ? fmt::format("{:.6g}", what.get_double()) : json::serialize(what);
  }
}

}  // namespace

json::object manifest(const settings& from, json::object surroundings, std::string_view time_zero,
                      const std::filesystem::path& folder) {
  json::array listed;
  for (const auto& each : listed_files) {
    // Everything else is there in the end.
    if (std::string_view{each.name} == "spans.jsonl" && !std::filesystem::exists(folder / each.name))
      continue;
    json::object file{{"name", each.name}, {"about", each.about}};
    json::array columns;
    for (const auto& column : each.columns)
      columns.push_back(
          json::object{{"name", column.name}, {"unit", column.unit}, {"meaning", column.meaning}});
    if (!columns.empty()) file["columns"] = std::move(columns);
    listed.push_back(std::move(file));
  }
  return {{"schema", folder_schema},
          {"name", from.name},
          {"about", from.about},
          {"seed", from.seed},
          {"time_zero", time_zero},
          {"nodes", from.nodes},
          {"made_with", std::move(surroundings)},
          {"files", std::move(listed)}};
}

std::string folder_readme(const settings& from) {
  return fmt::format(R"(# {}

{}{}A run of `parley experiment`: {} nodes, {} people in {} groups, about {:g} messages a second for {}.
`manifest.json` says what each file and column is and in which unit, `result.json` what came out, and
`manifest.json` under `made_with` which programs and which machine it was.

## To repeat it

```
parley experiment run experiment.yaml --output another-folder
```

The same file (it has the seed: {}) gives the same people, groups, messages, texts and moments of sending and of
faults, with any parley of the same form of folder (`{}`). What is measured differs, by chance and by machine.

## To look at it

```
parley experiment report .                       # report.html, one page with plots
parley topology replay topology.rec --at +10s    # the actors at a moment
```

With pandas:

```python
import pandas

sends = pandas.read_csv("sends.csv")
deliveries = pandas.read_csv("deliveries.csv")
faults = pandas.read_csv("faults.csv")
metrics = pandas.read_csv("metrics.csv")

# What people waited, in ms, by second of the load: median and 99th percentile.
sends["waited_ms"] = (sends.acknowledged_us - sends.planned_us) / 1000
print(sends.groupby(sends.planned_us // 1_000_000).waited_ms.quantile([0.5, 0.99]).unstack())

# From sending to the last member's screen.
shown = deliveries.dropna(subset=["message"]).groupby("message").at_us.max()
print(((shown - sends.set_index("message").sent_us) / 1000).describe())

# Mailboxes by kind of actor over time, all nodes together.
waiting = metrics[metrics.metric == "parley_actor_mailbox_messages"]
print(waiting.pivot_table(index=waiting.at_us // 1_000_000, columns="labels", values="value", aggfunc="sum"))

# Spans, if there are any.
# spans = pandas.read_json("spans.jsonl", lines=True, dtype={{"trace": str, "span": str, "parent": str}})
```

A gap in `metrics.csv` is a node that did not answer (`up` is 0). Times of clients are of one monotonic clock, so
they can be subtracted; the nodes' clocks (in `topology.rec` and spans) are the machine's, which is the same one
here, and `time_zero` in `manifest.json` joins the two.
)",
                     from.name, from.about, from.about.empty() ? "" : "\n\n", from.nodes, from.people,
                     from.groups, from.rate, duration_text(from.duration), from.seed, folder_schema);
}

std::string indented(const json::value& what) {
  std::string out;
  indent_into(out, what, 0);
  return out;
}

}  // namespace parley::experiment
