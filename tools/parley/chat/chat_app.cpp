#include "tools/parley/chat/chat_app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/view/entry_text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::chat {

using client::problem;
using client::trouble;
using view::safe_text;
using namespace std::chrono_literals;

namespace {

/// How long what was typed may wait for the node when nobody types any more.
constexpr auto farewell_max = 60s;

}  // namespace

chat_app::chat_app(const chat_options& options, commands::signer& people, client::signed_in_user who)
    : options_(options),
      stop_signals_(loop_, SIGTERM, SIGHUP, SIGINT),
      patience_(loop_),
      screen_(is_terminal_here() ? terminal_screen(loop_) : plain_screen(loop_)),
      client_(loop_, people, std::move(who), client_handlers()) {}

chat_client::handlers chat_app::client_handlers() {
  chat_client::handlers called;
  called.listed = [this] { listed(); };
  called.changed = [this](room& of) { show_new(of); };
  called.reset = [this](room& of) {
    announced_.erase(of.info.id);
    screen_->note(fmt::format("the log of {} was restored from a backup; it is shown anew",
                              safe_text(of.title(client_.who().id))));
  };
  called.offline = [this](const std::string& why) {
    if (!is_listed_)
      return fail({trouble::unreachable, "the node does not answer: " + why + "; is it running?"});
    screen_->note(safe_text(why));
    show_prompt();
  };
  called.unsent_changed = [this] {
    if (client_.unsent() < chat_client::unsent_max / 2 && !is_opening_) screen_->take_input(true);
    show_prompt();
    leave_when_sent();
  };
  called.refused = [this](room& to, const outgoing_text& text, const std::string& why) {
    screen_->note(fmt::format("not sent to {}: {}: {}", safe_text(to.title(client_.who().id)), safe_text(why),
                              safe_text(text.text.substr(0, 60))));
    has_failed_ = true;
  };
  called.gave_up = [this](const problem& why) { fail(why); };
  return called;
}

int chat_app::run() {
  stop_signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
    if (!cancelled) finish(128 + signal);
  });
  is_opening_ = !options_.with.empty() || !options_.group.empty();
  screen_->take_input(false);
  screen_->start({[this](const std::string& line) { take_line(line); }, [this] { input_ended(); },
                  [this] { input_ended(); }});
  client_.start();
  loop_.run();
  client_.stop();
  screen_.reset();
  if (last_problem_) return commands::report(*last_problem_);
  // Time for the farewell to leave.
  loop_.restart();
  loop_.run_for(200ms);
  return exit_code_.value_or(0);
}

void chat_app::finish(int code) {
  exit_code_ = code;
  loop_.stop();
}

void chat_app::fail(const problem& why) {
  last_problem_ = why;
  finish(static_cast<int>(why.kind));
}

void chat_app::take_line(const std::string& line) {
  const auto command = read_command(line);
  if (command.what == chat_command::kind::nothing) return client_.session().hurry();
  carry_out(command);
}

void chat_app::carry_out(const chat_command& command) {
  using kind = chat_command::kind;
  switch (command.what) {
    case kind::text:
      return send_text(command.argument);
    case kind::list:
      return show_list();
    case kind::open:
      return open_by(command.argument);
    case kind::with:
      return open_person(command.argument);
    case kind::group:
      return make_group(command);
    case kind::more:
      return show_earlier();
    case kind::who:
      return show_who();
    case kind::help:
      return screen_->show(chat_help());
    case kind::quit:
      return input_ended();
    case kind::mistake:
      return screen_->note(safe_text(command.argument));
    case kind::nothing:
      return;
  }
}

void chat_app::send_text(const std::string& text) {
  if (is_opening_ && early_.size() < chat_client::unsent_max) return early_.push_back(text);
  auto* to = client_.find(open_);
  if (to == nullptr)
    return screen_->note(
        "no conversation is open, nothing was sent: /list and /open NUMBER, or /with PERSON");
  if (!client_.send(*to, text)) {
    has_failed_ = true;
    screen_->note(fmt::format("not taken: {} messages wait for the node already", chat_client::unsent_max));
  }
  if (client_.unsent() >= chat_client::unsent_max) screen_->take_input(false);
  show_prompt();
}

void chat_app::listed() {
  if (!is_listed_) {
    is_listed_ = true;
    open_wanted();
  } else {
    screen_->note("online again");
  }
  if (auto* at = client_.find(open_)) show_new(*at);
  if (!awaited_.empty()) await_room(awaited_);
  show_prompt();
}

void chat_app::open_wanted() {
  if (!options_.with.empty()) return open_person(options_.with);
  if (!options_.group.empty()) {
    std::vector<commands::listed_conversation> all;
    for (const auto& [id, each] : client_.rooms()) all.push_back(each.info);
    const auto found = commands::choose_group(options_.group, all);
    if (found.has_error()) return fail(found.error());
    return open_room(*found);
  }
  screen_->take_input(true);
  if (screen_->is_terminal()) show_list();
}

