#pragma once

#include <string>
#include <string_view>

namespace parley {

/// A copy of a JSON text in which every escaped surrogate that stands alone (RFC 8259, section 8.2) has
/// become U+0000, which no text may hold either: parsers refuse the former outright, but a request that
/// carries one still has to be answered by its id.
std::string without_lone_surrogates(std::string_view json);

}  // namespace parley
