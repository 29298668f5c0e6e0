#include <gmock/gmock.h>
#include <simdjson.h>

#include "transport/operator_topology_json.hpp"
#include "transport/operator_topology_query.hpp"

// Snapshots of nodes as JSON, put together; and what may be asked.

namespace parley {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

actor_seen actor(std::uint64_t number, std::uint64_t handled, std::string entity = {}) {
  actor_seen seen;
  seen.number = number;
  seen.kind = "session";
  seen.entity = std::move(entity);
  seen.enqueued = seen.handled = handled;
  return seen;
}

topology_part part_of(std::string node, timestamp_ms cut_at) {
  topology_part part;
  part.node = std::move(node);
  part.incarnation = {7};
  part.version = "1.0";
  part.cut_at = cut_at;
  part.started_at = 1'000;
  return part;
}

snapshot_frame frame(topology_question question = {}) { return {5'000, "node-1", std::move(question)}; }

/// Of each element of an array of the snapshot, one of its members as text.
std::vector<std::string> column(const std::string& body, std::string_view array, std::string_view member) {
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  EXPECT_FALSE(parser.parse(body).get(whole)) << body;
  std::vector<std::string> all;
  simdjson::dom::array found;
  EXPECT_FALSE(whole[array].get(found)) << body;
  for (const auto each : found) {
    simdjson::dom::element value;
    EXPECT_FALSE(each[member].get(value)) << body;
    all.push_back(simdjson::minify(value));
  }
  return all;
}

constexpr std::size_t plenty = topology_part_bytes_max;

}  // namespace

TEST(TopologyJson, ShowsANodeAndLeavesNobodysNumbersOut) {
  auto part = part_of("node-1", 61'234);
  part.actors_alive = 2;
  part.actors = {actor(4, 9, "person:abc"), actor(5, 1)};
  part.actors[0].shard = 17;
  part.actors[0].parent = 3;
  part.actors[0].types = {{"ask \"it\"", 9}};
  part.actors[0].refused = {{"ask \"it\"", 2}};
  part.actors[0].name = "The \"Friends\"";
  part.actors[0].waited = {2, 1, 2, 1.5, 2.25};
  part.kinds = {{"session", 5, 3, 10, 10, 0}};
  const auto body = snapshot_body(part, plenty);
  EXPECT_THAT(
      body,
      AllOf(
          HasSubstr(
              R"({"id":"node-1/4","node":"node-1","kind":"session","entity":"person:abc","name":"The \"Friends\"","shard":17,)"
              R"("parent":"node-1/3","started_at":"1970-01-01T00:00:00.000Z")"),
          HasSubstr(
              R"("types":{"ask \"it\"":9},"refused":{"ask \"it\"":2},"waited_us":{"count":2,"p50":1.000,"p99":2.000,)"
              R"("max":1.500,"sum":2.250},"handling_us":null})"),
          HasSubstr(
              R"("id":"node-1/5","node":"node-1","kind":"session","entity":null,"shard":null,"parent":null)"),
          HasSubstr(R"({"node":"node-1","kind":"session","alive":2,"started":5,"stopped":3)"),
          HasSubstr(R"("cut_at":"1970-01-01T00:01:01.234Z")")));
  EXPECT_THAT(column(body, "nodes", "actors_shown"), ElementsAre("2"));
}

TEST(TopologyJson, LeavesActorsOutBeforeItIsTooLarge) {
  auto part = part_of("node-1", 1);
  for (std::uint64_t i = 1; i <= 100; ++i) part.actors.push_back(actor(i, i));
  part.actors_alive = 100;
  const auto whole = snapshot_body(part, plenty);
  const auto body = snapshot_body(part, whole.size() / 2);
  const auto shown = column(body, "actors", "id").size();
  EXPECT_LT(body.size(), whole.size() / 2 + 1'000);
  EXPECT_GT(shown, 40U);
  EXPECT_LT(shown, 60U);
  EXPECT_THAT(column(body, "nodes", "actors_shown"), ElementsAre(std::to_string(shown)));
  EXPECT_THAT(column(body, "nodes", "actors"), ElementsAre("100"));
}

TEST(TopologyMerge, GivesEdgesBetweenNodesTheLinksAtBothEnds) {
  auto one = part_of("node-1", 1'000);
  one.links = {{"node-2", 11}, {"node-3", 12}};
  one.edges = {{0, "node-2", 11, "entries_published", 8, 0, 800},
               {0, "node-3", 12, "entries_published", 1, 0, 9}};
  auto two = part_of("node-2", 1'250);
  two.links = {{"node-1", 21}};
  two.edges = {{0, "node-1", 21, "ask_conversation", 5, 1, 300}, {3, {}, 4, "x", 7, 0, {}}};
  missing_part dead{{}, "it does not answer"};
  dead.node.name = "node-3";
  dead.node.incarnation = {9};
  const auto body =
      merged_snapshot(frame(), {snapshot_body(two, plenty), snapshot_body(one, plenty)}, {dead});
  EXPECT_THAT(column(body, "edges", "from"),
              ElementsAre(R"("node-2/21")", R"("node-2/3")", R"("node-1/11")", R"("node-3/0")"));
  EXPECT_THAT(column(body, "edges", "to"),
              ElementsAre(R"("node-1/11")", R"("node-2/4")", R"("node-2/21")", R"("node-1/12")"));
  EXPECT_THAT(column(body, "edges", "count"), ElementsAre("8", "7", "5", "1"));
  EXPECT_THAT(column(body, "nodes", "name"), ElementsAre(R"("node-1")", R"("node-2")", R"("node-3")"));
  EXPECT_THAT(column(body, "nodes", "missing"), ElementsAre("null", "null", R"("it does not answer")"));
  EXPECT_THAT(body, AllOf(HasSubstr(R"("skew_ms":250)"), HasSubstr(R"("answered_by":"node-1")"),
                          HasSubstr(R"("taken_at":"1970-01-01T00:00:05.000Z")")));
}

TEST(TopologyMerge, KeepsTheHeaviestOfAllNodes) {
  auto one = part_of("node-1", 1'000);
  one.actors = {actor(1, 50), actor(2, 10)};
  one.flows = {{"person:a", "conversation:b", "message", 3, 0}};
  one.edges = {{1, {}, 2, "x", 3, 0, {}}};
  auto two = part_of("node-2", 1'000);
  two.actors = {actor(1, 40), actor(2, 60)};
  two.flows = {{"person:c", "conversation:b", "message", 4, 0}};
  two.edges = {{1, {}, 2, "x", 4, 0, {}}};
  topology_question question;
  question.top = 3;
  question.edges = 1;
  const auto body =
      merged_snapshot(frame(question), {snapshot_body(one, plenty), snapshot_body(two, plenty)}, {});
  EXPECT_THAT(column(body, "actors", "id"), ElementsAre(R"("node-2/2")", R"("node-1/1")", R"("node-2/1")"));
  EXPECT_THAT(column(body, "flows", "from"), ElementsAre(R"("person:c")"));
  EXPECT_THAT(column(body, "edges", "from"), ElementsAre(R"("node-2/1")"));
}

TEST(TopologyMerge, TakesNothingOfWhatIsNone) {
  for (const auto* none : {"", "{", "[]", "7", R"({"nodes":7,"actors":{}})"})
    EXPECT_THAT(merged_snapshot(frame(), {none}, {}),
                HasSubstr(R"("nodes":[],"kinds":[],"actors":[],"edges":[],"flows":[]})"))
        << none;
}

TEST(TopologyChanges, AreDenseAndSayWhy) {
  topology_changes told{"node-1", {7}, 12, 3, {}};
  told.changes.push_back({11, 1'000, true, 4, "session", "session:abc", {}, 0, {}});
  told.changes.push_back({12, 2'000, false, 5, "conversation", {}, 17, 2, "normal"});
  EXPECT_EQ(
      changes_body(told),
      R"({"node":"node-1","incarnation":"7","last":12,"lost":3,"changes":[)"
      R"({"n":11,"at":"1970-01-01T00:00:01.000Z","what":"started","actor":{"id":"node-1/4","kind":"session",)"
      R"("entity":"session:abc","shard":null,"parent":null}},)"
      R"({"n":12,"at":"1970-01-01T00:00:02.000Z","what":"stopped","actor":{"id":"node-1/5","kind":"conversation",)"
      R"("entity":null,"shard":17,"parent":"node-1/2"},"reason":"normal"}]})");
}

TEST(TopologyQuery, IsReadAndGoesToAnotherNodeAsItIs) {
  const std::vector<std::string> kinds{"a", "b", "c d"};
  const auto read = topology_query_in(
      "kind=a,c+d&kind=b&entity=person%3Ax&top=5&by=time&actors=false&edges=7&names=true&local=false&node=n%"
      "201",
      kinds);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const auto& wanted = read.value();
  EXPECT_THAT(wanted.question.kinds, ElementsAre("a", "c d", "b"));
  EXPECT_EQ(wanted.question.entity, "person:x");
  EXPECT_EQ(wanted.question.top, 5U);
  EXPECT_EQ(wanted.question.by, actor_order::time);
  EXPECT_FALSE(wanted.question.with_actors);
  EXPECT_EQ(wanted.question.edges, 7U);
  EXPECT_TRUE(wanted.question.with_names);
  EXPECT_EQ(wanted.node, "n 1");
  const auto again = topology_query_in(query_for_peer(wanted, 100'000), kinds);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE(again.value().is_local);
  EXPECT_EQ(again.value().bytes, 100'000U);
  EXPECT_EQ(again.value().question.kinds, wanted.question.kinds);
  EXPECT_EQ(again.value().question.entity, wanted.question.entity);
  EXPECT_EQ(again.value().question.top, wanted.question.top);
  EXPECT_EQ(again.value().question.by, wanted.question.by);
  EXPECT_EQ(again.value().question.edges, wanted.question.edges);
  EXPECT_FALSE(again.value().question.with_actors);
  EXPECT_TRUE(again.value().question.with_names);
}

TEST(TopologyQuery, IsRefusedWithWhatThereIs) {
  const std::vector<std::string> kinds{"relay", "session"};
  const std::pair<const char*, const char*> cases[] = {{"kind=cow", "the kinds are relay, session"},
                                                       {"kind=", "of the kind ''"},
                                                       {"top=0", "from 1 to 50000"},
                                                       {"top=50001", "from 1 to 50000"},
                                                       {"top=", "'top' is ''"},
                                                       {"edges=-1", "from 0 to 20000"},
                                                       {"bytes=1", "from 65536 to"},
                                                       {"names=1", "true or false"},
                                                       {"by=size", "messages, mailbox, time"},
                                                       {"entity=", "is empty"},
                                                       {"x=1", "there are kind, node, entity"}};
  for (const auto& [query, words] : cases) {
    const auto read = topology_query_in(query, kinds);
    ASSERT_TRUE(read.has_error()) << query;
    EXPECT_EQ(read.error().code, errc::bad_request);
    EXPECT_THAT(read.error().message, HasSubstr(words));
  }
  EXPECT_THAT(changes_query_in("wait=3").error().message, HasSubstr("there are after, wait_s, names"));
  EXPECT_TRUE(changes_query_in("after=1&after=2").has_error());
  EXPECT_EQ(changes_query_in("after=0&wait_s=25").value().wait_s, 25);
  EXPECT_FALSE(changes_query_in("").value().after);
}

}  // namespace parley
