#include "tools/parley/client/json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/src.hpp>

namespace parley::client {

std::optional<json::value> parse_json(std::string_view text) {
  json::error_code problem;
  auto value = json::parse({text.data(), text.size()}, problem);
  if (problem) return std::nullopt;
  return value;
}

const json::object& object_in(const json::value& value) {
  static const json::object none;
  const auto* object = value.if_object();
  return object == nullptr ? none : *object;
}

std::string text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains({member.data(), member.size()});
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : std::string(text->data(), text->size());
}

std::uint64_t number_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains({member.data(), member.size()});
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  return value->is_int64() && value->get_int64() > 0 ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}

bool flag_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains({member.data(), member.size()});
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::array& array_of(const json::object& object, std::string_view member) {
  static const json::array none;
  const auto* value = object.if_contains({member.data(), member.size()});
  const auto* array = value == nullptr ? nullptr : value->if_array();
  return array == nullptr ? none : *array;
}

std::string json_line(const json::value& value) {
  const auto plain = json::serialize(value);
  std::string safe;
  safe.reserve(plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto byte = static_cast<unsigned char>(plain[i]);
    const auto next = i + 1 < plain.size() ? static_cast<unsigned char>(plain[i + 1]) : 0U;
    constexpr std::string_view digits = "0123456789abcdef";
    if (byte == 0x7f) {
      safe += "\\u007f";
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      // The C1 controls: some terminals take U+009B for the beginning of a command.
      safe += "\\u00";
      safe += digits[next >> 4U];
      safe += digits[next & 15U];
      ++i;
    } else {
      safe += plain[i];
    }
  }
  return safe;
}

}  // namespace parley::client
