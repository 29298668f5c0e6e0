#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/simulation/planting.hpp"

// Deliberate defects of roles, members, texts, read marks, presence, blocks and signals.
namespace parley::simulation {

namespace {

/// A node that believes everybody to be an owner.
class egalitarian_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<conversation_record> load_conversation(conversation_id conversation) override {
    auto record = memory_log_queries::load_conversation(conversation);
    if (record.has_value())
      for (auto& member : record.value().members) member.role = member_role::owner;
    return record;
  }
};

/// A node that does not know who has blocked whom.
class trusting_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<conversation_record> load_conversation(conversation_id conversation) override {
    auto record = memory_log_queries::load_conversation(conversation);
    if (record.has_value()) record.value().blocked.clear();
    return record;
  }
};

/// Lets those who left go on reading.
class nostalgic_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override {
    const auto* where = store().find(conversation);
    const bool was_member = where != nullptr && where->members.contains(user);
    const auto present = [&] {
      for (const auto& [other, as] : where->members)
        if (as.left == 0) return other;
      return user;
    };
    return memory_log_queries::history(was_member ? present() : user, conversation, before, after, limit);
  }
};

/// Shows texts as they were first written.
class unforgetting_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<entries_page> history(user_id user, conversation_id conversation, std::optional<sequence> before,
                                std::optional<sequence> after, std::size_t limit) override {
    auto page = memory_log_queries::history(user, conversation, before, after, limit);
    if (page.has_value())
      for (auto& e : page.value().entries)
        e = store().find(conversation)->entries[static_cast<std::size_t>(e.seq - 1)];
    return page;
  }
};

/// Counts unread messages from the beginning.
class overwhelming_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<std::vector<conversation_view>> views(user_id user, std::span<const sync_item> items,
                                                std::size_t tail) override {
    auto all = memory_log_queries::views(user, items, tail);
    if (all.has_value())
      for (auto& view : all.value()) view.unread = store().find(view.id)->messages_up_to(view.head);
    return all;
  }
};

/// Lets everybody signal to, and see, everybody.
class talkative_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<void> may_signal(user_id /*from*/, user_id /*to*/) override { return {}; }
  outcome<std::vector<presence_record>> visible_presence(user_id /*viewer*/,
                                                         std::span<const user_id> users) override {
    std::vector<presence_record> all;
    for (const auto user : users) all.push_back(store().presence_of(user));
    return all;
  }
};

/// Lets owners leave without anybody to follow them.
class ownerless_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) override {
    std::vector<append_item> items(batch.begin(), batch.end());
    for (auto& item : items) item.successor = {};
    return memory_entry_log::append(items);
  }
};

/// Believes whoever says that they have read less than before.
class credulous_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) override {
    std::vector<read_result_item> all;
    for (const auto& item : batch) all.push_back(store().mark_read_as_said(item));
    return all;
  }
};

}  // namespace

TEST(PlantedFault, AMemberWhoMayDoWhatOwnersMayIsCaught) {
  EXPECT_TRUE(
      is_caught(reader<egalitarian_queries>(), "an entry that should have been refused as forbidden"));
}

TEST(PlantedFault, SomebodyBlockedWhoGoesOnWritingIsCaught) {
  EXPECT_TRUE(is_caught(reader<trusting_queries>(), "an entry of somebody whom the other has blocked"));
}

TEST(PlantedFault, SomebodyWhoLeftAndGoesOnReadingIsCaught) {
  EXPECT_TRUE(is_caught(reader<nostalgic_queries>(), "a stranger reads the log"));
}

TEST(PlantedFault, AReplacedTextThatIsShownIsCaught) {
  EXPECT_TRUE(is_caught(reader<unforgetting_queries>(), "history differs from the log"));
}

TEST(PlantedFault, AWrongCountOfUnreadMessagesIsCaught) {
  EXPECT_TRUE(
      is_caught(reader<overwhelming_queries>(), "sync describes another conversation than the log makes"));
}

TEST(PlantedFault, ASignalOfAStrangerIsCaught) {
  EXPECT_TRUE(is_caught(reader<talkative_queries>(), "a signal of a stranger"));
}

TEST(PlantedFault, AStrangerWhoSeesWhoIsOnlineIsCaught) {
  EXPECT_TRUE(is_caught(reader<talkative_queries>(), "a stranger is shown as online"));
}

TEST(PlantedFault, AnOwnerWhomNobodyFollowsIsCaught) {
  EXPECT_TRUE(is_caught(writer<ownerless_log>(), "an owner left and nobody followed"));
}

TEST(PlantedFault, AReceiptThatGoesBackIsCaught) {
  EXPECT_TRUE(is_caught(writer<credulous_log>(), "a receipt goes back"));
  EXPECT_TRUE(is_caught(writer<credulous_log>(), "what was read moved back"));
}

TEST(PlantedFault, NewsOfPresenceThatIsLostIsCaught) {
  planted defects;
  defects.swallows = [](const client_event& event) { return std::holds_alternative<event::presence>(event); };
  EXPECT_TRUE(is_caught(defects, "presence did not settle to the truth"));
}

}  // namespace parley::simulation
