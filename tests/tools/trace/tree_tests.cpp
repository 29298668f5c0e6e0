#include <gmock/gmock.h>

#include <algorithm>

#include "tests/tools/trace/sample.hpp"
#include "tools/parley/trace/critical_path.hpp"
#include "tools/parley/trace/rows.hpp"
#include "tools/parley/trace/summary.hpp"

// From spans to a tree, the way that the answer waited for, rows and numbers.

namespace parley::trace {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> names_on(const trace_tree& tree, const critical_path& path) {
  std::vector<std::string> out;
  for (const auto& each : path.steps) out.push_back(tree.at(each.span).node + ' ' + tree.at(each.span).name);
  return out;
}

span made(std::string id, std::string parent, std::string name, std::int64_t at, std::int64_t took) {
  span out;
  out.trace = "t";
  out.id = std::move(id);
  out.parent = std::move(parent);
  out.node = "node-1";
  out.kind = "session";
  out.name = std::move(name);
  out.at_ns = at;
  out.took_ns = took;
  return out;
}

TEST(span_test, IsWrittenAsItWasRead) {
  const auto what = sample();
  const auto again = read_collection(to_json(what)).value();
  EXPECT_EQ(to_json(again), to_json(what));
  EXPECT_EQ(what.spans.size(), 65U);
  EXPECT_EQ(what.sent.size(), 2U);
}

TEST(span_test, AMistakeNamesItsPlace) {
  const std::pair<const char*, const char*> mistakes[]{
      {R"({"taken_at":1,"lost":0,"missing":[]})", "spans is missing"},
      {R"({"taken_at":1,"lost":0,"missing":[],"spans":{}})", "spans is no array"},
      {R"({"schema":"parley.traces/9","taken_at":1,"lost":0,"missing":[],"spans":[]})", "parley.traces/9"},
      {R"({"taken_at":1,"lost":-1,"missing":[],"spans":[]})", "lost is no whole number"},
      {R"({"taken_at":1,"lost":0,"missing":[{"node":1,"why":""}],"spans":[]})", "missing[0].node is no text"},
      {R"({"taken_at":1,"lost":0,"missing":[],"spans":[{"trace":"xyz"}]})", "spans[0].trace is not 16"},
      {R"({"taken_at":"noon","lost":0,"missing":[],"spans":[]})", "taken_at is no time"},
      {"[]", "no object"}};
  for (const auto& [text, words] : mistakes) {
    const auto read = read_collection(client::parse_json(text).value());
    ASSERT_TRUE(read.has_error()) << text;
    EXPECT_THAT(read.error().message, HasSubstr(words));
  }
  for (const auto* moment : {"12x", "-1", "", "99999999999999999999", "1.5"}) {
    auto value = to_json(sample());
    value["spans"].as_array()[0].as_object()["at_ns"] = moment;
    const auto read = read_collection(value);
    ASSERT_TRUE(read.has_error()) << moment;
    EXPECT_THAT(read.error().message, HasSubstr("spans[0].at_ns is no text of nanoseconds"));
  }
  auto value = to_json(sample());
  value["spans"].as_array()[5].as_object()["took_ns"] = std::int64_t{9'000'000'000'000'000'000};
  EXPECT_THAT(read_collection(value).error().message, HasSubstr("spans[5].took_ns is more than a day"));
}

TEST(span_test, KeepsAChosenTraceWithWhatItShares) {
  auto what = sample();
  keep_only(what, {second_message});
  EXPECT_EQ(what.spans.size(), 62U);
  EXPECT_EQ(what.sent.size(), 2U);
  keep_only(what, {first_message});
  EXPECT_EQ(what.spans.size(), 49U);
}

TEST(tree_test, HasOneRootAndEverySpanOnce) {
  const auto store = store_of(sample());
  const auto tree = make_tree(first_message, store);
  ASSERT_TRUE(tree.root);
  EXPECT_EQ(tree.at(*tree.root).name, "request");
  EXPECT_EQ(tree.tops.size(), 1U);
  EXPECT_EQ(tree.orphans, 0U);
  EXPECT_EQ(tree.backwards, 1U) << "on the node whose clock is behind";
  EXPECT_EQ(tree.spans.size(), store.of(first_message).size());
  EXPECT_THAT(tree.nodes(), ElementsAre("node-1", "node-2", "node-3"));
}

TEST(tree_test, TakesOverTheChildrenOfWhatASharedSpanContinues) {
  const auto store = store_of(sample());
  const auto first = make_tree(first_message, store);
  const auto tree = make_tree(second_message, store);
  const auto own = store.of(second_message).size();
  EXPECT_THAT(tree.continued, ElementsAre(first_message));
  EXPECT_THAT(tree.unknown, IsEmpty());
  // The first trace's fan-out, without the 12 spans before it and the span that is continued.
  EXPECT_EQ(tree.spans.size(), own + first.spans.size() - 13);
  const auto shared =
      std::ranges::find_if(tree.spans, [](const auto& each) { return each.what->name == "shared"; });
  EXPECT_EQ(shared->children.size(), 3U);
  for (const auto child : shared->children) EXPECT_EQ(tree.at(child).trace, first_message);
}

TEST(tree_test, SaysWhatIsSharedAndNotHere) {
  auto store = store_of(sample());
  store.forget(first_message);
  const auto tree = make_tree(second_message, store);
  EXPECT_THAT(tree.unknown, ElementsAre(first_message));
}

TEST(tree_test, SpansWithoutTheirParentsAreTopsOfTheirOwn) {
  const auto store = store_of(sample());
  const auto tree = make_tree(torn_edit, store);
  EXPECT_EQ(tree.orphans, 1U);
  ASSERT_EQ(tree.tops.size(), 2U);
  EXPECT_EQ(tree.tops.front(), *tree.root);
  EXPECT_EQ(tree.at(tree.tops.back()).name, "conversation_answered");
}

TEST(tree_test, ACircleOfADamagedFileIsCut) {
  span_store store;
  store.add(made("a", "b", "one", 5, 1));
  store.add(made("b", "a", "two", 6, 1));
  store.add(made("c", "c", "self", 7, 1));
  const auto tree = make_tree("t", store);
  EXPECT_EQ(tree.tops.size(), 2U);
  EXPECT_EQ(rows_of(tree, find_critical_path(tree), folding::on).size(), 3U);
}

TEST(tree_test, NothingIsATreeToo) {
  const span_store empty;
  const auto tree = make_tree("unknown", empty);
  EXPECT_THAT(tree.spans, IsEmpty());
  EXPECT_THAT(find_critical_path(tree).steps, IsEmpty());
}

TEST(critical_path_test, LeadsFromTheRequestOverTheCommitToTheReply) {
  const auto store = store_of(sample());
  const auto tree = make_tree(first_message, store);
  const auto path = find_critical_path(tree);
  EXPECT_TRUE(path.is_whole);
  EXPECT_THAT(names_on(tree, path),
              ElementsAre("node-1 request", "node-1 requests_received", "node-1 send_to_peer", "node-2 link",
                          "node-2 ask_conversation", "node-2 append_entries", "node-2 commit",
                          "node-2 batch_finished", "node-2 send_to_peer", "node-1 link",
                          "node-1 conversation_answered", "node-1 write_reply"));
  EXPECT_EQ(path.latency_ns, 2'243'000 + 11'000 + 22'000);
  EXPECT_EQ(path.steps.front().took_ns, 9'000) << "until the next one began";
  EXPECT_EQ(path.steps.back().took_ns, 33'000) << "the last until its end";
  EXPECT_EQ(path.steps[6].took_ns, 2'034'000 - 272'000);
  std::int64_t sum = 0;
  for (const auto& each : path.steps) sum += each.took_ns;
  EXPECT_EQ(sum, path.latency_ns);
}

TEST(critical_path_test, WhatNoSpanCoversIsNotExplained) {
  span_store store;
  store.add(made("a", "", "request", 100, 10));
  store.add(made("b", "a", "commit", 130, 50));
  store.add(made("c", "b", "write_reply", 170, 30));
  const auto path = find_critical_path(make_tree("t", store));
  EXPECT_EQ(path.latency_ns, 100);
  EXPECT_EQ(path.explained_ns, 80) << "110 to 130 is in no span; 170 to 180 is in two and counted once";
}

TEST(critical_path_test, WithoutAReplyItEndsAtTheCommitAndHasNoLatency) {
  span_store store;
  store.add(made("a", "", "request", 100, 10));
  store.add(made("b", "a", "commit", 130, 50));
  const auto path = find_critical_path(make_tree("t", store));
  EXPECT_FALSE(path.is_whole);
  EXPECT_EQ(path.steps.size(), 2U);
  EXPECT_FALSE(path.latency_ns);
  const auto whole = store_of(sample());
  const auto torn = find_critical_path(make_tree(torn_edit, whole));
  EXPECT_THAT(torn.steps, IsEmpty());
}

TEST(rows_test, LikeChildrenAreOneRowAndSoAreTheirChildren) {
  const auto store = store_of(sample());
  const auto tree = make_tree(first_message, store);
  const auto path = find_critical_path(tree);
  const auto rows = rows_of(tree, path, folding::on);
  const auto of = [&](const std::string& node, const std::string& name) {
    return std::ranges::find_if(rows, [&](const row& each) {
      return tree.at(each.spans.front()).node == node && tree.at(each.spans.front()).name == name;
    });
  };
  EXPECT_EQ(of("node-3", "entries_delivered")->spans.size(), 6U);
  EXPECT_EQ(of("node-3", "write_event")->spans.size(), 6U);
  EXPECT_EQ(of("node-2", "entries_delivered")->spans.size(), 4U);
  std::size_t spans = 0;
  for (const auto& each : rows) spans += each.spans.size();
  EXPECT_EQ(spans, tree.spans.size()) << "nothing is hidden";
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(rows, &row::is_critical)), path.steps.size());
  const auto all = rows_of(tree, path, folding::off);
  EXPECT_EQ(all.size(), tree.spans.size());
}

TEST(rows_test, TheOnlyChildStandsBelowAndSeveralBranchOff) {
  span_store store;
  store.add(made("a", "", "request", 1, 1));
  store.add(made("b", "a", "one", 2, 1));
  store.add(made("c", "b", "left", 3, 1));
  store.add(made("d", "b", "right", 4, 1));
  store.add(made("e", "c", "below", 5, 1));
  const auto tree = make_tree("t", store);
  std::vector<std::string> drawn;
  for (const auto& each : rows_of(tree, find_critical_path(tree), folding::on))
    drawn.push_back(each.branch + tree.at(each.spans.front()).name);
  EXPECT_THAT(drawn, ElementsAre("request", "one", "├ left", "│ below", "└ right"));
}

TEST(rows_test, ATreeAsDeepAsItIsLongIsDrawnToo) {
  span_store store;
  store.add(made("0", "", "request", 0, 1));
  for (int i = 1; i < 20'000; ++i) {
    store.add(made(std::to_string(i), std::to_string(i - 1), "deep", i, 1));
    store.add(made(std::to_string(i) + "x", std::to_string(i - 1), "other", i, 1));
  }
  const auto tree = make_tree("t", store);
  EXPECT_EQ(rows_of(tree, find_critical_path(tree), folding::on).size(), 39'999U);
}

TEST(numbers_test, PercentilesAreByNearestRank) {
  EXPECT_EQ(percentile({}, 50), 0);
  EXPECT_EQ(percentile({7}, 99), 7);
  EXPECT_EQ(percentile({4, 1, 3, 2}, 50), 2);
  std::vector<std::int64_t> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  EXPECT_EQ(percentile(hundred, 99), 99);
  const auto spread = spread_of({5, 1, 9});
  EXPECT_THAT((std::vector{spread.least, spread.middle, spread.most}), ElementsAre(1, 5, 9));
}

std::vector<measured_trace> measured(const span_store& store) {
  std::vector<measured_trace> out;
  for (const auto& each : store.traces()) out.push_back(measure(make_tree(each, store)));
  return out;
}

const session_of_requests own_session{"node-1", "s31"};

TEST(summary_test, MessagesGetTheirTracesInOrder) {
  const auto what = sample();
  auto sent = what.sent;
  match(sent, measured(store_of(what)), own_session);
  EXPECT_EQ(sent[0].trace, first_message);
  EXPECT_EQ(sent[1].trace, second_message);
}

TEST(summary_test, WhenATraceIsMissingTheOthersAreFoundByTime) {
  auto what = sample();
  auto store = store_of(what);
  what.sent.push_back({"", "12", 9, what.sent[0].began_at_ns + 90'000'000, 1'000'000});
  match(what.sent, measured(store), own_session);
  EXPECT_EQ(what.sent[0].trace, first_message);
  EXPECT_EQ(what.sent[1].trace, second_message);
  EXPECT_EQ(what.sent[2].trace, "");
}

TEST(summary_test, RequestsOfOtherSessionsAreNobodysMessages) {
  const auto what = sample();
  auto traces = measured(store_of(what));
  auto other = traces.front();
  other.session = session_of_requests{"node-2", "s31"};
  other.trace = "somebody else's";
  traces.insert(traces.begin(), other);
  auto sent = what.sent;
  match(sent, traces, own_session);
  EXPECT_EQ(sent[0].trace, first_message);
}

TEST(summary_test, TheTableHasEachStepInItsOrder) {
  const auto what = sample();
  const auto table = summary_table(what.sent, measured(store_of(what)));
  EXPECT_THAT(table, AllOf(HasSubstr("2 messages, 2 traced"), HasSubstr("MEDIAN"), HasSubstr("2.28ms"),
                           HasSubstr("spans explain "), HasSubstr("log_writer commit")));
  EXPECT_LT(table.find("connection request"), table.find("log_writer commit"));
  EXPECT_LT(table.find("log_writer commit"), table.find("connection write_reply"));
  EXPECT_THAT(summary_table(what.sent, {}), Not(HasSubstr("MEDIAN")));
}

}  // namespace
}  // namespace parley::trace
