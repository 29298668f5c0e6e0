#include "tools/parley/bench/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/stop_request.hpp"

namespace parley::bench {

namespace {

constexpr std::uint64_t identify_id = 1;
constexpr std::uint64_t sync_id = 2;
constexpr nanoseconds answer_within = 20 * second_ns;

std::string_view text_of(simdjson::dom::object object, std::string_view member) {
  std::string_view value;
  if (object[member].get_string().get(value) != simdjson::SUCCESS) return {};
  return value;
}

[[noreturn]] void refused(std::size_t session, simdjson::dom::object frame) {
  simdjson::dom::object error;
  if (frame["error"].get_object().get(error) != simdjson::SUCCESS)
    throw bench_failure{
        fmt::format("session {} got a reply that is no reply: {}", session + 1, simdjson::minify(frame))};
  throw bench_failure{fmt::format("session {} was refused: {}: {}", session + 1, text_of(error, "code"),
                                  text_of(error, "message"))};
}

}  // namespace

sessions::sessions(connection_loop& loop) : loop_(loop) { loop_.handle_with(*this); }

void sessions::open(const std::vector<std::string>& tokens, std::size_t together, nanoseconds within) {
  const auto deadline = now_ns() + within;
  const auto wanted = opened_.size() + tokens.size();
  const auto first = opened_.size();
  tokens_ = &tokens;
  while (synced_ < wanted) {
    while (opened_.size() < wanted && opened_.size() - synced_ < together) {
      loop_.connect();
      opened_.push_back({step::connecting, static_cast<std::uint32_t>(opened_.size() - first), 0});
    }
    loop_.run_once(std::min(deadline, now_ns() + second_ns));
    if (stop_request::came())
      throw bench_failure{fmt::format("interrupted with {} of {} sessions open", synced_, wanted)};
    if (now_ns() > deadline)
      throw bench_failure{fmt::format("only {} of {} sessions were identified and synced within {} s",
                                      synced_, wanted, within / second_ns)};
  }
  tokens_ = nullptr;
}

std::string sessions::call(std::size_t session, std::string_view op, std::string_view d) {
  waited_ = {session, ++last_call_, false, {}};
  post(session, waited_.id, op, d);
  const auto deadline = now_ns() + answer_within;
  while (!waited_.done) {
    loop_.run_once(deadline);
    if (stop_request::came()) throw bench_failure{"interrupted before the load began"};
    if (now_ns() > deadline)
      throw bench_failure{fmt::format("{} was not answered within {} s", op, answer_within / second_ns)};
  }
  return std::move(waited_.d);
}

void sessions::wait_for_head(std::size_t session, std::uint64_t head) {
  const auto deadline = now_ns() + answer_within;
  while (opened_[session].head < head) {
    loop_.run_once(deadline);
    if (stop_request::came()) throw bench_failure{"interrupted before the load began"};
    if (now_ns() > deadline)
      throw bench_failure{fmt::format("session {} was not shown entry {} within {} s", session + 1, head,
                                      answer_within / second_ns)};
  }
}

void sessions::post(std::size_t session, std::uint64_t id, std::string_view op, std::string_view d) {
  text_.clear();
  fmt::format_to(std::back_inserter(text_), R"({{"id":{},"op":"{}","d":{}}})", id, op, d);
  loop_.send(session, text_);
}

void sessions::on_text(std::size_t session, const char* text, std::size_t size, nanoseconds read_at) {
  static_assert(connection_loop::readable_behind >= simdjson::SIMDJSON_PADDING);
  simdjson::dom::object frame;
  if (parser_.parse(text, size, false).get_object().get(frame) != simdjson::SUCCESS)
    throw bench_failure{fmt::format("session {} got what is no JSON object: {}", session + 1,
                                    std::string_view{text, std::min<std::size_t>(size, 200)})};
  std::string_view event;
  if (frame["ev"].get_string().get(event) == simdjson::SUCCESS)
    return on_event(session, event, frame, read_at);
  std::uint64_t id = 0;
  if (frame["id"].get_uint64().get(id) != simdjson::SUCCESS) refused(session, frame);
  bool ok = false;
  if (frame["ok"].get_bool().get(ok) != simdjson::SUCCESS || !ok) refused(session, frame);
  if (id < own_ids) return on_own_reply(session, id, frame);
  if (observer_ != nullptr) observer_->on_reply(session, id, frame, read_at);
}

void sessions::on_event(std::size_t session, std::string_view name, simdjson::dom::object frame,
                        nanoseconds read_at) {
  if (name == "entry") {
    simdjson::dom::object entry;
    if (frame["d"].get_object().get(entry) != simdjson::SUCCESS) refused(session, frame);
    if (observer_ != nullptr) return observer_->on_entry(session, entry, read_at);
    if (entry["seq"].get_uint64().get(opened_[session].head) != simdjson::SUCCESS) refused(session, frame);
    return;
  }
  auto& state = opened_[session];
  if (name == "hello" && state.now == step::connecting) {
    simdjson::dom::element limits;
    if (limits_.empty() && frame["d"]["limits"].get(limits) == simdjson::SUCCESS)
      limits_ = simdjson::minify(limits);
    state.now = step::identifying;
    post(session, identify_id, "identify", fmt::format(R"({{"token":"{}"}})", (*tokens_)[state.token]));
    return;
  }
  ++(name == "lagging" ? counted_.lagging : counted_.others);
}

void sessions::on_own_reply(std::size_t session, std::uint64_t id, simdjson::dom::object frame) {
  auto& state = opened_[session];
  if (id == identify_id && state.now == step::identifying) {
    state.now = step::syncing;
    post(session, sync_id, "sync", "{}");
    return;
  }
  if (id == sync_id && state.now == step::syncing) {
    state.now = step::synced;
    ++synced_;
    simdjson::dom::array conversations;
    if (frame["d"]["conversations"].get_array().get(conversations) != simdjson::SUCCESS)
      refused(session, frame);
    if (conversations.size() != 0 &&
        conversations.at(0)["head"].get_uint64().get(state.head) != simdjson::SUCCESS)
      refused(session, frame);
    return;
  }
  if (session == waited_.session && id == waited_.id && !waited_.done) {
    simdjson::dom::element d;
    if (frame["d"].get(d) == simdjson::SUCCESS) waited_.d = simdjson::minify(d);
    waited_.done = true;
    return;
  }
  throw bench_failure{
      fmt::format("session {} got a reply to a request that it did not make, or a second one: {}",
                  session + 1, simdjson::minify(frame))};
}

}  // namespace parley::bench
