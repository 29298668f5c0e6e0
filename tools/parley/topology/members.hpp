#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/client/json.hpp"

namespace parley::topology {

/// Reads the members of an object that must be there, and remembers the first that is not as it should be.
/// What it answers then is empty; whoever reads looks at `mistake` once, at the end.
class members {
public:
  /// `path` is where the object stands, as a person finds it: `actors[3]`.
  members(const client::json::object& object, std::string path, std::string& mistake)
      : object_(object), path_(std::move(path)), mistake_(mistake) {}

  std::string text(std::string_view name);
  /// null is nothing, and so is what may be left out.
  std::optional<std::string> text_or_null(std::string_view name);
  std::optional<std::string> optional_text(std::string_view name);
  std::uint64_t number(std::string_view name);
  std::optional<std::uint64_t> number_or_null(std::string_view name);
  std::optional<std::uint64_t> optional_number(std::string_view name);
  /// A whole number, below 0 too.
  std::int64_t integer(std::string_view name);
  double real(std::string_view name);
  std::optional<double> optional_real(std::string_view name);
  bool truth(std::string_view name);
  const client::json::array& array(std::string_view name);
  const client::json::object& object(std::string_view name);
  /// Nothing when it is null.
  const client::json::object* object_or_null(std::string_view name);
  const client::json::object* optional_object(std::string_view name);

  [[nodiscard]] std::string path_of(std::string_view name) const;
  void refuse(std::string_view name, std::string_view why);

private:
  const client::json::value* find(std::string_view name);
  const client::json::value* required(std::string_view name);
  std::optional<std::uint64_t> whole(std::string_view name, const client::json::value& value);

  const client::json::object& object_;
  std::string path_;
  std::string& mistake_;
};

}  // namespace parley::topology
