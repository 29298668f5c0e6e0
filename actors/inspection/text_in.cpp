#include "actors/inspection/text_in.hpp"

#include <array>
#include <memory>
#include <variant>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/interfaces/log_writer_actor.hpp"
#include "actors/contract/interfaces/messages.hpp"

namespace parley {

namespace {

std::size_t bytes_of(const shared_draft& draft) {
  return draft == nullptr ? 0 : draft->text.size() + (draft->name ? draft->name->size() : 0);
}

std::size_t bytes_of(const published_entries& entries) {
  std::size_t sum = 0;
  if (entries == nullptr) return sum;
  for (const auto& each : *entries)
    if (each.entry != nullptr) sum += each.entry->content.text.size();
  return sum;
}

std::size_t bytes_in(const ask_conversation& message) {
  const auto* draft = std::get_if<shared_draft>(&message.what);
  return draft == nullptr ? 0 : bytes_of(*draft);
}
std::size_t bytes_in(const append_entries& message) {
  std::size_t sum = 0;
  for (const auto& each : message.entries) sum += bytes_of(each.item.draft);
  return sum;
}
std::size_t bytes_in(const entries_published& message) { return bytes_of(message.entries); }
std::size_t bytes_in(const entries_delivered& message) { return bytes_of(message.entries); }
std::size_t bytes_in(const signal_sent& message) {
  return message.payload == nullptr ? 0 : message.payload->size();
}
std::size_t bytes_in(const send_to_peer& message) {
  const auto in_group = [](const auto& group) {
    return std::visit(
        [](const auto& each) -> std::size_t {
          if constexpr (requires { bytes_in(each); }) return bytes_in(each);
          return 0;
        },
        group);
  };
  return std::visit(in_group, message.what);
}

using byte_counter = std::size_t (*)(const void*);
using counter_table = std::array<byte_counter, message_types_max>;

template <class... Messages>
counter_table counters_of() {
  counter_table all{};
  (..., (all[message_type_of(typeid(Messages))] = [](const void* message) {
     return bytes_in(*static_cast<const Messages*>(message));
   }));
  // Those that found no number of their own.
  all[other_message_types] = nullptr;
  return all;
}

}  // namespace

std::size_t text_bytes_in(message_type type, const caf::type_erased_tuple& content) {
  static const auto counters_by_type = counters_of<ask_conversation, append_entries, entries_published,
                                                   entries_delivered, signal_sent, send_to_peer>();
  const auto count = counters_by_type[type];
  return count == nullptr ? 0 : count(content.get(0));
}

}  // namespace parley
