#include <gtest/gtest.h>
// After gtest: it looks for its macros.
#include <rapidcheck.h>

#include <map>
#include <tuple>

#include "tests/persistence/people_items.hpp"

namespace parley::testing {
namespace {

/// What happens next: an operation, who does it, and about what; any numbers make sense.
using choice = std::tuple<int, int, int>;

/// A conversation as it should be, as simply as it can be said.
class model {
public:
  model(std::int64_t id, sequence head) : id_(id), head_(head) {
    for (std::int64_t user : {1, 2, 3})
      members_[user] = {user == 1 ? member_role::owner : member_role::member, 1};
  }

  /// The item that a choice stands for, which then has happened; nothing when nothing fits.
  std::optional<append_item> next(const choice& picked, int number) {
    const auto [operation, who, what] = picked;
    const std::int64_t user = 1 + who;
    const auto key = "k" + std::to_string(number);
    switch (operation) {
      case 0:
      case 1:
        return write(user, key, "text " + std::to_string(what));
      case 2:
        return edited(user, key, what, "edited " + std::to_string(number));
      case 3:
        return erased(user, key, what);
      case 4:
        return members_.contains(user) ? left(user, key, what) : joined(user, key);
      case 5:
        if (!members_.contains(user)) return std::nullopt;
        return role_given(user, key, static_cast<member_role>(1 + what % 3));
      default:
        entries_[++head_] = {entry_kind::rename, 1, 0};
        name_ = "name " + std::to_string(what);
        return rename(id_, 1, key, *name_);
    }
  }

  struct membership {
    member_role role = member_role::member;
    sequence joined = 0;
  };
  struct line {
    entry_kind kind = entry_kind::message;
    std::int64_t sender = 0;
    sequence target = 0;  // of edits; of a message its newest edit
    std::string text = {};
    bool edited = false;
    bool deleted = false;
  };

  /// Fails the property where the database says otherwise.
  void compare(const std::vector<entry>& seen, const conversation_record& record) const {
    RC_ASSERT(record.head == head_);
    RC_ASSERT(record.name == name_);
    RC_ASSERT(record.members.size() == members_.size());
    for (const auto& member : record.members) {
      const auto& wanted = members_.at(member.user.value);
      RC_ASSERT(member.role == wanted.role);
      RC_ASSERT(member.joined == wanted.joined);
    }
    RC_ASSERT(static_cast<sequence>(seen.size()) == head_);
    for (const auto& found : seen)
      if (found.seq > 1) compare(found);
  }
  [[nodiscard]] bool has(std::int64_t user) const { return members_.contains(user); }
  [[nodiscard]] sequence head() const { return head_; }
  /// Messages above `seq`.
  [[nodiscard]] int messages_above(sequence seq) const {
    int count = 0;
    for (const auto& [place, what] : entries_)
      if (place > seq && what.kind == entry_kind::message) ++count;
    return count;
  }

private:
  void compare(const entry& found) const {
    const auto& wanted = entries_.at(found.seq);
    RC_ASSERT(found.content.kind == wanted.kind);
    RC_ASSERT(found.sender.value == wanted.sender);
    if (wanted.kind == entry_kind::edit) {
      const auto& target = entries_.at(wanted.target);
      RC_ASSERT(found.content.text == target.text);
      RC_ASSERT(found.deleted == target.deleted);
      RC_ASSERT(found.edited == (!target.deleted && target.target != found.seq));
    } else {
      RC_ASSERT(found.content.text == wanted.text);
      RC_ASSERT(found.edited == wanted.edited);
      RC_ASSERT(found.deleted == wanted.deleted);
    }
  }
  append_item write(std::int64_t user, const std::string& key, const std::string& text) {
    entries_[++head_] = {entry_kind::message, user, 0, text};
    return message(id_, user, key, text);
  }
  /// A message that still stands; 0 when there is none.
  sequence living(int which) const {
    std::vector<sequence> all;
    for (const auto& [place, what] : entries_)
      if (what.kind == entry_kind::message && !what.deleted) all.push_back(place);
    return all.empty() ? 0 : all[static_cast<std::size_t>(which) % all.size()];
  }
  std::optional<append_item> edited(std::int64_t user, const std::string& key, int which,
                                    const std::string& text) {
    const auto target = living(which);
    if (target == 0) return std::nullopt;
    entries_[++head_] = {entry_kind::edit, user, target};
    auto& about = entries_[target];
    about.text = text;
    about.edited = true;
    about.target = head_;
    return edit(id_, user, key, target, text);
  }
  std::optional<append_item> erased(std::int64_t user, const std::string& key, int which) {
    const auto target = living(which);
    if (target == 0) return std::nullopt;
    entries_[++head_] = {entry_kind::erase, user, target};
    entries_[target] = {entry_kind::message, entries_[target].sender, 0, "", false, true};
    return erase(id_, user, key, target);
  }
  append_item joined(std::int64_t user, const std::string& key) {
    entries_[++head_] = {entry_kind::join, 1, 0};
    members_[user] = {member_role::member, head_};
    return join(id_, 1, key, user);
  }
  append_item left(std::int64_t user, const std::string& key, int which) {
    members_.erase(user);
    std::int64_t successor = 0;
    if (which % 2 == 1 && !members_.empty()) {
      successor = members_.begin()->first;
      members_.begin()->second.role = member_role::owner;
      entries_[++head_] = {entry_kind::role, user, 0};
    }
    entries_[++head_] = {entry_kind::leave, user, 0};
    return leave(id_, user, key, 0, successor);
  }
  append_item role_given(std::int64_t user, const std::string& key, member_role role) {
    entries_[++head_] = {entry_kind::role, 1, 0};
    members_[user].role = role;
    return set_role(id_, 1, key, user, role);
  }

