#pragma once

#include <caf/type_erased_tuple.hpp>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/inspection/message_types.hpp"

namespace parley {

/// The trace that a message of this type says it belongs to, in the message itself; none for a type that has
/// no envelope. Messages of several requests (`append_entries`, `batch_finished`) have none: whoever handles
/// them records each.
trace_context* trace_in(message_type type, caf::type_erased_tuple& content);
const trace_context* trace_in(message_type type, const caf::type_erased_tuple& content);

/// And that of a message between nodes.
trace_context* trace_in(routed_message& message);

}  // namespace parley
