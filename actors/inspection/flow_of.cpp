#include "actors/inspection/flow_of.hpp"

#include <array>
#include <variant>

#include "actors/contract/interfaces/messages.hpp"

namespace parley {

namespace {

/// What a member asks for, as the log and the protocol call it; texts that live for ever.
struct name_of_ask {
  const char* operator()(const shared_draft& draft) const {
    return draft ? to_text(draft->kind).data() : "entry";
  }
  const char* operator()(const read_mark&) const { return "read"; }
  const char* operator()(const typing_notice&) const { return "typing"; }
  const char* operator()(const look_at_blocks&) const { return "look_at_blocks"; }
};

template <class Message>
envelope_seen look_at(const Message& message, message_type type) {
  return {name_of(message.header.entity), name_of(message.header.origin.session), type, 1};
}

template <>
envelope_seen look_at(const ask_conversation& message, message_type /*type*/) {
  return {name_of(message.header.entity), name_of(message.sender),
          message_type_called(std::visit(name_of_ask{}, message.what)), 1};
}

template <>
envelope_seen look_at(const entries_delivered& message, message_type type) {
  return {name_of(message.header.entity), name_of(message.header.origin.session), type,
          message.entries ? message.entries->size() : 1};
}

template <>
envelope_seen look_at(const signal_sent& message, message_type type) {
  return {name_of(message.header.entity), name_of(message.from), type, 1};
}

using reader = envelope_seen (*)(const void*, message_type);

/// By type of message, so that finding one is one look; none for all others.
using reader_table = std::array<reader, message_types_max>;

template <class... Messages>
reader_table readers_of() {
  reader_table all{};
  // One that found no number is not read.
  (..., (all[message_type_of(typeid(Messages))] = [](const void* message, message_type type) {
     return look_at(*static_cast<const Messages*>(message), type);
   }));
  all[other_message_types] = nullptr;
  return all;
}

}  // namespace

entity_name name_of(const topic& of) {
  switch (of.kind) {
    case topic_kind::conversation:
      return {entity_kind::conversation, of.id};
    case topic_kind::user:
    case topic_kind::presence:
      return {entity_kind::person, of.id};
    case topic_kind::none:
      break;
  }
  return {};
}

std::optional<envelope_seen> envelope_in(message_type type, const caf::type_erased_tuple& content) {
  // Only what comes to those who stand for somebody, and is from somebody else: that a session of a user
  // begins or ends is no flow.
  static const auto readers =
      readers_of<ask_conversation, conversation_answered, resend_wanted, entries_delivered, news_delivered,
                 membership_changed, rights_changed, session_superseded, signal_sent, signal_answered>();
  const auto read = readers[type];
  if (read == nullptr) return std::nullopt;
  return read(content.get(0), type);
}

}  // namespace parley
