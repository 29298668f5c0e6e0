#include "tools/parley/demo/talk.hpp"

#include <fmt/format.h>

#include <array>
#include <variant>

#include "tools/parley/bench/stop_request.hpp"

namespace parley::demo {

using client::outcome;
using client::problem;
using client::trouble;
namespace json = client::json;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// For whoever watches: these say nothing by themselves.
constexpr std::size_t quiet_people = 2;
constexpr auto answer_within = 20s;
/// How long somebody waits for a node that is gone before they go to another one.
constexpr auto patience = 500ms;
constexpr std::size_t unconfirmed_max = 50;

constexpr std::array names{"alice", "bob",  "carol", "dave",  "erin", "frank", "grace", "heidi",
                           "ivan",  "judy", "karl",  "laura", "mike", "nina",  "oscar", "peggy",
                           "quinn", "rosa", "sam",   "tina",  "uwe",  "vera",  "will",  "xenia"};
constexpr std::array texts{"Good morning, everybody.",
                           "Has anybody seen the keys of the meeting room?",
                           "The build is green again.",
                           "Lunch at half past twelve?",
                           "I am in.",
                           "Ten more minutes, then I am done.",
                           "Who has the minutes of yesterday?",
                           "They are in the folder, second page.",
                           "Thank you!",
                           "The train is late, start without me.",
                           "Could somebody look at the second paragraph?",
                           "Looks good to me.",
                           "I moved our meeting to three.",
                           "Fine with me.",
                           "There is cake in the kitchen.",
                           "Was cake in the kitchen.",
                           "Shall we ship it?",
                           "After the last test.",
                           "Which node are you on, by the way?",
                           "No idea. Does it matter?",
                           "Apparently not."};

std::string name_of(std::size_t index) {
  return index < names.size() ? names[index] : fmt::format("guest-{}", index + 1);
}

}  // namespace

talk::talk(boost::asio::io_context& loop, const nodes& where, double per_second)
    : loop_(loop), where_(where), per_second_(per_second), key_begin_(fmt::format("{:08x}", chance_())) {}

outcome<void> talk::begin(std::size_t count, const std::string& password) {
  if (auto made = make_accounts(count, password); made.has_error()) return made;
  if (auto made = make_groups(); made.has_error()) return made;
  if (per_second_ > 0)
    for (std::size_t i = quiet_people; i < people_.size(); ++i) come(people_[i]);
  next_ = steady_clock::now();
  return {};
}

outcome<void> talk::make_accounts(std::size_t count, const std::string& password) {
  for (std::size_t i = 0; i < count; ++i) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted"};
    names_.push_back(name_of(i));
    const auto& at = where_.all()[i % where_.all().size()].at;
    const auto made = client::create_account(at, names_.back(), password);
    if (made.has_error()) return made.error();
    const auto* refused = std::get_if<client::account_refusal>(&*made);
    if (refused != nullptr && refused->kind != client::refusal_kind::taken)
      return problem{trouble::failed, fmt::format("cannot make {}: {}", names_.back(), refused->message)};
    const auto signed_in = client::sign_in(at, names_.back(), password);
    if (signed_in.has_error()) return signed_in.error();
    if (const auto* why = std::get_if<client::account_refusal>(&*signed_in))
      return problem{trouble::failed, fmt::format("cannot sign {} in: {}", names_.back(), why->message)};
    auto& who = people_.emplace_back();
    who.who = std::get<client::signed_in_user>(*signed_in);
    who.node = i % where_.all().size();
  }
  return {};
}

outcome<void> talk::make_groups() {
  client::live_session::handlers none{[] {}, [](std::string_view, const json::object&) {},
                                      [](const std::string&, std::chrono::milliseconds) {},
                                      [](const problem&) {},
                                      []() -> outcome<std::string> {
                                        return problem{trouble::failed, "the token is refused"};
                                      }};
  client::live_session alice{loop_, where_.all().front().at, people_.front().who.token, std::move(none)};
  alice.start();
  std::vector<std::size_t> all;
  std::vector<std::size_t> odd;
  std::vector<std::size_t> even;
  for (std::size_t i = 0; i < people_.size(); ++i) {
    all.push_back(i);
    if (i < quiet_people || i % 2 == 1) odd.push_back(i);
    if (i < quiet_people || i % 2 == 0) even.push_back(i);
  }
  for (const auto& [name, members] : {std::pair{"Everybody", all}, {"Lunch", odd}, {"Project", even}}) {
    auto made = make_group(alice, name, members);
    if (made.has_error()) return made.error();
    for (const auto each : members) people_[each].groups.push_back(groups_.size());
    groups_.push_back({name, std::move(*made)});
  }
  alice.stop();
  return {};
}

