#include "tests/simulation/history_index.hpp"

#include <algorithm>

namespace parley::simulation {

conversation_id exchange::conversation() const {
  if (const auto* op = as<request::write>()) return op->conversation;
  if (const auto* op = as<request::history>()) return op->conversation;
  if (const auto* op = as<request::members>()) return op->conversation;
  return {};
}

history_index::history_index(const history& past) : past_(&past) {
  for (moment i = 0; i < past.records.size(); ++i)
    std::visit([this, i](const auto& what) { add(i, what); }, past.records[i].what);
}

void history_index::add(moment /*when*/, const happened::opened& what) {
  connections[what.connection] = {what.connection, what.user, false, {}, {}};
}

void history_index::add(moment /*when*/, const happened::closed& what) {
  connections[what.connection].closed = true;
}

void history_index::add(moment when, const happened::asked& what) {
  connections[what.connection].exchanges.push_back({&what, when, nullptr, 0});
}

void history_index::add(moment when, const happened::answered& what) {
  auto& all = connections[what.connection].exchanges;
  const auto asked = std::ranges::find_if(all, [&](const exchange& e) { return e.request->id == what.id; });
  if (asked == all.end()) return blame(when, "an answer to what nobody asked");
  if (asked->answer != nullptr) return blame(when, "a second answer to one request");
  asked->answer = &what.answer;
  asked->answered = when;
}

void history_index::add(moment when, const happened::shown& what) {
  connections[what.connection].events.emplace_back(when, &what.event);
}

void history_index::add(moment when, const happened::committed& what) {
  auto& log = logs[what.what.conversation];
  log.push_back({&what.what, when});
  if (what.what.seq != static_cast<sequence>(log.size())) blame(when, "the log is not dense");
}

sequence history_index::head_at(conversation_id id, moment when) const {
  const auto log = logs.find(id);
  if (log == logs.end()) return 0;
  const auto after = std::ranges::upper_bound(log->second, when, {}, &committed_entry::when);
  return static_cast<sequence>(after - log->second.begin());
}

const entry* history_index::entry_at(conversation_id id, sequence seq, moment when) const {
  if (seq < 1 || seq > head_at(id, when)) return nullptr;
  return logs.at(id)[static_cast<std::size_t>(seq - 1)].what;
}

bool history_index::is_member(conversation_id id, user_id user, moment when) const {
  const auto* first = entry_at(id, 1, when);
  return first != nullptr && std::ranges::find(first->content.members, user) != first->content.members.end();
}

void history_index::blame(moment when, const std::string& what) {
  broken.push_back(what + ": " + to_text(past_->records[when]));
}

}  // namespace parley::simulation
