#include "actors/inspection/flow_of.hpp"

#include <typeindex>
#include <unordered_map>
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

envelope_seen seen(const envelope& header, message_type type) {
  return {name_of(header.entity), name_of(header.origin.session), type, 1};
}

template <class Message>
envelope_seen look_at(const Message& message) {
  return seen(message.header, message_type_of(typeid(Message)));
}

template <>
envelope_seen look_at(const ask_conversation& message) {
  return {name_of(message.header.entity), name_of(message.sender),
          message_type_called(std::visit(name_of_ask{}, message.what)), 1};
}

template <>
envelope_seen look_at(const entries_delivered& message) {
  auto found = seen(message.header, message_type_of(typeid(entries_delivered)));
  if (message.entries) found.count = message.entries->size();
  return found;
}

template <>
envelope_seen look_at(const signal_sent& message) {
  return {name_of(message.header.entity), name_of(message.from), message_type_of(typeid(signal_sent)), 1};
}

using reader = envelope_seen (*)(const void*);

template <class... Messages>
const std::unordered_map<const std::type_info*, reader>& readers_of() {
  // By address, as everywhere here: all of the program is linked together.
  static const std::unordered_map<const std::type_info*, reader> all{
      {&typeid(Messages),
       [](const void* message) { return look_at(*static_cast<const Messages*>(message)); }}...};
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

std::optional<envelope_seen> envelope_in(const caf::type_erased_tuple& content) {
  // Only what comes to those who stand for somebody: conversations, users, sessions.
  static const auto& readers =
      readers_of<ask_conversation, conversation_answered, resend_wanted, entries_delivered, news_delivered,
                 membership_changed, rights_changed, session_opened, session_closed, session_superseded,
                 signal_sent, signal_answered, subscribe_node, unsubscribe_node>();
  if (content.size() != 1) return std::nullopt;
  const auto found = readers.find(content.type(0).second);
  if (found == readers.end()) return std::nullopt;
  return found->second(content.get(0));
}

}  // namespace parley
