#include "tests/simulation/history_index.hpp"

#include <algorithm>

namespace parley::simulation {

conversation_id exchange::conversation() const {
  if (const auto* op = as<request::write>()) return op->conversation;
  if (const auto* op = as<request::history>()) return op->conversation;
  if (const auto* op = as<request::members>()) return op->conversation;
  if (const auto* op = as<request::mark_read>()) return op->conversation;
  if (const auto* op = as<request::typing>()) return op->conversation;
  return {};
}

history_index::history_index(const history& past) : past_(&past) {
  for (moment i = 0; i < past.records.size(); ++i)
    std::visit([this, i](const auto& what) { add(i, what); }, past.records[i].what);
  for (const auto& [number, connection] : connections) {
    for (const auto& asked : connection.exchanges) {
      if (asked.refused_for_sure()) continue;
      if (const auto* block = asked.as<request::block>())
        blocks.add(connection.user, block->user, true, asked);
      if (const auto* unblock = asked.as<request::unblock>())
        blocks.add(connection.user, unblock->user, false, asked);
    }
  }
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
  const auto kind = what.what.content.kind;
  if (kind == entry_kind::create || kind == entry_kind::join || kind == entry_kind::leave)
    member_changes.push_back(when);
  auto& all = standings[what.what.conversation];
  if (all.empty()) all.emplace_back();
  all.push_back(all.back());
  all.back().apply(what.what);
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

const standing& history_index::standing_after(conversation_id id, sequence entries) const {
  static const standing none;
  const auto found = standings.find(id);
  if (found == standings.end() || entries < 0) return none;
  const auto& all = found->second;
  return all[std::min(static_cast<std::size_t>(entries), all.size() - 1)];
}

const standing& history_index::standing_at(conversation_id id, moment when) const {
  return standing_after(id, head_at(id, when));
}

bool history_index::is_member(conversation_id id, user_id user, moment when) const {
  return standing_at(id, when).has(user);
}

bool history_index::reads_like(const entry& said, moment from, moment to) const {
  const auto* written = entry_at(said.conversation, said.seq, to);
  if (written == nullptr) return false;
  return at_some_time(said.conversation, from, to, [&](const standing& then) {
    return then.head >= said.seq && then.as_read(*written) == said;
  });
}

bool history_index::may_see(conversation_id id, user_id user, sequence seq, moment when) const {
  const auto& now = standing_at(id, when);
  if (now.has(user)) return true;
  const auto left = now.left.find(user);
  return left != now.left.end() && seq <= left->second;
}

bool history_index::describes(const conversation_view& view) const {
  const auto& then = standing_after(view.id, view.head);
  const auto are_members = [&then](const member_info& said) {
    const auto member = then.members.find(said.user);
    return member != then.members.end() && member->second.role == said.role && said.read <= then.head;
  };
  return view.kind == then.kind && view.name == then.name && view.member_count == then.members.size() &&
         view.members.size() == then.members.size() && std::ranges::all_of(view.members, are_members) &&
         view.unread == std::min<std::ptrdiff_t>(
                            100, std::ranges::count_if(
                                     then.messages, [&view](const auto& m) { return m.first > view.read; }));
}

bool history_index::share_a_conversation(user_id one, user_id other, moment when) const {
  return one == other || std::ranges::any_of(logs, [&](const auto& each) {
           const auto& then = standing_at(each.first, when);
           return then.has(one) && then.has(other);
         });
}

bool history_index::shared_all_the_time(user_id one, user_id other, moment from, moment to) const {
  if (!share_a_conversation(one, other, from)) return false;
  return std::ranges::all_of(member_changes, [&](moment changed) {
    return changed <= from || changed > to || share_a_conversation(one, other, changed);
  });
}

bool history_index::shared_at_some_time(user_id one, user_id other, moment from, moment to) const {
  if (share_a_conversation(one, other, from)) return true;
  return std::ranges::any_of(member_changes, [&](moment changed) {
    return changed > from && changed <= to && share_a_conversation(one, other, changed);
  });
}

bool block_history::may_hold(user_id blocker, user_id blocked, moment from, moment to) const {
  const auto found = changes_.find({blocker, blocked});
  if (found == changes_.end()) return false;
  const auto& all = found->second;
  return std::ranges::any_of(all, [&](const change& block) {
    if (!block.blocks || block.asked > to) return false;
    // Taken back for certain, before?
    return std::ranges::none_of(all, [&](const change& later) {
      return !later.blocks && later.accepted && block.accepted && later.asked > block.answered &&
             later.answered < from;
    });
  });
}

bool block_history::certainly_holds(user_id blocker, user_id blocked, moment from, moment to) const {
  const auto found = changes_.find({blocker, blocked});
  if (found == changes_.end()) return false;
  const auto& all = found->second;
  return std::ranges::any_of(all, [&](const change& block) {
    if (!block.blocks || !block.accepted || block.answered >= from) return false;
    return std::ranges::none_of(all, [&](const change& other) {
      const bool over_before = other.accepted && other.answered < block.asked;
      return !other.blocks && other.asked < to && !over_before;
    });
  });
}

namespace {

/// The people of a conversation that this request would make.
std::vector<user_id> people_of(const request::create_group& op, user_id creator) {
  auto people = op.draft->members;
  people.push_back(creator);
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

/// Whether an entry says what a draft asked for. One's own leave is asked for without a user.
bool says(const entry_draft& written, const entry_draft& asked, user_id sender) {
  const auto user = asked.kind == entry_kind::leave && !asked.user ? sender : asked.user;
  return written.kind == asked.kind && written.key == asked.key && written.text == asked.text &&
         written.target == asked.target && written.user == user && written.role == asked.role &&
         written.name == asked.name;
}

}  // namespace

bool history_index::asks_for(const exchange& asked, user_id user, const entry& what) {
  const auto& content = what.content;
  if (user != what.sender) return false;
  if (const auto* draft = asked.draft())
    return asked.conversation() == what.conversation && says(content, *draft, user);
  if (const auto* op = asked.as<request::create_group>())
    return content.kind == entry_kind::create && !content.creates_direct() && op->draft->key == content.key &&
           op->draft->name == content.name && people_of(*op, user) == content.members;
  if (const auto* op = asked.as<request::open_direct>())
    return content.creates_direct() &&
           content.members == std::vector<user_id>{std::min(user, op->user), std::max(user, op->user)};
  return false;
}

void history_index::blame(moment when, const std::string& what) {
  broken.push_back(what + ": " + to_text(past_->records[when]));
}

}  // namespace parley::simulation
