#include "transport/polling/polling_sessions.hpp"

#include <simdjson.h>
#include <sys/random.h>

#include <array>
#include <utility>
#include <vector>

#include "transport/protocol/json_writer.hpp"

namespace parley {

namespace {

constexpr std::chrono::milliseconds crowded_pause{5'000};

/// 192 random bits of the kernel as hex behind the mark: who does not know a name does not guess it. Nothing
/// if the kernel has none to give.
std::optional<std::string> new_name(const std::string& mark) {
  std::array<unsigned char, 24> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name = mark;
  for (const auto byte : random) {
    name += digits[byte >> 4U];
    name += digits[byte & 15U];
  }
  return name;
}

errc code_named(std::string_view name) {
  for (auto i = 0; i <= static_cast<int>(errc::internal); ++i)
    if (to_text(static_cast<errc>(i)) == name) return static_cast<errc>(i);
  return errc::internal;
}

/// What the answer to `identify` says, as the answer to the call that makes a session.
outcome<std::string> created(const std::string& session, std::string_view reply) {
  simdjson::dom::parser parser;
  simdjson::dom::element whole;
  bool ok = false;
  if (parser.parse(reply).get(whole) || whole["ok"].get(ok))
    return failure{errc::internal, "the session gave no answer", {}};
  if (!ok) {
    std::string_view code;
    std::string_view message;
    std::int64_t wait = 0;
    failure refused;
    if (!whole["error"]["code"].get(code)) refused.code = code_named(code);
    if (!whole["error"]["message"].get(message)) refused.message = message;
    if (!whole["error"]["retry_after_ms"].get(wait)) refused.retry_after = std::chrono::milliseconds{wait};
    return refused;
  }
  std::string_view user;
  std::string_view name;
  std::string_view node;
  std::string body;
  json_writer to{body};
  to.raw("{").member("session").text(session);
  if (!whole["d"]["user"]["id"].get(user) && !whole["d"]["user"]["name"].get(name))
    to.member("user").raw("{").member("id").text(user).member("name").text(name).raw("}");
  if (!whole["d"]["node"].get(node)) to.member("node").text(node);
  to.raw("}");
  return body;
}

}  // namespace

void polling_sessions::create(std::string token, std::optional<std::string> device, const std::string& peer,
                              polling_answer respond) {
  auto name = new_name(mark_);
  if (!name) return respond(failure{errc::internal, "the system has no random numbers", {}});
  const auto made = std::make_shared<polling_session>(token, rules_, options_.idle_timeout);
  std::optional<failure> refused;
  {
    const std::scoped_lock lock{mutex_};
    if (stopping_)
      refused = failure{errc::unavailable, "the node stops: connect again", {}};
    else if (sessions_.size() >= options_.sessions_max)
      refused = failure{errc::overloaded, "the node has as many polling sessions as it takes", crowded_pause};
    else
      sessions_.emplace(*name, made);
  }
  if (refused) return respond(*refused);
  made->belongs_to(gateway_.open(made, peer));
  client_request identify;
  identify.bytes = token.size();
  identify.op = request::identify{std::move(token), std::move(device)};
  ops_body first;
  first.requests.push_back(std::move(identify));
  made->ask(std::move(first),
            [made, session = *name, respond = std::move(respond)](const outcome<std::string>& reply) {
              // Nobody knows the name of a session that has ended already.
              if (reply.has_error()) {
                made->end();
                return respond(failure{errc::unavailable, reply.error().message, {}});
              }
              auto answer = created(session, reply.value());
              if (answer.has_error()) made->end();
              respond(std::move(answer));
            });
}

std::shared_ptr<polling_session> polling_sessions::find(std::string_view name, std::string_view token) {
  const std::scoped_lock lock{mutex_};
  const auto found = sessions_.find(std::string{name});
  if (found == sessions_.end() || !found->second->is_of(token) || found->second->is_over()) return nullptr;
  return found->second;
}

void polling_sessions::look(polling_session::clock::time_point now) {
  std::vector<std::pair<std::string, std::shared_ptr<polling_session>>> all;
  {
    const std::scoped_lock lock{mutex_};
    all.assign(sessions_.begin(), sessions_.end());
  }
  std::erase_if(all, [now](const auto& each) { return !each.second->look(now); });
  const std::scoped_lock lock{mutex_};
  for (const auto& [name, over] : all) sessions_.erase(name);
}

void polling_sessions::shut_down() {
  std::unordered_map<std::string, std::shared_ptr<polling_session>> all;
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
    all.swap(sessions_);
  }
  for (const auto& [name, session] : all)
    session->close(close_code::restart, "the node stops: connect again");
}

std::size_t polling_sessions::size() const {
  const std::scoped_lock lock{mutex_};
  return sessions_.size();
}

}  // namespace parley
