#pragma once

#include <string>
#include <string_view>

namespace parley {

/// A copy of a JSON text in which every number that neither 64 bits nor a double hold (RFC 8259, section 6)
/// has become 0: parsers refuse the former outright, but a request that carries one still has to be
/// answered by its id. What is no number by the grammar stays as it is.
std::string without_huge_numbers(std::string_view json);

}  // namespace parley
