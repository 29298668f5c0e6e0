#include "tools/parley/topology/members.hpp"

#include <fmt/format.h>

namespace parley::topology {

namespace json = client::json;

std::string members::path_of(std::string_view name) const {
  return path_.empty() ? std::string{name} : fmt::format("{}.{}", path_, name);
}

void members::refuse(std::string_view name, std::string_view why) {
  if (mistake_.empty()) mistake_ = fmt::format("{} {}", path_of(name), why);
}

const json::value* members::find(std::string_view name) {
  return object_.if_contains({name.data(), name.size()});
}

const json::value* members::required(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) refuse(name, "is missing");
  return value;
}

std::string members::text(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr) return {};
  const auto* found = value->if_string();
  if (found != nullptr) return {found->data(), found->size()};
  refuse(name, "is no text");
  return {};
}

std::optional<std::string> members::text_or_null(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return text(name);
}

std::optional<std::string> members::optional_text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return text(name);
}

std::optional<std::uint64_t> members::whole(std::string_view name, const json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  refuse(name, "is no whole number from 0");
  return std::nullopt;
}

std::uint64_t members::number(std::string_view name) {
  const auto* value = required(name);
  return value == nullptr ? 0 : whole(name, *value).value_or(0);
}

std::optional<std::uint64_t> members::number_or_null(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return whole(name, *value);
}

std::optional<std::uint64_t> members::optional_number(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return whole(name, *value);
}

std::int64_t members::integer(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  refuse(name, "is no whole number");
  return 0;
}

double members::real(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr) return 0;
  if (!value->is_number()) {
    refuse(name, "is no number");
    return 0;
  }
  return value->to_number<double>();
}

std::optional<double> members::optional_real(std::string_view name) {
  if (find(name) == nullptr) return std::nullopt;
  return real(name);
}

bool members::truth(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr) return false;
  if (value->is_bool()) return value->get_bool();
  refuse(name, "is neither true nor false");
  return false;
}

const json::array& members::array(std::string_view name) {
  static const json::array none;
  const auto* value = required(name);
  if (value == nullptr) return none;
  if (const auto* found = value->if_array()) return *found;
  refuse(name, "is no array");
  return none;
}

const json::object& members::object(std::string_view name) {
  static const json::object none;
  const auto* value = required(name);
  if (value == nullptr) return none;
  if (const auto* found = value->if_object()) return *found;
  refuse(name, "is no object");
  return none;
}

const json::object* members::object_or_null(std::string_view name) {
  const auto* value = required(name);
  if (value == nullptr || value->is_null()) return nullptr;
  return &object(name);
}

const json::object* members::optional_object(std::string_view name) {
  return find(name) == nullptr ? nullptr : &object(name);
}

}  // namespace parley::topology