void chat_app::open_person(const std::string& name) {
  set_opening(true);
  const auto choose = [this, name](const client::json::array& found) {
    const auto person = commands::choose_person(name, found);
    if (person.has_error()) return could_not_open(person.error().message);
    open_direct(person->id);
  };
  if (name.size() < 2) return choose({});
  client_.ask("find_users", {{"prefix", name}, {"limit", 20}}, [this, choose](const client::reply& answer) {
    if (!answer.ok) return could_not_open(answer.message);
    choose(client::array_of(answer.d, "users"));
  });
}

void chat_app::open_direct(const std::string& user) {
  client_.ask("open_direct", {{"user", user}}, [this](const client::reply& answer) {
    if (!answer.ok) return could_not_open(answer.message);
    await_room(client::text_of(answer.d, "conversation"));
  });
}

void chat_app::could_not_open(const std::string& why) {
  // Whoever asked for it on the command line has nothing else to do here.
  if (open_.empty() && !screen_->is_terminal()) return fail({trouble::failed, why});
  screen_->note(safe_text(why));
  early_.clear();
  set_opening(false);
}

void chat_app::set_opening(bool is_opening) {
  is_opening_ = is_opening;
  screen_->take_input(!is_opening);
}

void chat_app::await_room(const std::string& id) {
  if (client_.find(id) != nullptr) return open_room(id);
  // Its event `conversation` is on the way, or it is in the next `sync`.
  awaited_ = id;
}

void chat_app::open_room(const std::string& id) {
  awaited_.clear();
  if (auto* left = client_.find(open_)) client_.look_at(*left, false);
  auto& at = *client_.find(id);
  open_ = id;
  client_.look_at(at, true);
  if (screen_->is_terminal()) {
    at.view.rewind(screen_->rows());
    screen_->note(fmt::format("{}  (/help shows the commands)", safe_text(at.title(client_.who().id))));
  }
  earliest_shown_ = 0;
  show_new(at);
  for (const auto& each : std::exchange(early_, {})) client_.send(at, each);
  set_opening(false);
  show_prompt();
}

void chat_app::open_by(const std::string& number_or_name) {
  const auto& order = client_.order();
  if (number_or_name.find_first_not_of("0123456789") == std::string::npos && number_or_name.size() < 7) {
    const auto number = std::stoul(number_or_name);
    if (number >= 1 && number <= order.size()) return open_room(order[number - 1]);
  }
  for (const auto& id : order) {
    const auto& each = *client_.find(id);
    if (id == number_or_name || each.title(client_.who().id) == number_or_name) return open_room(id);
  }
  screen_->note(fmt::format("there is no conversation {}; /list shows them, /with PERSON begins one",
                            safe_text(number_or_name)));
}

void chat_app::make_group(const chat_command& command) {
  set_opening(true);
  resolve_member(command.members, {}, command.argument);
}

void chat_app::resolve_member(std::vector<std::string> left, client::json::array found,
                              const std::string& group) {
  if (left.empty()) {
    client_.ask("create_group",
                {{"key", commands::random_key()}, {"name", group}, {"members", std::move(found)}},
                [this](const client::reply& answer) {
                  if (!answer.ok) return could_not_open(answer.message);
                  await_room(client::text_of(answer.d, "conversation"));
                });
    return;
  }
  auto name = std::move(left.back());
  left.pop_back();
  if (name.size() < 2) return could_not_open(fmt::format("nobody can be found by '{}': give an id", name));
  client_.ask("find_users", {{"prefix", name}, {"limit", 20}},
              [this, name, left = std::move(left), found = std::move(found),
               group](const client::reply& answer) mutable {
                if (!answer.ok) return could_not_open(answer.message);
                const auto person = commands::choose_person(name, client::array_of(answer.d, "users"));
                if (person.has_error()) return could_not_open(person.error().message);
                found.emplace_back(person->id);
                resolve_member(std::move(left), std::move(found), group);
              });
}

void chat_app::show_list() {
  if (client_.order().empty())
    return screen_->note("no conversations yet: /with PERSON begins one, /group NAME a,b makes a group");
  std::string text;
  std::size_t number = 0;
  for (const auto& id : client_.order()) {
    const auto& each = *client_.find(id);
    if (!text.empty()) text += '\n';
    text += fmt::format("{:>3}  {}{}", ++number, safe_text(each.title(client_.who().id)),
                        each.info.is_group ? fmt::format("  ({} members)", each.info.member_count) : "");
    if (id == open_) text += "  *";
  }
  screen_->show(text);
}

