#pragma once

#include <charconv>
#include <random>
#include <string>
#include <type_traits>

#include "actors/link/message_fields.hpp"

/// Two more ways to walk over the fields of a message: filling it by chance, and writing it down for people.
namespace parley::link_bytes {

class filler {
public:
  static constexpr bool reads = true;
  explicit filler(std::uint64_t seed) : random_(seed) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (fill(values), ...);
  }
  [[nodiscard]] static bool ok() { return true; }
  static void refuse() {}

  template <class T>
  void fill(T& value) {
    if constexpr (std::is_same_v<T, bool>)
      value = up_to(1) == 1;
    else if constexpr (std::is_integral_v<T>)
      value = static_cast<T>(up_to(3) == 0 ? random_() : random_() % 1'000);
    else if constexpr (std::is_enum_v<T>)
      value = static_cast<T>(static_cast<std::uint64_t>(values_of<T>::first) +
                             up_to(static_cast<std::uint64_t>(values_of<T>::last) -
                                   static_cast<std::uint64_t>(values_of<T>::first)));
    else
      fields(*this, value);
  }
  void fill(std::string& value) {
    value.resize(up_to(20));
    for (auto& each : value) each = static_cast<char>(up_to(255));
  }
  void fill(shard_index& value) { value.value = static_cast<std::int32_t>(up_to(shard_count - 1)); }
  void fill(std::chrono::milliseconds& value) { value = std::chrono::milliseconds(up_to(1'000)); }
  template <class Tag>
  void fill(strong_id<Tag>& value) {
    fill(value.value);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (up_to(1) == 1) fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(1 + up_to(3));
    for (auto& each : values) fill(each);
  }
  template <class First, class Second>
  void fill(std::pair<First, Second>& value) {
    fill(value.first);
    fill(value.second);
  }
  template <class T>
  void fill(std::shared_ptr<const T>& value) {
    auto made = std::make_shared<T>();
    fill(*made);
    value = std::move(made);
  }
  template <class... Ts>
  void fill(std::variant<Ts...>& value) {
    choose(value, up_to(sizeof...(Ts) - 1), std::index_sequence_for<Ts...>{});
  }
  template <class... Ts, std::size_t... Index>
  void choose(std::variant<Ts...>& value, std::size_t wanted, std::index_sequence<Index...> /*all*/) {
    ((wanted == Index ? fill(value.template emplace<Index>()) : void()), ...);
  }
  template <class T>
  void fill(outcome<T>& value) {
    T good{};
    failure bad;
    fill(good);
    fill(bad);
    if (up_to(1) == 1)
      value = good;
    else
      value = bad;
  }

private:
  std::uint64_t up_to(std::uint64_t most) { return random_() % (most + 1); }
  std::mt19937_64 random_;
};

class printer {
public:
  static constexpr bool reads = false;
  std::string text;

  template <class... Ts>
  void operator()(const Ts&... values) {
    (print(values), ...);
  }
  template <class T>
  void print(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      print(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_integral_v<T>) {
      text += std::to_string(value) + ' ';
    } else {
      text += '{';
      fields(*this, value);
      text += '}';
    }
  }
  void print(const std::string& value) { text += '"' + value + "\" "; }
  void print(const shard_index& value) { print(value.value); }
  void print(const std::chrono::milliseconds& value) { print(value.count()); }
  template <class Tag>
  void print(const strong_id<Tag>& value) {
    print(value.value);
  }
  template <class T>
  void print(const std::optional<T>& value) {
    if (value)
      print(*value);
    else
      text += "none ";
  }
  template <class T>
  void print(const std::vector<T>& values) {
    text += '[';
    for (const auto& each : values) print(each);
    text += ']';
  }
  template <class First, class Second>
  void print(const std::pair<First, Second>& value) {
    print(value.first);
    print(value.second);
  }
  template <class T>
  void print(const std::shared_ptr<const T>& value) {
    print(*value);
  }
  template <class... Ts>
  void print(const std::variant<Ts...>& value) {
    text += '#' + std::to_string(value.index());
    std::visit([this](const auto& each) { print(each); }, value);
  }
  template <class T>
  void print(const outcome<T>& value) {
    if (value.has_value())
      print(value.value());
    else
      print(value.error());
  }
};

}  // namespace parley::link_bytes