  std::int64_t id_;
  sequence head_;
  std::optional<std::string> name_ = "Friends";
  std::map<std::int64_t, membership> members_;
  std::map<sequence, line> entries_;
};

class changes_property_test : public people_test {
protected:
  void append_in_batches(const std::vector<append_item>& items, std::size_t size) {
    for (std::size_t from = 0; from < items.size(); from += size) {
      const auto count = std::min(size, items.size() - from);
      const auto answered = log_.append(std::span{items}.subspan(from, count));
      RC_ASSERT(answered.has_value());
      for (const auto& result : answered.value()) RC_ASSERT(result.what == append_result::status::written);
      // A repeat of the whole batch changes nothing.
      const auto again = log_.append(std::span{items}.subspan(from, count));
      RC_ASSERT(again.has_value());
      for (std::size_t i = 0; i < count; ++i) {
        RC_ASSERT(again.value()[i].what == append_result::status::repeated);
        RC_ASSERT(again.value()[i].seq == answered.value()[i].seq);
      }
    }
  }
  void compare_views(const model& expected, std::int64_t conversation) {
    for (std::int64_t user = 1; user <= 6; ++user) {
      const sync_item wanted[] = {{{conversation}, 0}};
      const auto views = queries_.views({user}, wanted, 100);
      RC_ASSERT(views.has_value());
      RC_ASSERT(views.value().empty() == !expected.has(user));
      if (views.value().empty()) continue;
      RC_ASSERT(views.value()[0].head == expected.head());
      RC_ASSERT(views.value()[0].unread == expected.messages_above(views.value()[0].read));
    }
  }
};

TEST_F(changes_property_test, AConversationBecomesWhatTheSimplestModelOfItBecomes) {
  std::int64_t id = 1'000;
  const bool held = rc::check("a conversation becomes what the model becomes", [&] {
    const auto choices = *rc::gen::container<std::vector<choice>>(
        rc::gen::tuple(rc::gen::inRange(0, 7), rc::gen::inRange(0, 6), rc::gen::inRange(0, 10)));
    const auto size = *rc::gen::inRange<std::size_t>(1, 12);
    ++id;
    RC_ASSERT(log_.append(std::vector{group(id, 1, "made " + std::to_string(id), "Friends", {{1}, {2}, {3}})})
                  .has_value());
    model expected{id, 1};
    std::vector<append_item> items;
    for (const auto& picked : choices) {
      if (expected.head() > 90) break;  // one page
      if (auto item = expected.next(picked, static_cast<int>(items.size())))
        items.push_back(std::move(*item));
    }
    append_in_batches(items, size);
    const auto record = queries_.load_conversation({id});
    RC_ASSERT(record.has_value());
    compare_views(expected, id);
    for (std::int64_t user = 1; user <= 6; ++user) {
      const auto page = queries_.history({user}, {id}, {}, 0, 100);
      RC_ASSERT(page.has_value() == expected.has(user));
      if (page.has_value()) expected.compare(page.value().entries, record.value());
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace parley::testing
