#include <gmock/gmock.h>

#include <mutex>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "actors/inspection/inspector.hpp"
#include "tests/transport/support/running_server.hpp"

// Two servers, each with an inspector: what one of them answers about both.

namespace parley::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr incarnation_id first_node{1};
constexpr incarnation_id second_node{2};

/// Knows the nodes, and one token.
class desk_of_nodes : public operator_desk {
public:
  explicit desk_of_nodes(std::string token) : token_(std::move(token)) {
    cluster.now = 100'000;
    cluster.owners.resize(shard_count);
    cluster.owned_since.resize(shard_count);
    add("node-1", first_node);
  }
  void add(std::string name, incarnation_id incarnation, timestamp_ms beat_at = 100'000) {
    node_record node;
    node.name = std::move(name);
    node.incarnation = incarnation;
    node.version = "1.0";
    node.beat_at = beat_at;
    cluster.nodes.push_back(std::move(node));
  }
  [[nodiscard]] bool is_operator(std::string_view token) const override { return token == token_; }
  void list_accounts(std::string, std::string, std::size_t, callback<accounts_page>) override {}
  void set_use(std::string, account_use, callback<account_record>) override {}
  void reset_password(std::string, std::string, callback<account_record>) override {}
  void begin_epoch(callback<std::string>) override {}
  void show_cluster(callback<cluster_view> done) override {
    if (fails) return done(failure{errc::unavailable, "the database cannot be reached", {}});
    done(cluster);
  }
  void find_place(place_question, callback<place_found>) override {}
  void ask_to_drain(std::string, callback<cluster_view>) override {}

  cluster_view cluster;
  bool fails = false;

private:
  std::string token_;
};

/// The way between two servers of this process; the calls are answered by the other one as any are.
class short_way : public call_forwarding {
public:
  std::shared_ptr<short_way> other;
  bool is_cut = false;

  [[nodiscard]] std::string mark() const override { return "0123456789abcdef"; }
  [[nodiscard]] std::optional<incarnation_id> marked(std::string_view /*mark*/) const override { return {}; }
  void forward(incarnation_id /*node*/, forwarded_call call, std::chrono::milliseconds within,
               answered respond) override {
    EXPECT_LE(within, std::chrono::seconds{2});
    if (is_cut) return respond(failure{errc::unavailable, "the node does not answer", {}});
    other->ask(std::move(call), std::move(respond));
  }
  void serve(server answers) override {
    const std::scoped_lock lock{mutex_};
    server_ = std::move(answers);
  }
  void give_up() override {}

private:
  void ask(forwarded_call call, const answered& respond) {
    const std::scoped_lock lock{mutex_};
    server_(std::move(call), [respond](forwarded_answer answer) { respond(std::move(answer)); });
  }

  std::mutex mutex_;
  server server_;
};

class OperatorTopology : public ServerTest {
protected:
  ~OperatorTopology() override {
    stop();
    if (second) second->stop(std::chrono::seconds{5});
    // They know each other.
    if (way) way->other.reset();
  }

  void start_two(const std::string& token_of_second = "operator") {
    desk.add("node-2", second_node);
    way = std::make_shared<short_way>();
    way->other = std::make_shared<short_way>();
    options.desk = &desk;
    options.topology = &source;
    options.forwarding = way;
    start();
    second_desk = std::make_unique<desk_of_nodes>(token_of_second);
    server_options others;
    others.port = 0;
    others.desk = second_desk.get();
    others.topology = &second_source;
    others.forwarding = way->other;
    second = std::make_unique<server>(others, gateway, people);
    ASSERT_TRUE(second->start().has_value());
  }
  void start_alone() {
    options.desk = &desk;
    options.topology = &source;
    start();
  }

  int call(std::string_view method, std::string_view what, std::string_view json = "",
           std::string_view token = "operator") {
    auto client = this->client();
    std::string head =
        std::string(method) + " /v1/operator/topology" + std::string(what) + " HTTP/1.1\r\nHost: a\r\n";
    if (!token.empty()) head += "Authorization: Bearer " + std::string(token) + "\r\n";
    if (!json.empty())
      head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n";
    client.send_bytes(head + "\r\n" + std::string(json));
    const int answered = client.read_http_answer();
    body = client.body;
    return answered;
  }

  desk_of_nodes desk{"operator"};
  std::unique_ptr<desk_of_nodes> second_desk;
  inspector source{{"node-1", first_node, "1.0", inspection_level::kinds, "secret"}};
  inspector second_source{{"node-2", second_node, "1.0", inspection_level::kinds, "secret"}};
  std::shared_ptr<short_way> way;
  std::unique_ptr<server> second;
  std::string body;
};

