#include "tools/parleyd/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "actors/contract/values/link_states.hpp"
#include "actors/contract/values/node_counters.hpp"
#include "actors/inspection/metered.hpp"

namespace parley {

namespace {

using testing::HasSubstr;
using testing::StartsWith;

node_metrics metrics() {
  return {"1.2.3", [] { return true; }};
}

/// The value of one line, by everything before the last space.
double value_of(const std::string& text, const std::string& series) {
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos) return -1;
  return std::stod(text.substr(at + series.size() + 2));
}

client_request asking(client_request::operation op) { return {1, 1, 10, 0, {}, std::move(op), {}}; }

client_request writing(entry_kind kind, user_id user = {}) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = kind;
  draft->user = user;
  return asking(request::write{{7}, draft});
}

std::string_view op_of(const client_request& request) {
  return op_counters::names.at(op_counters::index_of(request));
}

}  // namespace

TEST(Metrics, ShowTheVersionAndWhetherTheNodeIsReady) {
  const auto text = metrics().text();
  EXPECT_THAT(text, StartsWith("# HELP parley_ready "));
  EXPECT_EQ(value_of(text, "parley_ready"), 1);
  EXPECT_EQ(value_of(text, "parley_build_info{version=\"1.2.3\"}"), 1);
  EXPECT_THAT(node_metrics("1", [] { return false; }).text(), HasSubstr("parley_ready 0\n"));
}

TEST(Metrics, CountRefusalsByCodeAndRequestsByOp) {
  const auto before = metrics().text();
  counters.refusals.add(errc::not_found);
  counters.requests.add(writing(entry_kind::message));
  counters.requests.add(asking(request::unsupported{"what clients make up"}));
  const auto after = metrics().text();
  for (const auto* series :
       {"parley_refusals_total{code=\"not_found\"}", "parley_requests_total{op=\"send\"}",
        "parley_requests_total{op=\"unsupported\"}"})
    EXPECT_EQ(value_of(after, series), value_of(before, series) + 1) << series;
  EXPECT_THAT(after, Not(HasSubstr("make up")));
}

TEST(Metrics, ShowTheLinksAndWhatWaitsForThePeers) {
  const auto up = std::make_shared<link_state>();
  up->is_up = true;
  up->kept_messages = 3;
  up->kept_bytes = 500;
  up->oldest_since_ms = 1;  // the clock's beginning, long ago
  const auto cut = std::make_shared<link_state>();
  links_of_this_node.add(up);
  links_of_this_node.add(cut);
  const auto text = metrics().text();
  EXPECT_EQ(value_of(text, "parley_links{state=\"up\"}"), 1);
  EXPECT_EQ(value_of(text, "parley_links{state=\"cut\"}"), 1);
  EXPECT_EQ(value_of(text, "parley_link_kept_messages"), 3);
  EXPECT_EQ(value_of(text, "parley_link_kept_bytes"), 500);
  EXPECT_GT(value_of(text, "parley_link_lag_seconds"), 1);
  links_of_this_node.remove(up);
  links_of_this_node.remove(cut);
  const auto after = metrics().text();
  EXPECT_EQ(value_of(after, "parley_links{state=\"up\"}"), 0);
  EXPECT_EQ(value_of(after, "parley_link_lag_seconds"), 0);
}

TEST(Metrics, KnowEveryOpOfTheProtocolByItsName) {
  EXPECT_EQ(op_of(writing(entry_kind::message)), "send");
  EXPECT_EQ(op_of(writing(entry_kind::edit)), "edit");
  EXPECT_EQ(op_of(writing(entry_kind::erase)), "delete");
  EXPECT_EQ(op_of(writing(entry_kind::join, {3})), "add_member");
  EXPECT_EQ(op_of(writing(entry_kind::leave, {3})), "remove_member");
  EXPECT_EQ(op_of(writing(entry_kind::role, {3})), "set_role");
  EXPECT_EQ(op_of(writing(entry_kind::leave)), "leave");
  EXPECT_EQ(op_of(writing(entry_kind::rename)), "rename");
  EXPECT_EQ(op_of(asking(request::identify{})), "identify");
  EXPECT_EQ(op_of(asking(request::mark_read{})), "read");
  EXPECT_EQ(op_of(asking(request::logout{})), "logout");
  EXPECT_EQ(op_of(asking(request::signal{})), "signal");
  EXPECT_EQ(op_of(asking(request::watch_presence{})), "watch_presence");
  EXPECT_EQ(op_of(asking(request::create_group{})), "create_group");
}

TEST(Metrics, PutAValueOnABoundIntoTheBucketOfThatBound) {
  const auto before = metrics().text();
  counters.batch_entries.observe(8);
  counters.batch_entries.observe(9);
  counters.batch_entries.observe(1'000);
  const auto after = metrics().text();
  const auto grown = [&](const std::string& series) {
    return value_of(after, series) - value_of(before, series);
  };
  EXPECT_EQ(grown("parley_commit_batch_entries_bucket{le=\"4\"}"), 0);
  EXPECT_EQ(grown("parley_commit_batch_entries_bucket{le=\"8\"}"), 1);
  EXPECT_EQ(grown("parley_commit_batch_entries_bucket{le=\"16\"}"), 2);
  EXPECT_EQ(grown("parley_commit_batch_entries_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(grown("parley_commit_batch_entries_count"), 3);
  EXPECT_EQ(grown("parley_commit_batch_entries_sum"), 1'017);
}

TEST(Metrics, CountClosesByTheServersCodeAndThoseOfTheClientApart) {
  const auto before = metrics().text();
  counters.closed.add(close_code::device_replaced);
  counters.closed.add(1002);
  counters.closed.add(4999);  // none of ours
  counters.closed.add_gone();
  const auto after = metrics().text();
  for (const auto* code : {"4409", "1002", "none"}) {
    const auto series = "parley_sessions_closed_total{code=\"" + std::string(code) + "\"}";
    EXPECT_EQ(value_of(after, series), value_of(before, series) + 1) << series;
  }
}

TEST(Metrics, ShowTheActorsOfEachKindAndWhatWaitsForThem) {
  auto& meter = meter_of("test_kind");
  meter.spawned.add(5);
  meter.stopped.add(2);
  meter.enqueued.add(20);
  meter.handled.add(12);
  meter.discarded.add(1);
  meter.handling.observe(0.002);
  const auto text = metrics().text();
  EXPECT_EQ(value_of(text, "parley_actors{kind=\"test_kind\"}"), 3);
  EXPECT_EQ(value_of(text, "parley_actor_mailbox_messages{kind=\"test_kind\"}"), 7);
  EXPECT_EQ(value_of(text, "parley_actor_messages_total{kind=\"test_kind\"}"), 12);
  EXPECT_EQ(value_of(text, "parley_actor_handling_seconds_bucket{kind=\"test_kind\",le=\"0.001\"}"), 0);
  EXPECT_EQ(value_of(text, "parley_actor_handling_seconds_count{kind=\"test_kind\"}"), 1);
}

TEST(Metrics, SayWhatTheSystemSaysAboutTheProcess) {
  const auto text = metrics().text();
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1'000'000);
  EXPECT_GE(value_of(text, "process_open_fds"), 3);
  EXPECT_GE(value_of(text, "process_threads"), 1);
  EXPECT_GE(value_of(text, "process_cpu_seconds_total"), 0);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(value_of(text, "process_start_time_seconds"), now, 3'600);
}

}  // namespace parley
