#pragma once

#include <cstddef>
#include <string_view>

#include "actors/contract/values/conversation.hpp"
#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/ports/log_queries.hpp"

namespace parley {

/// What entries and conversations of one page may take together: the frame around them takes the rest.
inline constexpr std::size_t page_content_bytes_max = log_queries::page_bytes_max - 2'048;

/// The bytes of a text in JSON, with its quotes: what must be escaped there takes two or six (RFC 8259, 7).
std::size_t page_bytes_of(std::string_view text);
/// At least the bytes of an entry, or of a conversation with its entries and members, in a page.
std::size_t page_bytes_of(const entry& one);
std::size_t page_bytes_of(const conversation_view& view);
/// Room for a conversation without its entries, before its members are known.
std::size_t page_bytes_beside_entries(const conversation_view& view);

}  // namespace parley
