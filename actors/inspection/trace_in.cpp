#include "actors/inspection/trace_in.hpp"

#include <array>
#include <concepts>
#include <type_traits>
#include <variant>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

namespace {

template <class Message>
concept has_envelope = requires(Message& message) {
  { message.header } -> std::convertible_to<envelope>;
};

/// Where it lies in a message of this type.
using trace_place = trace_context* (*)(void*);

using trace_places = std::array<trace_place, message_types_max>;

template <has_envelope... Messages>
trace_places places_in() {
  trace_places all{};
  (..., (all[message_type_of(typeid(Messages))] = [](void* message) {
     return &static_cast<Messages*>(message)->header.trace;
   }));
  all[message_type_of(typeid(send_to_peer))] = [](void* message) {
    return trace_in(static_cast<send_to_peer*>(message)->what);
  };
  // Those that found no number of their own.
  all[other_message_types] = nullptr;
  return all;
}

trace_place place_for(message_type type) {
  static const auto places =
      places_in<ask_conversation, conversation_answered, resend_wanted, entries_published, entries_delivered,
                membership_changed, signal_sent, signal_answered>();
  return places[type];
}

}  // namespace

trace_context* trace_in(message_type type, caf::type_erased_tuple& content) {
  const auto place = place_for(type);
  return place == nullptr ? nullptr : place(content.get_mutable(0));
}

const trace_context* trace_in(message_type type, const caf::type_erased_tuple& content) {
  const auto place = place_for(type);
  // Read and not written.
  return place == nullptr ? nullptr : place(const_cast<void*>(content.get(0)));
}

trace_context* trace_in(routed_message& message) {
  return std::visit(
      [](auto& group) {
        return std::visit(
            [](auto& each) -> trace_context* {
              if constexpr (has_envelope<std::remove_reference_t<decltype(each)>>) return &each.header.trace;
              return nullptr;
            },
            group);
      },
      message);
}

}  // namespace parley
