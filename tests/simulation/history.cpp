#include "tests/simulation/history.hpp"

#include <algorithm>
#include <cstdio>

namespace parley::simulation {

namespace {

/// Ids are random; their last digits tell them apart.
template <class Id>
std::string brief(Id id) {
  const auto text = to_text(id);
  return text.size() <= 6 ? text : "…" + text.substr(text.size() - 6);
}

/// What a draft says beside its kind and key.
std::string details(const entry_draft& draft) {
  std::string text = "'" + draft.text + "'";
  if (draft.target != 0) text += " of #" + std::to_string(draft.target);
  if (draft.user) text += " " + brief(draft.user);
  if (draft.kind == entry_kind::role) text += " " + std::string(to_text(draft.role));
  if (draft.name) text += " name '" + *draft.name + "'";
  return text;
}

std::string brief(const entry& e) {
  return "c" + brief(e.conversation) + " #" + std::to_string(e.seq) + " " +
         std::string(to_text(e.content.kind)) + " by " + brief(e.sender) + " key '" + e.content.key + "' " +
         details(e.content);
}

std::string brief(const presence_state& state) {
  return brief(state.user) + (state.online ? " online" : " offline");
}

std::string all(const std::vector<user_id>& users) {
  std::string text;
  for (const auto user : users) text += " " + brief(user);
  return text;
}

struct describe_request {
  std::string operator()(const request::identify& op) const { return "identify " + op.token; }
  std::string operator()(const request::ping&) const { return "ping"; }
  std::string operator()(const request::sync& op) const {
    std::string text = op.cursor ? "sync cursor " + *op.cursor : "sync have";
    for (const auto& [id, seq] : op.have) text += " c" + brief(id) + "#" + std::to_string(seq);
    return text;
  }
  std::string operator()(const request::members& op) const { return "members c" + brief(op.conversation); }
  std::string operator()(const request::history& op) const { return "history c" + brief(op.conversation); }
  std::string operator()(const request::write& op) const {
    return std::string(to_text(op.draft->kind)) + " c" + brief(op.conversation) + " key '" + op.draft->key +
           "' " + details(*op.draft);
  }
  std::string operator()(const request::open_direct& op) const { return "open_direct " + brief(op.user); }
  std::string operator()(const request::create_group& op) const {
    return "create_group key '" + op.draft->key + "' '" + op.draft->name.value_or("") + "'";
  }
  std::string operator()(const request::find_users& op) const { return "find_users " + op.prefix; }
  std::string operator()(const request::mark_read& op) const {
    return "read c" + brief(op.conversation) + " #" + std::to_string(op.seq);
  }
  std::string operator()(const request::typing& op) const { return "typing c" + brief(op.conversation); }
  std::string operator()(const request::watch_presence& op) const { return "watch" + all(op.users); }
  std::string operator()(const request::unwatch_presence& op) const { return "unwatch" + all(op.users); }
  std::string operator()(const request::search& op) const { return "search '" + op.text + "'"; }
  std::string operator()(const request::block& op) const { return "block " + brief(op.user); }
  std::string operator()(const request::unblock& op) const { return "unblock " + brief(op.user); }
  std::string operator()(const request::blocked&) const { return "blocked"; }
  std::string operator()(const request::signal& op) const {
    return "signal " + brief(op.user) + " " + op.payload;
  }
  std::string operator()(const request::logout&) const { return "logout"; }
  std::string operator()(const request::unsupported& op) const { return op.op; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "another request";
  }
};

struct describe_reply {
  std::string operator()(const reply::identified& d) const { return "identified " + brief(d.user.id); }
  std::string operator()(const reply::synced& d) const {
    std::string text = "synced";
    for (const auto& view : d.conversations) text += " c" + brief(view.id) + "#" + std::to_string(view.head);
    return text + (d.cursor ? " cursor " + *d.cursor : "");
  }
  std::string operator()(const entries_page& d) const {
    return std::to_string(d.entries.size()) + " entries" +
           (d.entries.empty() ? "" : " up to #" + std::to_string(d.entries.back().seq));
  }
  std::string operator()(const written& d) const {
    return "written #" + std::to_string(d.seq) + (d.duplicate ? " duplicate" : "");
  }
  std::string operator()(const reply::opened& d) const {
    return "opened c" + brief(d.conversation) + (d.duplicate.value_or(false) ? " duplicate" : "");
  }
  std::string operator()(const reply::marked_read& d) const { return "read up to #" + std::to_string(d.seq); }
  std::string operator()(const reply::presence_states& d) const {
    std::string text = "states";
    for (const auto& state : d.states) text += " " + brief(state);
    return text;
  }
  std::string operator()(const reply::blocked_users& d) const { return "blocked" + all(d.users); }
  std::string operator()(const reply::signalled& d) const {
    return "signalled " + std::to_string(d.devices) + " devices";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "ok";
  }
};

struct describe_event {
  std::string operator()(const entry& e) const { return "entry " + brief(e); }
  std::string operator()(const event::conversation_changed& e) const {
    return "conversation c" + brief(e.view.id) + "#" + std::to_string(e.view.head);
  }
  std::string operator()(const event::hello&) const { return "hello"; }
  std::string operator()(const event::presence& e) const { return "presence " + brief(e.state); }
  std::string operator()(const event::receipts& e) const {
    std::string text = "receipts c" + brief(e.conversation);
    for (const auto& [user, seq] : e.read) text += " " + brief(user) + "#" + std::to_string(seq);
    return text;
  }
  std::string operator()(const event::typing& e) const {
    return "typing c" + brief(e.conversation) + " " + brief(e.user);
  }
  std::string operator()(const event::signal& e) const {
    return "signal from " + brief(e.from) + " " + e.payload;
  }
  std::string operator()(const event::lagging&) const { return "lagging"; }
  std::string operator()(const event::reconnect&) const { return "reconnect"; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "another event";
  }
};

struct describe {
  std::string operator()(const happened::opened& h) const {
    return at(h.connection) + "opened by " + brief(h.user) + (h.node.empty() ? "" : " at " + h.node);
  }
  std::string operator()(const happened::closed& h) const { return at(h.connection) + "closed"; }
  std::string operator()(const happened::asked& h) const {
    return at(h.connection) + "→ " + std::to_string(h.id) + " " + std::visit(describe_request{}, h.op);
  }
  std::string operator()(const happened::answered& h) const {
    return at(h.connection) + "← " + std::to_string(h.id) + " " +
           (h.answer.has_value()
                ? std::visit(describe_reply{}, h.answer.value())
                : "refused " + std::string(to_text(h.answer.error().code)) + ": " + h.answer.error().message);
  }
  std::string operator()(const happened::shown& h) const {
    return at(h.connection) + "← " + std::visit(describe_event{}, h.event);
  }
  std::string operator()(const happened::committed& h) const {
    return "committed " + brief(h.what) + (h.backend == 0 ? "" : " by backend " + std::to_string(h.backend));
  }
  std::string operator()(const happened::locked& h) const {
    return "backend " + std::to_string(h.backend) + (h.taken ? " takes " : " no longer holds ") +
           std::to_string(h.shards.size()) + " shards, the first " + std::to_string(h.shards.front().value);
  }
  std::string operator()(const happened::fault& h) const { return "fault: " + h.what; }

  static std::string at(connection_number connection) { return "[" + std::to_string(connection) + "] "; }
};

}  // namespace

std::string to_text(const record& what) {
  char time[32];
  std::snprintf(time, sizeof time, "%8.3f ", static_cast<double>(what.at_ms) / 1'000);
  return time + std::visit(describe{}, what.what);
}

std::string end_of(const history& past, std::size_t count) {
  std::string text;
  const auto first = past.records.size() - std::min(count, past.records.size());
  for (auto i = first; i < past.records.size(); ++i) text += to_text(past.records[i]) + "\n";
  return text;
}

}  // namespace parley::simulation
