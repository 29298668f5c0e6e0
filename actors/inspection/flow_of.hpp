#pragma once

#include <caf/mailbox_element.hpp>
#include <cstdint>
#include <optional>

#include "actors/contract/interfaces/envelope.hpp"
#include "actors/inspection/message_types.hpp"

namespace parley {

/// What the envelope of a message says of whom it concerns and who caused it.
struct envelope_seen {
  entity_name entity;  // whom it concerns
  entity_name origin;  // who caused it: the person if the message says so, else the session
  message_type type = 0;
  std::uint64_t count = 1;  // one message may carry several of them
};

entity_name name_of(const topic& of);

/// The envelope of a message of this type; nothing for one that has none. Reads the message, and changes
/// nothing.
std::optional<envelope_seen> envelope_in(message_type type, const caf::type_erased_tuple& content);

}  // namespace parley
