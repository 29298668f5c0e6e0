#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/request.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

/// The largest number that every JSON reader keeps exactly (RFC 8259, section 6).
inline constexpr request_id id_max = (1LL << 53U) - 1;
inline constexpr std::size_t key_characters_max = 64;

inline failure bad(std::string message) { return {errc::bad_request, std::move(message), {}}; }

/// Reads the members of `d` and remembers the first thing that is wrong with them.
class members_reader {
public:
  members_reader(simdjson::dom::object members, const limits& rules, std::optional<failure>& defect)
      : members_(members), rules_(rules), defect_(defect) {}

  void wrong(failure why) {
    if (!defect_) defect_ = std::move(why);
  }
  [[nodiscard]] bool has(std::string_view name) const { return !members_.at_key(name).error(); }

  /// A string, if it is there; one that is no string, or holds U+0000, is wrong.
  std::optional<std::string> optional_text(std::string_view name) {
    simdjson::dom::element value;
    if (members_.at_key(name).get(value)) return std::nullopt;
    std::string_view text;
    if (value.get(text)) {
      wrong(bad("'" + std::string(name) + "' must be a string"));
      return std::nullopt;
    }
    if (text.find('\0') != std::string_view::npos)
      wrong(bad("'" + std::string(name) + "' holds U+0000 or a lone surrogate"));
    return std::string(text);
  }
  std::string text(std::string_view name) {
    if (!has(name)) wrong(bad("'" + std::string(name) + "' is missing"));
    return optional_text(name).value_or("");
  }
  /// An id: text that this server never made names nothing (0).
  template <class Id>
  Id id(std::string_view name) {
    return parse_id<Id>(text(name)).value_or(Id{});
  }
  std::optional<std::int64_t> optional_number(std::string_view name, std::int64_t least, std::int64_t most) {
    simdjson::dom::element value;
    if (members_.at_key(name).get(value)) return std::nullopt;
    std::int64_t number = 0;
    if (value.get(number) || number < least || number > most) {
      wrong(bad("'" + std::string(name) + "' must be a whole number from " + std::to_string(least) + " to " +
                std::to_string(most)));
      return std::nullopt;
    }
    return number;
  }
  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most) {
    if (!has(name)) wrong(bad("'" + std::string(name) + "' is missing"));
    return optional_number(name, least, most).value_or(least);
  }
  /// A list of user ids; one that this server never made becomes 0.
  std::vector<user_id> users(std::string_view name) {
    std::vector<user_id> list;
    simdjson::dom::array given;
    if (members_.at_key(name).get(given)) {
      wrong(bad("'" + std::string(name) + "' must be a list of user ids"));
      return list;
    }
    for (const auto value : given) {
      std::string_view id;
      if (value.get(id)) {
        wrong(bad("'" + std::string(name) + "' must be a list of user ids"));
        return list;
      }
      list.push_back(parse_id<user_id>(id).value_or(user_id{}));
    }
    return list;
  }
  std::string key() {
    auto value = text("key");
    if (value.empty() || value.size() > key_characters_max || !is_printable_ascii(value))
      wrong(bad("'key' must be 1 to 64 printable ASCII characters"));
    return value;
  }
  /// A text of 1 to `most` code points.
  std::string bounded_text(std::string_view name, std::size_t most) {
    auto value = text(name);
    if (value.empty()) wrong(bad("'" + std::string(name) + "' must not be empty"));
    if (count_code_points(value) > most)
      wrong({errc::too_large,
             "'" + std::string(name) + "' has more than " + std::to_string(most) + " characters",
             {}});
    return value;
  }
  [[nodiscard]] const limits& rules() const { return rules_; }
  [[nodiscard]] const simdjson::dom::object& object() const { return members_; }

private:
  simdjson::dom::object members_;
  const limits& rules_;
  std::optional<failure>& defect_;
};

}  // namespace parley