TEST_F(OperatorTopology, ShowsBothNodes) {
  start_two();
  EXPECT_EQ(call("GET", "?top=3"), 200) << body;
  EXPECT_THAT(body,
              AllOf(HasSubstr(R"({"name":"node-1","incarnation":"1")"),
                    HasSubstr(R"({"name":"node-2","incarnation":"2")"), Not(HasSubstr(R"("missing":")"))));
  EXPECT_EQ(call("GET", "?local=true"), 200);
  EXPECT_THAT(body, Not(HasSubstr("node-2")));
  EXPECT_EQ(call("GET", "?node=node-2"), 200);
  EXPECT_THAT(body, AllOf(HasSubstr(R"("answered_by":"node-1")"), Not(HasSubstr(R"("name":"node-1")"))));
}

TEST_F(OperatorTopology, SaysWhichNodesAreMissingAndWhy) {
  desk.add("node-3", {3}, 1'000);
  start_two("another token");
  EXPECT_EQ(call("GET", ""), 200);
  EXPECT_THAT(body, AllOf(HasSubstr(R"("missing":"it answered 401: this is not the operator's token")"),
                          HasSubstr(R"("missing":"it is gone: it has not been heard of for 99 s")")));
  way->is_cut = true;
  EXPECT_EQ(call("GET", ""), 200);
  EXPECT_THAT(body, HasSubstr(R"("missing":"the node does not answer")"));
}

TEST_F(OperatorTopology, AsksNoEarlierLifeOfANode) {
  desk.add("node-1", {7}, 90'000);
  start_alone();
  EXPECT_EQ(call("GET", ""), 200);
  EXPECT_THAT(body, AllOf(Not(HasSubstr(R"("incarnation":"7")")), HasSubstr(R"("incarnation":"1")")));
}

TEST_F(OperatorTopology, RaisesTheLevelOfBoth) {
  start_two();
  EXPECT_EQ(call("POST", "/level", R"({"level":"counts","for_s":60})"), 200) << body;
  EXPECT_THAT(body, AllOf(HasSubstr(R"({"level":"counts","until":"20)"), HasSubstr(R"("missing":[]})")));
  EXPECT_EQ(call("POST", "/level", R"({"level":"kinds"})"), 200);
  EXPECT_EQ(body, R"({"level":"kinds","until":null,"missing":[]})");
  way->is_cut = true;
  EXPECT_EQ(call("POST", "/level", R"({"level":"kinds"})"), 200);
  EXPECT_THAT(body, HasSubstr(R"("missing":[{"node":"node-2","why":"the node does not answer"}])"));
}

TEST_F(OperatorTopology, IsForTheOperatorOnly) {
  start_alone();
  for (const auto* path : {"", "?local=true", "/changes", "/level"}) {
    EXPECT_EQ(call("GET", path, "", ""), 401) << path;
    EXPECT_EQ(call("GET", path, "", "wrong"), 401) << path;
  }
}

TEST_F(OperatorTopology, RefusesWhatItDoesNotKnow) {
  start_alone();
  EXPECT_EQ(call("POST", "", "{}"), 405);
  EXPECT_EQ(call("GET", "/level"), 405);
  EXPECT_EQ(call("POST", "/changes", "{}"), 405);
  EXPECT_EQ(call("GET", "/other"), 404);
  EXPECT_EQ(call("GET", "?colour=red"), 400);
  EXPECT_EQ(call("GET", "?node=node-9"), 400);
  EXPECT_THAT(body, HasSubstr("there is no node 'node-9'; the nodes are node-1"));
  EXPECT_EQ(call("POST", "/level"), 415);
  EXPECT_EQ(call("POST", "/level?x=1", R"({"level":"kinds"})"), 400);
  for (const auto* json : {"{", "[]", "{}", R"({"level":1})", R"({"level":"edges","for_s":0})",
                           R"({"level":"edges","for_s":86401})", R"({"level":"edges","until":5})"})
    EXPECT_EQ(call("POST", "/level", json), 400) << json;
}

TEST_F(OperatorTopology, NeedsTheDatabaseOnlyForTheOthers) {
  start_alone();
  desk.fails = true;
  EXPECT_EQ(call("GET", ""), 503);
  EXPECT_EQ(call("POST", "/level", R"({"level":"edges"})"), 503);
  EXPECT_EQ(call("GET", "?local=true"), 200);
  EXPECT_THAT(body, HasSubstr(R"("level":"kinds")"));
  EXPECT_EQ(call("GET", "/changes"), 200);
}

}  // namespace
}  // namespace parley::testing
