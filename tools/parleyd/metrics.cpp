#include "tools/parleyd/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string_view>

#include "actors/contract/values/link_states.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/// One metric with all its labels' values, while it is being written down.
class family {
public:
  family(MetricType type, const char* name, const char* help) : made_{name, help, type, {}} {}

  family& add(double value, labels with = {}) {
    ClientMetric metric;
    metric.label = std::move(with);
    (made_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    made_.metric.push_back(std::move(metric));
    return *this;
  }
  family& add(const counter& of, labels with = {}) {
    return add(static_cast<double>(of.value()), std::move(with));
  }
  family& add(const level& of, labels with = {}) {
    // Adding up while others add may come out a little below nothing.
    return add(static_cast<double>(std::max<std::int64_t>(of.value(), 0)), std::move(with));
  }
  template <std::size_t Count>
  family& add(const histogram<Count>& of, labels with = {}) {
    ClientMetric metric;
    metric.label = std::move(with);
    auto& to = metric.histogram;
    for (std::size_t i = 0; i < Count; ++i) {
      to.sample_count += of.count(i);
      to.bucket.push_back({to.sample_count, of.bounds()[i]});
    }
    to.sample_count += of.count(Count);
    to.bucket.push_back({to.sample_count, std::numeric_limits<double>::infinity()});
    to.sample_sum = of.sum();
    made_.metric.push_back(std::move(metric));
    return *this;
  }
  family& add(const outcome_counters& of, const char* label, std::size_t from = 0) {
    for (auto i = from; i < outcome_counters::count; ++i)
      add(static_cast<double>(of.value(i)), {{label, std::string(outcome_counters::name(i))}});
    return *this;
  }
  void to(std::vector<MetricFamily>& all) { all.push_back(std::move(made_)); }

private:
  MetricFamily made_;
};

family counts(const char* name, const char* help) { return {MetricType::Counter, name, help}; }
family shows(const char* name, const char* help) { return {MetricType::Gauge, name, help}; }
family spreads(const char* name, const char* help) { return {MetricType::Histogram, name, help}; }

void add_clients(std::vector<MetricFamily>& all) {
  const auto& at = counters;
  shows("parley_connections", "Open connections of clients. HTTP includes those of polling sessions.")
      .add(at.websocket_connections[0], {{"transport", "websocket"}, {"tls", "false"}})
      .add(at.websocket_connections[1], {{"transport", "websocket"}, {"tls", "true"}})
      .add(at.http_connections[0], {{"transport", "http"}, {"tls", "false"}})
      .add(at.http_connections[1], {{"transport", "http"}, {"tls", "true"}})
      .to(all);
  shows("parley_sessions", "Open sessions of clients, those not identified yet included.")
      .add(at.websocket_sessions, {{"transport", "websocket"}})
      .add(at.polling_sessions, {{"transport", "polling"}})
      .to(all);
  counts("parley_connections_accepted_total", "Connections that were accepted.")
      .add(at.connections_accepted)
      .to(all);
  counts("parley_accept_errors_total",
         "Connections that could not be accepted, mostly for want of descriptors.")
      .add(at.accept_errors)
      .to(all);
  auto closed =
      counts("parley_sessions_closed_total",
             "Sessions that ended, by the close code that the server gave; none: the client ended it, "
             "or the connection broke.");
  for (std::size_t i = 0; i < close_counters::codes.size(); ++i)
    closed.add(static_cast<double>(at.closed.value(i)), {{"code", std::to_string(close_counters::codes[i])}});
  closed.add(static_cast<double>(at.closed.gone()), {{"code", "none"}}).to(all);
  auto responses = counts("parley_http_responses_total", "Answers over HTTP, by status.");
  for (std::size_t i = 0; i < at.http_responses.size(); ++i)
    if (const auto given = at.http_responses[i].load(); given > 0)
      responses.add(static_cast<double>(given), {{"code", std::to_string(i)}});
  responses.to(all);
}

void add_requests(std::vector<MetricFamily>& all) {
  const auto& at = counters;
  auto requests = counts("parley_requests_total", "Requests that sessions took, by op.");
  for (std::size_t i = 0; i < op_counters::names.size(); ++i)
    requests.add(static_cast<double>(at.requests.value(i)), {{"op", std::string(op_counters::names[i])}});
  requests.to(all);
  counts("parley_refusals_total", "Requests of sessions that were refused, by error code.")
      .add(at.refusals, "code", 1)
      .to(all);
  counts("parley_identifies_total", "Sessions that said who they are, by outcome.")
      .add(at.identifies, "outcome")
      .to(all);
  counts("parley_sign_ins_total", "Names and passwords that were tried for a token, by outcome.")
      .add(at.sign_ins, "outcome")
      .to(all);
  counts("parley_accounts_total", "Accounts that were asked for, by outcome; ok: made.")
      .add(at.accounts, "outcome")
      .to(all);
}

void add_deliveries(std::vector<MetricFamily>& all) {
  const auto& at = counters;
  counts("parley_deliveries_total",
         "Entries pushed to sessions: live, or later from the log to whoever missed them.")
      .add(at.delivered_live, {{"source", "live"}})
      .add(at.delivered_from_log, {{"source", "log"}})
      .to(all);
  shows(
      "parley_conversations_behind",
      "Conversations of sessions of which something is known to the session and not shown to its client yet.")
      .add(at.conversations_behind)
      .to(all);
  counts("parley_events_dropped_total",
         "Events refused because the client had limits.outbox_bytes waiting; entries among them follow from "
         "the log.")
      .add(at.events_dropped)
      .to(all);
  shows("parley_outbox_bytes", "Bytes pushed to clients that the kernel has not taken yet.")
      .add(at.outbox_bytes)
      .to(all);
}

void add_log(std::vector<MetricFamily>& all) {
  const auto& at = counters;
  counts("parley_entries_committed_total", "Entries that were written.").add(at.entries_committed).to(all);
  counts("parley_entries_repeated_total", "Entries asked for again with the same key; nothing was written.")
      .add(at.entries_repeated)
      .to(all);
  spreads("parley_commit_seconds", "How long the commit of a batch took.").add(at.commit_seconds).to(all);
  spreads("parley_commit_batch_entries", "How many entries a batch had.").add(at.batch_entries).to(all);
  counts("parley_commit_failures_total", "Batches that failed; their senders repeat them.")
      .add(at.batches_failed)
      .to(all);
  shows("parley_shards_held", "Shards that this node holds; 1024 when it is alone.")
      .add(static_cast<double>(at.shards_held.load()))
      .to(all);
  counts("parley_shards_lost_total", "Shards that were lost with a connection to the database.")
      .add(at.shards_lost)
      .to(all);
  counts("parley_postgres_connects_total", "Connections made to PostgreSQL, the first of each included.")
      .add(at.writer.connects, {{"role", "writer"}})
      .add(at.reader.connects, {{"role", "reader"}})
      .add(at.search.connects, {{"role", "search"}})
      .add(at.account.connects, {{"role", "accounts"}})
      .add(at.registry.connects, {{"role", "registry"}})
      .to(all);
  counts("parley_postgres_errors_total", "Calls to PostgreSQL that failed, attempts to connect included.")
      .add(at.writer.errors, {{"role", "writer"}})
      .add(at.reader.errors, {{"role", "reader"}})
      .add(at.search.errors, {{"role", "search"}})
      .add(at.account.errors, {{"role", "accounts"}})
      .add(at.registry.errors, {{"role", "registry"}})
      .to(all);
}

void add_link_states(std::vector<MetricFamily>& all) {
  double up = 0, cut = 0, messages = 0, bytes = 0;
  for (const auto& each : links_of_this_node.all()) {
    ++(each->is_up.load(std::memory_order_relaxed) ? up : cut);
    messages += static_cast<double>(each->kept_messages.load(std::memory_order_relaxed));
    bytes += static_cast<double>(each->kept_bytes.load(std::memory_order_relaxed));
  }
  shows("parley_links", "Links to other nodes, by whether their wire stands.")
      .add(up, {{"state", "up"}})
      .add(cut, {{"state", "cut"}})
      .to(all);
  shows("parley_link_lag_seconds",
        "How old the oldest message is that a peer has not acknowledged, of all links.")
      .add(std::chrono::duration<double>(links_of_this_node.lag()).count())
      .to(all);
  shows("parley_link_kept_messages", "Messages for other nodes that they have not acknowledged.")
      .add(messages)
      .to(all);
  shows("parley_link_kept_bytes", "Bytes of those messages.").add(bytes).to(all);
}

void add_links(std::vector<MetricFamily>& all) {
  add_link_states(all);
  const auto& at = counters.link;
  const auto both_ways = [&all](const char* name, const char* help, const counter& sent,
                                const counter& received) {
    counts(name, help).add(sent, {{"direction", "sent"}}).add(received, {{"direction", "received"}}).to(all);
  };
  both_ways("parley_link_messages_total", "Messages between nodes; those sent again after a cut count again.",
            at.messages_sent, at.messages_received);
  both_ways("parley_link_bytes_total", "Bytes between nodes, before TLS.", at.bytes_sent, at.bytes_received);
  both_ways("parley_link_frames_total", "Frames between nodes: what piled up leaves in one.", at.frames_sent,
            at.frames_received);
  counts("parley_link_streams_total",
         "Times that a link stood (again): it went on after a cut, or began anew and everything was stated "
         "again.")
      .add(at.resumed, {{"begun", "resumed"}})
      .add(at.begun_anew, {{"begun", "anew"}})
      .to(all);
  counts("parley_link_overflows_total",
         "Streams that ended because a peer took nothing and there was no more room.")
      .add(at.overflows)
      .to(all);
  counts("parley_link_requests_refused_total",
         "Requests that were answered overloaded because more than half of the room to a peer was taken.")
      .add(at.refused)
      .to(all);
  counts("parley_link_messages_lost_total",
         "Messages to a peer that there was no stream to; senders repeat them.")
      .add(at.lost)
      .to(all);
  counts("parley_link_broken_total", "Wires that were closed because what came over them made no sense.")
      .add(at.broken)
      .to(all);
  counts("parley_link_dial_failures_total", "Attempts to reach a peer that failed.")
      .add(at.dials_failed)
      .to(all);
  counts("parley_calls_forwarded_total",
         "Calls of polling clients that were handed to the node that has the session, by outcome; ok: it "
         "answered.")
      .add(counters.calls_forwarded, "outcome")
      .to(all);
  counts("parley_link_strangers_total", "Connections to the cluster port that were refused.")
      .add(at.strangers)
      .to(all);
}

void add_actors(std::vector<MetricFamily>& all) {
  auto living = shows("parley_actors", "Actors that live, by kind.");
  auto waiting = shows("parley_actor_mailbox_messages", "Messages in the mailboxes of all actors of a kind.");
  auto handled = counts("parley_actor_messages_total", "Messages that were handled, by kind of actor.");
  auto taken = spreads("parley_actor_handling_seconds", "How long one message took; one in 64 is measured.");
  const auto difference = [](std::uint64_t more, std::uint64_t less) {
    return static_cast<double>(more > less ? more - less : 0);
  };
  for_all_kinds([&](std::string_view kind, const kind_meter& meter) {
    const labels of{{"kind", std::string(kind)}};
    // What only grows and is subtracted is read first: the difference is never too small.
    const auto stopped = meter.stopped.value();
    const auto done = meter.handled.value() + meter.discarded.value();
    living.add(difference(meter.spawned.value(), stopped), of);
    waiting.add(difference(meter.enqueued.value(), done), of);
    handled.add(meter.handled, of);
    taken.add(meter.handling, of);
  });
  living.to(all);
  waiting.to(all);
  handled.to(all);
  taken.to(all);
}

}  // namespace

std::vector<MetricFamily> node_metrics::Collect() const {
  std::vector<MetricFamily> all;
  shows("parley_ready", "1 while the node serves: it holds its shards and its database answers; else 0.")
      .add(is_ready_() ? 1.0 : 0.0)
      .to(all);
  shows("parley_build_info", "Always 1; the version of the node.").add(1.0, {{"version", version_}}).to(all);
  add_clients(all);
  add_requests(all);
  add_deliveries(all);
  add_log(all);
  add_links(all);
  add_actors(all);
  add_process_metrics(all);
  return all;
}

std::string node_metrics::text() const {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, Collect());
  return std::move(text).str();
}

}  // namespace parley
