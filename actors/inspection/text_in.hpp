#pragma once

#include <caf/mailbox_element.hpp>
#include <cstddef>

#include "actors/inspection/message_types.hpp"

namespace parley {

/// Bytes of what people wrote in a message of this type, texts and signals: what its size depends on. 0 for
/// types that carry none. Within a node texts are shared and not copied, so this is what a message refers to.
std::size_t text_bytes_in(message_type type, const caf::type_erased_tuple& content);

}  // namespace parley
