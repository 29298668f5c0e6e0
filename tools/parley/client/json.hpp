#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::client {

namespace json = boost::json;

/// The value of this text, or nothing when it is not JSON.
std::optional<json::value> parse_json(std::string_view text);

/// The object in the value, or an empty one.
const json::object& object_in(const json::value& value);

/// The member as text; empty when it is missing or no string.
std::string text_of(const json::object& object, std::string_view member);

/// The member as a number; 0 when it is missing or no whole number ≥ 0.
std::uint64_t number_of(const json::object& object, std::string_view member);

/// Whether the member is there and true.
bool flag_of(const json::object& object, std::string_view member);

/// The elements of a member that is an array; none when it is missing or another type.
const json::array& array_of(const json::object& object, std::string_view member);

/// One line of JSON in which nothing can command a terminal: what is neither printable nor plain is escaped.
std::string json_line(const json::value& value);

}  // namespace parley::client
