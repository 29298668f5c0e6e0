#include "tests/actors/support/small_node.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>
#include <variant>

#include "tests/simulation/memory_cluster_registry.hpp"

namespace parley {

log_outcome<std::vector<append_result>> scripted_log::append(std::span<const append_item> batch) {
  batch_sizes.push_back(batch.size());
  if (failures.empty()) return memory_entry_log::append(batch);
  const auto why = failures.front();
  failures.pop_front();
  if (why != log_failure::contradicted) release();
  return why;
}

outcome<std::string> scripted_queries::epoch() {
  if (fails) return failure{errc::unavailable, "made to fail", {}};
  return memory_log_queries::epoch();
}

outcome<token_holder> scripted_queries::identify(std::string_view token) {
  if (fails) return failure{errc::unavailable, "made to fail", {}};
  return memory_log_queries::identify(token);
}

outcome<conversation_record> scripted_queries::load_conversation(conversation_id conversation) {
  if (fails) return failure{errc::unavailable, "made to fail", {}};
  return memory_log_queries::load_conversation(conversation);
}

outcome<entries_page> scripted_queries::history(user_id user, conversation_id conversation,
                                                std::optional<sequence> before, std::optional<sequence> after,
                                                std::size_t limit) {
  if (fails) return failure{errc::unavailable, "made to fail", {}};
  return memory_log_queries::history(user, conversation, before, after, limit);
}

request_id test_client::ask(client_request::operation op, std::optional<failure> defect) {
  client_request request;
  request.ordinal = ++requests_read_;
  request.id = static_cast<request_id>(request.ordinal);
  request.bytes = 100;
  request.op = std::move(op);
  request.defect = std::move(defect);
  const auto id = request.id;
  inbox->receive({std::move(request)});
  return id;
}

request_id test_client::send(conversation_id to, const std::string& key) {
  auto draft = std::make_shared<entry_draft>();
  draft->key = key;
  draft->text = "text of " + key;
  return ask(request::write{to, std::move(draft)});
}

void test_client::take() {
  events_waiting_ = 0;
  if (std::exchange(was_full_, false)) inbox->drained();
}

std::optional<errc> test_client::refusal(request_id id) const {
  const auto found = answers.find(id);
  if (found == answers.end() || found->second.has_value()) return std::nullopt;
  return found->second.error().code;
}

std::optional<written> test_client::receipt(request_id id) const {
  const auto found = answers.find(id);
  if (found == answers.end() || found->second.has_error()) return std::nullopt;
  const auto* done = std::get_if<written>(&found->second.value());
  return done == nullptr ? std::nullopt : std::optional(*done);
}

std::vector<sequence> test_client::shown(conversation_id of) const {
  std::vector<sequence> numbers;
  for (const auto& event : events)
    if (const auto* e = std::get_if<entry>(&event); e != nullptr && e->conversation == of)
      numbers.push_back(e->seq);
  return numbers;
}

outbox::admission test_client::push_event(frame event) {
  if (closed_with) return admission::closed;
  if (events_waiting_ >= events_waiting_max) {
    was_full_ = true;
    return admission::full;
  }
  ++events_waiting_;
  events.push_back(std::get<client_event>(frames_->content_of(event)));
  return admission::accepted;
}

void test_client::push_reply(frame reply) {
  const auto& content = std::get<simulation::answer_frame>(frames_->content_of(reply));
  answers.emplace(content.id, content.answer);
}

void test_client::close(close_code code, std::string /*reason*/) { closed_with = code; }

limits small_node::without_rates() {
  limits rules;
  rules.sends_per_second = 0;
  return rules;
}

small_node::small_node(limits rules)
    : store(std::make_shared<simulation::memory_store>([this] { return node.now_ms(); })),
      log(std::make_shared<scripted_log>(store)),
      queries(std::make_shared<scripted_queries>(store)) {
  store->add_user({ann, "Ann"}, "ann");
  store->add_user({bob, "Bob"}, "bob");
  store->add_user({eve, "Eve"}, "eve");
  store->on_commit([this](const entry& written) { committed.push_back(written); });
  simulation::simulated_node::parts parts;
  parts.writers = {log};
  parts.readers = {queries};
  parts.registry =
      std::make_shared<simulation::memory_cluster_registry>(store, "simulated", incarnation_id{7});
  parts.rules = rules;
  parts.new_conversation_id = [this] { return conversation_id{++last_conversation_}; };
  node.start(std::move(parts));
  settle();
}

small_node::~small_node() {
  for (const auto& client : clients_) client->inbox->closed();
  for (const auto& client : clients_) client->inbox.reset();
}

client_pointer small_node::connect() {
  auto client = std::make_shared<test_client>(node.frames());
  client->inbox = node.gateway().open(client, "");
  clients_.push_back(client);
  return client;
}

client_pointer small_node::sign_in(const std::string& token) {
  auto client = connect();
  client->ask(request::identify{token, {}});
  client->ask(request::sync{});
  settle();
  client->events.clear();
  return client;
}

void small_node::hang_up(const client_pointer& client) {
  client->inbox->closed();
  std::erase(clients_, client);
}

conversation_id small_node::make_group(const client_pointer& of) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->key = "group";
  draft->name = "Room";
  draft->members = {ann, bob};
  const auto asked = of->ask(request::create_group{std::move(draft)});
  settle();
  return std::get<reply::opened>(of->answers.at(asked).value()).conversation;
}

bool small_node::run_one() {
  auto& scheduler = node.scheduler();
  auto& jobs = scheduler.jobs;
  const auto next = std::ranges::find_if(jobs, [this](auto* job) { return !held_.contains(job); });
  if (next == jobs.end()) return false;
  std::rotate(jobs.begin(), next, next + 1);
  scheduler.run_once();
  return true;
}

void small_node::settle() {
  while (run_one()) {
  }
}

void small_node::run(int messages_max) {
  for (int i = 0; i < messages_max && run_one(); ++i) {
  }
}

void small_node::pass(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds step{100};
  settle();
  for (auto left = time; left.count() > 0; left -= step) {
    node.scheduler().advance_time(std::min(step, left));
    settle();
  }
}

}  // namespace parley
