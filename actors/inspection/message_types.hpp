#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <typeinfo>

namespace parley {

/// A small number for each type of message that was met, for the life of the process.
using message_type = std::uint16_t;

/// Stands for all types that came when there was no number left.
inline constexpr message_type other_message_types = 1;
inline constexpr std::size_t message_types_max = 512;

/// The number of a type of ours. Numbers are given as types are met; finding one again takes no lock.
message_type message_type_of(const std::type_info& type);
/// Of a type of CAF's, which has a number there and no `type_info`; 0: no content at all.
message_type message_type_of_caf(std::uint16_t number);
/// Of something that is told apart by a name of its own, which must live for ever and be the same object.
message_type message_type_called(const char* name);
/// Its name: without our namespace, and as CAF names its own.
std::string message_type_name(message_type type);
/// The same, as a text that lives for ever.
std::string_view message_type_text(message_type type);

}  // namespace parley
