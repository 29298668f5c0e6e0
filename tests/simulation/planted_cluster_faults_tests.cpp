#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/link/codec.hpp"
#include "actors/link/frames.hpp"
#include "tests/simulation/planting.hpp"

// Deliberate defects of what several nodes rest on: locks, links, heads, and what heals.
namespace parley::simulation {

namespace {

using results = log_outcome<std::vector<append_result>>;

results written(memory_store& store, std::span<const append_item> batch, backend_number by) {
  std::vector<append_result> all;
  for (const auto& item : batch) all.push_back(store.append(item, by));
  return all;
}

/// Writes whatever became of its locks.
class unfenced_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  outcome<void> open() override {
    auto opened = memory_entry_log::open();
    mine_ = backend();
    return opened;
  }
  results append(std::span<const append_item> batch) override { return written(store(), batch, mine_); }
  bool alive() override { return mine_ != 0; }

private:
  backend_number mine_ = 0;
};

/// Connects again without a word when its connection has ended, and believes that it has its locks still.
class reconnecting_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  results append(std::span<const append_item> batch) override {
    if (!memory_entry_log::alive()) static_cast<void>(open());
    return written(store(), batch, backend());
  }
  bool alive() override { return true; }
};

/// Believes that it has every lock that it asks for.
class possessive_log : public memory_entry_log {
public:
  using memory_entry_log::memory_entry_log;
  outcome<locks_taken> take(std::span<const shard_index> shards) override {
    auto answer = memory_entry_log::take(shards);
    if (answer.has_value()) answer = locks_taken{{shards.begin(), shards.end()}, {}};
    return answer;
  }
  results append(std::span<const append_item> batch) override {
    if (!alive()) return log_failure::disconnected;
    return written(store(), batch, backend());
  }
};

/// Says that nothing is missing whenever a session heals.
class blind_queries : public memory_log_queries {
public:
  using memory_log_queries::memory_log_queries;
  outcome<entries_page> entries_after(user_id user, conversation_id conversation, sequence after) override {
    auto page = memory_log_queries::entries_after(user, conversation, after);
    if (page.has_value()) page.value().entries.clear();
    return page;
  }
};

template <class Log>
planted writer_of_a_node() {
  planted defects;
  defects.writer = [](std::shared_ptr<memory_store> store, const node_record& self) {
    return std::make_shared<Log>(std::move(store), self.name, self.incarnation);
  };
  return defects;
}

/// A frame as it would be if every message had been changed like this.
template <class Change>
std::string with_messages_changed(const std::string& bytes, Change change) {
  const auto frame = decode_frame(bytes);
  const auto* batch = frame.has_value() ? std::get_if<batch_frame>(&frame.value()) : nullptr;
  if (batch == nullptr || batch->messages.empty()) return bytes;
  outgoing_stream::batch changed{batch->first, 0, {}};
  for (const auto message : batch->messages) {
    auto content = decode_message(message).value();
    change(content);
    append_message(changed.bytes, encode_message(content));
    ++changed.count;
  }
  return encode_batch(batch->stream, batch->acknowledged, changed);
}

/// Where a shard is asked by another node, it knows no heads.
std::vector<std::string> without_heads(std::string bytes) {
  const auto forget = [](routed_message& message) {
    if (auto* to_relay = std::get_if<message_to_relay>(&message))
      if (auto* subscribed = std::get_if<topic_subscribed>(to_relay)) subscribed->head = 0;
  };
  return {with_messages_changed(bytes, forget)};
}

/// An owner that is told by another node of a block says that it knows, and does not look.
std::vector<std::string> without_looking_at_blocks(std::string bytes) {
  const auto answer_at_once = [](routed_message& message) {
    auto* to_shard = std::get_if<message_to_shard>(&message);
    auto* request = to_shard == nullptr ? nullptr : std::get_if<ask_conversation>(to_shard);
    if (request != nullptr && std::holds_alternative<look_at_blocks>(request->what))
      request->what = typing_notice{};
  };
  return {with_messages_changed(bytes, answer_at_once)};
}

/// Loses every so-manieth frame that carries something.
auto without_some_frames(int each) {
  return [each, count = 0](std::string bytes) mutable -> std::vector<std::string> {
    const auto frame = decode_frame(bytes);
    const auto* batch = frame.has_value() ? std::get_if<batch_frame>(&frame.value()) : nullptr;
    if (batch != nullptr && !batch->messages.empty() && ++count % each == 0) return {};
    return {std::move(bytes)};
  };
}

arrival nothing_is_missing(std::uint64_t received, std::uint64_t number) {
  return number <= received ? arrival::repeated : arrival::next;
}

}  // namespace

TEST(PlantedClusterFault, AWriterThatIsNotFencedIsCaught) {
  EXPECT_TRUE(is_caught(writer_of_a_node<unfenced_log>(), "written without the lock", several_nodes));
}

TEST(PlantedClusterFault, ALockBelievedAfterAReconnectIsCaught) {
  EXPECT_TRUE(is_caught(writer_of_a_node<reconnecting_log>(), "written without the lock", several_nodes));
}

TEST(PlantedClusterFault, TwoOwnersAreCaught) {
  EXPECT_TRUE(is_caught(writer_of_a_node<possessive_log>(), "written without the lock", several_nodes));
}

TEST(PlantedClusterFault, HeadsThatAreNotAnsweredAreCaught) {
  planted defects;
  defects.tampers = without_heads;
  EXPECT_TRUE(is_caught(defects, "never shown to connection", several_nodes));
}

TEST(PlantedClusterFault, ABlockAnsweredBeforeTheOwnerLooksIsCaught) {
  planted defects;
  defects.tampers = without_looking_at_blocks;
  EXPECT_TRUE(is_caught(defects, "an entry of somebody whom the other has blocked", several_nodes));
}

TEST(PlantedClusterFault, ALinkThatGoesOnBehindWhatIsMissingIsCaught) {
  planted defects;
  defects.tampers = without_some_frames(7);
  defects.link_rules.judge_arrival = nothing_is_missing;
  EXPECT_TRUE(is_caught(defects, "never shown to connection", several_nodes));
}

TEST(PlantedClusterFault, AHoleThatIsNotHealedIsCaught) {
  EXPECT_TRUE(is_caught(reader<blind_queries>(), "never shown to connection", several_nodes));
}

TEST(PlantedClusterFault, ALineThatIsNotEndedIsCaught) {
  planted defects;
  defects.counts_requests = false;
  EXPECT_TRUE(
      is_caught(defects, "an earlier request was refused for the moment, this was not", several_nodes));
}

// What links cope with is no fault: without the defect behind it, nothing is seen.
TEST(PlantedClusterFault, LostFramesAloneAreNone) {
  planted defects;
  defects.tampers = without_some_frames(7);
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    EXPECT_EQ(broken_promises(simulate(seed, defects, several_nodes(seed))), std::vector<std::string>{});
}

}  // namespace parley::simulation
