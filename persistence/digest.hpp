#pragma once

#include <string>

#include "actors/contract/values/entry.hpp"

namespace parley {

/// 128 bits (BLAKE2b, RFC 7693) over what a draft says, as a UUID's text: tells a repeat of a key from
/// a conflict, also after the text has been edited. The order of a group's members does not matter.
std::string digest_of(const entry_draft& draft);

}  // namespace parley