outcome<std::string> talk::make_group(client::live_session& by, const std::string& name,
                                      const std::vector<std::size_t>& members) {
  json::array ids;
  for (const auto each : members)
    if (each != 0) ids.emplace_back(people_[each].who.id);
  // By its key, it is the same group whenever this demo is started with as many people.
  const auto key = fmt::format("demo-{}-{}", name, people_.size());
  auto answered = std::make_shared<std::optional<client::reply>>();
  by.request("create_group", {{"key", key}, {"name", name}, {"members", std::move(ids)}},
             [answered](const client::reply& answer) { *answered = answer; });
  const auto deadline = steady_clock::now() + answer_within;
  while (!*answered) {
    if (bench::stop_request::came()) return problem{trouble::failed, "interrupted"};
    if (steady_clock::now() > deadline)
      return problem{trouble::unreachable, fmt::format("no node made the group {} in time", name)};
    loop_.restart();
    loop_.run_for(50ms);
  }
  if ((*answered)->ok) return client::text_of((*answered)->d, "conversation");
  return problem{trouble::failed, fmt::format("cannot make the group {}: {}", name, (*answered)->message)};
}

void talk::come(person& who) {
  who.is_online = false;
  who.changed = steady_clock::now();
  who.session = std::make_unique<client::live_session>(
      loop_, where_.all()[who.node].at, who.who.token,
      client::live_session::handlers{[&who] {
                                       who.is_online = true;
                                       who.changed = steady_clock::now();
                                       // Whoever has not synced is shown nothing, and these are to be like
                                       // people.
                                       who.session->request_once("sync",
                                                                 {{"have", json::object{}}, {"tail", 1}},
                                                                 [](const client::reply&) {});
                                     },
                                     [](std::string_view, const json::object&) {},
                                     [&who](const std::string&, std::chrono::milliseconds) {
                                       if (who.is_online) who.changed = steady_clock::now();
                                       who.is_online = false;
                                     },
                                     [&who](const problem&) { who.is_online = false; },
                                     [&who]() -> outcome<std::string> { return who.who.token; }});
  who.session->start();
  // The same keys: what was written after all is not written again.
  for (const auto& each : who.unconfirmed) say(who, each.first);
}

void talk::say(person& who, const std::string& key) {
  const auto& what = who.unconfirmed.at(key);
  who.session->request("send", {{"conversation", what.conversation}, {"key", key}, {"text", what.text}},
                       [this, &who, key](const client::reply& answer) {
                         if (answer.ok) ++said_;
                         who.unconfirmed.erase(key);
                       });
}

void talk::say_something() {
  const auto pick = [this](std::size_t from, std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{from, count - 1}(chance_);
  };
  auto& who = people_[pick(quiet_people, people_.size())];
  if (!who.is_online || who.unconfirmed.size() >= unconfirmed_max) return;
  const auto& to = groups_[who.groups[pick(0, who.groups.size())]];
  const auto key = fmt::format("demo-{}-{}", key_begin_, ++last_key_);
  who.unconfirmed[key] = {to.id, texts[pick(0, texts.size())]};
  say(who, key);
}

void talk::go_on() {
  const auto now = steady_clock::now();
  for (auto& who : people_) {
    if (!who.session || who.is_online || now - who.changed < patience || where_.serves(who.node)) continue;
    for (std::size_t i = 1; i < where_.all().size(); ++i) {
      const auto other = (who.node + i) % where_.all().size();
      if (!where_.serves(other)) continue;
      who.node = other;
      come(who);
      break;
    }
  }
  if (is_paused_ || per_second_ <= 0 || people_.size() <= quiet_people) return;
  while (next_ <= now) {
    say_something();
    // Not like a clock.
    const auto mean = 1.0 / per_second_;
    next_ += std::chrono::duration_cast<steady_clock::duration>(
        std::chrono::duration<double>{std::uniform_real_distribution{0.2 * mean, 1.8 * mean}(chance_)});
    if (now - next_ > 1s) next_ = now;
  }
}

void talk::leave() {
  for (auto& who : people_)
    if (who.session) who.session->stop();
  // Time for their farewells, so that no node waits for them.
  loop_.restart();
  loop_.run_for(200ms);
  for (auto& who : people_) who.session.reset();
}

bool talk::toggle() {
  is_paused_ = !is_paused_;
  next_ = steady_clock::now();
  return !is_paused_;
}

}  // namespace parley::demo
