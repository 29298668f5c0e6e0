#include "tests/simulation/memory_log.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "persistence/connection_names.hpp"

namespace parley::simulation {

namespace {

failure no_connection() { return {errc::unavailable, "the connection to the store is closed", {}}; }

}  // namespace

memory_entry_log::memory_entry_log(std::shared_ptr<memory_store> store, const std::string& node,
                                   incarnation_id incarnation)
    : store_(std::move(store)), name_(name_of_writer(node, incarnation)) {}

outcome<void> memory_entry_log::open() {
  release();
  backend_ = store_->backends().begin(name_);
  epoch_ = store_->epoch();
  return {};
}

outcome<locks_taken> memory_entry_log::take(std::span<const shard_index> shards) {
  if (!alive()) return no_connection();
  locks_taken answer{store_->backends().try_locks(backend_, shards), {}};
  const auto others = [this](shard_index shard) { return store_->backends().holder_of(shard) != backend_; };
  if (const auto refused = std::ranges::find_if(shards, others); refused != shards.end()) {
    const auto holder = store_->backends().holder_of(*refused);
    answer.why_not_all =
        failure{errc::conflict,
                "shards of this database are held by '" + store_->backends().name_of(holder) + "' (backend " +
                    std::to_string(holder) + ")",
                {}};
  }
  return answer;
}

outcome<void> memory_entry_log::give_back(std::span<const shard_index> shards) {
  if (!alive()) return no_connection();
  store_->backends().give_back(backend_, shards);
  return {};
}

void memory_entry_log::release() { store_->backends().end(std::exchange(backend_, 0)); }

template <class Item>
std::optional<log_failure> memory_entry_log::obstacle(std::span<const Item> batch) {
  if (!alive()) return log_failure::disconnected;
  // The second wall: what nobody holds is taken for the batch.
  const auto held_by_another = [this](const Item& item) {
    const auto holder = store_->backends().holder_of(shard_of(item.conversation));
    return holder != 0 && holder != backend_;
  };
  if (std::ranges::none_of(batch, held_by_another)) return std::nullopt;
  release();
  return log_failure::fenced;
}

log_outcome<std::vector<read_result_item>> memory_entry_log::mark_read(std::span<const read_item> batch) {
  if (const auto why = obstacle(batch)) return *why;
  std::vector<read_result_item> results;
  for (const auto& item : batch) results.push_back(store_->mark_read(item));
  return results;
}

log_outcome<std::vector<append_result>> memory_entry_log::append(std::span<const append_item> batch) {
  if (const auto why = obstacle(batch)) return *why;
  std::vector<append_result> results;
  for (const auto& item : batch) results.push_back(store_->append(item, backend_));
  return results;
}

const memory_store::conversation* memory_log_queries::seen_by(user_id user, conversation_id id) const {
  const auto* where = store_->find(id);
  return where != nullptr && where->has(user) ? where : nullptr;
}

member_info memory_log_queries::member_of(const memory_store::conversation& where, user_id user) const {
  const auto known = store_->users().find(user);
  return {user, known == store_->users().end() ? std::string{} : known->second.name,
          where.members.at(user).role, where.read_by(user)};
}

outcome<token_holder> memory_log_queries::identify(std::string_view token) {
  if (const auto* holder = store_->holder_of(token)) return *holder;
  return failure{errc::unauthenticated, "this token is not good", {}};
}

outcome<conversation_record> memory_log_queries::load_conversation(conversation_id conversation) {
  const auto* where = store_->find(conversation);
  if (where == nullptr) return no_such_conversation();
  conversation_record record{conversation, where->kind, where->name, where->head(), {}, {}};
  for (const auto& [user, member] : where->members) {
    if (member.left != 0) continue;
    record.members.push_back({user, member.role, member.joined});
    const auto blocks = [&, blocked = user](const auto& other) {
      return store_->has_blocked(other.first, blocked);
    };
    if (where->kind == conversation_kind::direct && std::ranges::any_of(where->members, blocks))
      record.blocked.push_back(user);
  }
  return record;
}

outcome<std::optional<append_result>> memory_log_queries::find_repeat(conversation_id conversation,
                                                                      user_id sender,
                                                                      const entry_draft& draft) {
  return store_->find_repeat(conversation, sender, draft);
}

outcome<std::optional<append_result>> memory_log_queries::find_created(user_id sender,
                                                                       const entry_draft& draft) {
  return store_->find_created(sender, draft);
}

outcome<std::vector<conversation_head>> memory_log_queries::conversations_of(user_id user) {
  std::vector<conversation_head> heads;
  for (const auto& [id, where] : store_->conversations())
    if (where.has(user)) heads.push_back({id, where.head(), where.members.at(user).joined});
  std::ranges::sort(heads, [this](const auto& a, const auto& b) {
    const auto at = [this](const auto& of) { return store_->find(of.conversation)->entries.back().at; };
    return std::pair(at(a), a.conversation) > std::pair(at(b), b.conversation);
  });
  return heads;
}

conversation_view memory_log_queries::view_of(user_id user, conversation_id id,
                                              const memory_store::conversation& where, sequence have,
                                              std::size_t tail) const {
  conversation_view view;
  view.id = id;
  view.kind = where.kind;
  view.name = where.name;
  view.head = where.head();
  view.read = where.read_by(user);
  view.unread = std::min(100, where.messages_up_to(view.head) - where.messages_up_to(view.read));
  view.joined = where.members.at(user).joined;
  view.reset = have > view.head;
  const auto above = view.reset ? 0 : have;
  const auto first = std::max(above, view.head - static_cast<sequence>(tail));
  view.entries = where.as_they_are_now(first, view.head);
  view.gap = first > above;
  for (const auto& [member, what] : where.members) {
    if (what.left != 0) continue;
    ++view.member_count;
    if (view.members.size() < 200) view.members.push_back(member_of(where, member));
  }
  return view;
}

outcome<std::vector<conversation_view>> memory_log_queries::views(user_id user,
                                                                  std::span<const sync_item> items,
                                                                  std::size_t tail) {
  std::vector<conversation_view> views;
  for (const auto& item : items) {
    const auto* where = seen_by(user, item.conversation);
    if (where == nullptr) continue;
    if (views.size() >= pages_.views) break;
    views.push_back(view_of(user, item.conversation, *where, item.have, tail));
  }
  return views;
}

outcome<reply::members> memory_log_queries::members(user_id user, conversation_id conversation,
                                                    const std::optional<std::string>& cursor) {
  const auto* where = seen_by(user, conversation);
  if (where == nullptr) return no_such_conversation();
  const auto after = cursor ? parse_id<user_id>(*cursor) : user_id{};
  if (!after) return failure{errc::bad_request, "this cursor was not given by this server", {}};
  reply::members page;
  for (auto next = where->members.upper_bound(*after); next != where->members.end(); ++next) {
    if (next->second.left != 0) continue;
    if (page.members.size() == pages_.members) {
      page.cursor = to_text(page.members.back().user);
      break;
    }
    page.members.push_back(member_of(*where, next->first));
  }
  return page;
}

entries_page memory_log_queries::page_of(const memory_store::conversation& where, sequence after,
                                         sequence last, std::size_t limit) const {
  const auto first = std::clamp<sequence>(after, 0, last);
  const auto end = std::min(last, first + static_cast<sequence>(std::min(limit, pages_.entries)));
  return {where.as_they_are_now(first, end), end < last};
}

outcome<entries_page> memory_log_queries::history(user_id user, conversation_id conversation,
                                                  std::optional<sequence> before,
                                                  std::optional<sequence> after, std::size_t limit) {
  const auto* where = seen_by(user, conversation);
  if (where == nullptr) return no_such_conversation();
  const auto head = where->head();
  if (after) return page_of(*where, *after, head, limit);
  const auto size = static_cast<sequence>(std::min(limit, pages_.entries));
  const auto last = std::clamp<sequence>(before.value_or(head + 1) - 1, 0, head);
  const auto first = std::max<sequence>(0, last - size);
  return entries_page{where->as_they_are_now(first, last), first > 0};
}

outcome<bool> memory_log_queries::is_member(user_id user, conversation_id conversation) {
  return seen_by(user, conversation) != nullptr;
}

outcome<entries_page> memory_log_queries::entries_after(user_id user, conversation_id conversation,
                                                        sequence after) {
  const auto* where = store_->find(conversation);
  if (where == nullptr || !where->members.contains(user)) return no_such_conversation();
  const auto left = where->members.at(user).left;
  return page_of(*where, after, left == 0 ? where->head() : left, pages_.entries);
}

outcome<std::vector<user_info>> memory_log_queries::known_users(std::span<const user_id> users) {
  std::vector<user_info> known;
  for (const auto& [id, user] : store_->users())
    if (std::ranges::find(users, id) != users.end()) known.push_back(user);
  return known;
}

outcome<std::vector<user_info>> memory_log_queries::find_users(std::string_view prefix, std::size_t limit) {
  const auto lowered = [](std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
  };
  std::map<std::string, user_info> found;
  for (const auto& [id, user] : store_->users())
    if (const auto name = lowered(user.name); name.starts_with(lowered(prefix))) found.emplace(name, user);
  std::vector<user_info> users;
  for (const auto& [name, user] : found)
    if (users.size() < limit) users.push_back(user);
  return users;
}

}  // namespace parley::simulation
