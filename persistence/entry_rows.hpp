#pragma once

#include <pqxx/pqxx>

#include "actors/contract/values/entry.hpp"

namespace parley {

/// An entry as it is to be shown now, from a row with the columns seq, kind (or `kind_column`), shown,
/// sender_id, key, target, body, at_ms.
entry entry_from(const pqxx::row& row, conversation_id conversation, const char* kind_column = "kind");

}  // namespace parley