void chat_app::show_who() {
  const auto* at = client_.find(open_);
  if (at == nullptr) return screen_->note("no conversation is open");
  client_.ask("members", {{"conversation", open_}}, [this](const client::reply& answer) {
    if (!answer.ok) return screen_->note(safe_text(answer.message));
    std::string text;
    for (const auto& each : client::array_of(answer.d, "members")) {
      const auto& member = client::object_in(each);
      text += fmt::format("{}{}  {}", text.empty() ? "" : "\n", safe_text(client::text_of(member, "name")),
                          safe_text(client::text_of(member, "role")));
    }
    if (!client::text_of(answer.d, "cursor").empty()) text += "\nand more: parley history shows who wrote";
    screen_->show(text);
  });
}

void chat_app::show_earlier() {
  auto* at = client_.find(open_);
  if (at == nullptr) return screen_->note("no conversation is open");
  if (earliest_shown_ <= 1) return screen_->note("this is the beginning");
  client_.ask("history",
              {{"conversation", open_},
               {"before", earliest_shown_},
               {"limit", std::min<std::size_t>(screen_->rows(), 100)}},
              [this, id = open_](const client::reply& answer) {
                if (id != open_) return;
                if (!answer.ok) return screen_->note(safe_text(answer.message));
                const auto& entries = client::array_of(answer.d, "entries");
                if (entries.empty()) return screen_->note("this is the beginning");
                screen_->note("earlier:");
                const auto before = earliest_shown_;
                for (const auto& each : entries)
                  show_entry(*client_.find(id), view::entry_in(client::object_in(each)));
                earliest_shown_ =
                    std::min(before, client::number_of(client::object_in(entries.front()), "seq"));
                screen_->note("up to here; /more shows what was before");
              });
}

void chat_app::show_new(room& of) {
  if (of.info.id == awaited_) return open_room(of.info.id);
  if (of.info.id != open_) return announce(of);
  while (const auto* entry = of.view.next()) {
    if (!client_.knows_names(of, *entry)) return;
    if (const auto lost = of.view.lost_to_capacity(); lost > 0 && of.view.shown() > 0)
      screen_->note(
          fmt::format("{} entries before this are not shown here: parley history reads them", lost));
    if (earliest_shown_ == 0) earliest_shown_ = entry->seq;
    show_entry(of, *entry);
    of.view.was_shown();
  }
  leave_when_sent();
}

void chat_app::show_entry(const room& of, const view::log_entry& entry) {
  const view::name_lookup names = [&](const std::string& id) { return client_.name_of(of, id); };
  if (options_.who.node.as_json) return screen_->show(client::json_line(view::json_entry(entry, names)));
  screen_->show(screen_->is_terminal() ? view::screen_lines(entry, names, commands::stdout_colouring())
                                       : view::plain_line(entry, names));
}

/// A word about something new in a conversation that is not looked at; once for all that came at a time.
void chat_app::announce(room& of) {
  if (!is_listed_ || !of.view.is_anchored()) return;
  const auto& entries = of.view.entries();
  auto& said = announced_[of.info.id];
  if (entries.empty() || entries.back().seq <= said || entries.back().sender == client_.who().id) return;
  said = entries.back().seq;
  const auto title = safe_text(of.title(client_.who().id));
  screen_->note(fmt::format("new in {0}: /open {0}", title));
}

void chat_app::show_prompt() {
  const auto* at = client_.find(open_);
  auto text = at == nullptr ? std::string{"parley"} : safe_text(at->title(client_.who().id));
  if (client_.unsent() > 0) text += fmt::format(" ({} unsent)", client_.unsent());
  if (!client_.session().is_online()) text += " (offline)";
  screen_->prompt(text);
}

void chat_app::input_ended() {
  if (screen_->is_terminal() && is_leaving_) return finish(1);
  is_leaving_ = true;
  if (screen_->is_terminal() && client_.unsent() > 0)
    screen_->note(
        fmt::format("{} messages are not sent yet; waiting for the node. Once more leaves without them",
                    client_.unsent()));
  patience_.expires_after(farewell_max);
  patience_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled)
      fail({trouble::unreachable, fmt::format("{} messages were not acknowledged within {} s",
                                              client_.unsent(), farewell_max.count())});
  });
  leave_when_sent();
}

void chat_app::leave_when_sent() {
  if (!is_leaving_ || client_.unsent() > 0 || (is_opening_ && !screen_->is_terminal())) return;
  const auto* at = client_.find(open_);
  // What was sent is shown first, so that whoever reads the output sees all of it.
  if (at != nullptr && at->view.missing_after() && !screen_->is_terminal()) return;
  finish(has_failed_ ? 1 : 0);
}

}  // namespace parley::chat
