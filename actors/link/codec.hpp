#pragma once

#include <string>
#include <string_view>

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley {

/// A message for another node as bytes.
[[nodiscard]] std::string encode_message(const routed_message& message);

/// And back. Anything that this version does not write is `bad_request`, saying where it is wrong; nothing is
/// allocated for what is not there.
[[nodiscard]] outcome<routed_message> decode_message(std::string_view bytes);

}  // namespace parley
