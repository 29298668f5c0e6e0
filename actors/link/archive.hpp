#pragma once

#include <caf/binary_deserializer.hpp>
#include <caf/serializer_impl.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/ids.hpp"

/// Values as bytes for another node, and back: CAF's binary format for numbers, and lengths that are held
/// against what is really there. What was written by one version is read by the same version only.
namespace parley::link_bytes {

/// How a type is written and read. The general case is a struct, for which there is a `fields`; special
/// ones follow below.
template <class T>
struct rule;

/// Appends values to bytes.
class packer {
public:
  static constexpr bool reads = false;
  explicit packer(std::string& bytes) : sink_(nullptr, bytes) {}

  template <class... Ts>
  void operator()(const Ts&... values) {
    (rule<Ts>::write(*this, values), ...);
  }
  template <class Number>
  void number(Number value) {
    // Into memory: this never fails.
    static_cast<void>(sink_.apply(value));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    // CAF takes a pointer to what it may change, and does not.
    static_cast<void>(sink_.apply_raw(value.size(), const_cast<char*>(value.data())));
  }

private:
  caf::serializer_impl<std::string> sink_;
};

/// Takes values from bytes. After the first that is wrong all others are left as they are.
class unpacker {
public:
  static constexpr bool reads = true;
  explicit unpacker(std::string_view bytes)
      : size_(bytes.size()), source_(nullptr, bytes.data(), bytes.size()) {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (read(values), ...);
  }
  template <class Number>
  void number(Number& value) {
    if (ok_ && source_.apply(value)) refuse();
  }
  /// A piece of the bytes themselves.
  std::string_view piece() {
    std::uint32_t size = 0;
    number(size);
    if (!ok_ || size > source_.remaining()) {
      refuse();
      return {};
    }
    const auto rest = source_.remainder();
    source_.skip(size);
    return {reinterpret_cast<const char*>(rest.data()), size};
  }
  /// How many follow; each of them takes at least one byte.
  std::uint32_t count() {
    std::uint32_t many = 0;
    number(many);
    if (many > source_.remaining()) refuse();
    return ok_ ? many : 0;
  }
  void refuse() {
    if (ok_) wrong_at_ = size_ - source_.remaining();
    ok_ = false;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  /// Nothing was wrong, and nothing is left.
  [[nodiscard]] bool complete() const { return ok_ && source_.remaining() == 0; }
  [[nodiscard]] std::size_t position() const { return ok_ ? size_ - source_.remaining() : wrong_at_; }

private:
  template <class T>
  void read(T& value) {
    if (ok_) rule<T>::read(*this, value);
  }

  std::size_t size_;
  std::size_t wrong_at_ = 0;
  bool ok_ = true;
  caf::binary_deserializer source_;
};

/// What `fields` of a struct takes: the struct as it is for a packer, to be filled for an unpacker.
template <class Archive, class T>
using archived = std::conditional_t<Archive::reads, T&, const T&>;

template <class T>
struct rule {
  static void write(packer& to, const T& value) { fields(to, value); }
  static void read(unpacker& from, T& value) { fields(from, value); }
};

template <class Number>
requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>) struct rule<Number> {
  static void write(packer& to, Number value) { to.number(value); }
  static void read(unpacker& from, Number& value) { from.number(value); }
};

template <>
struct rule<bool> {
  static void write(packer& to, bool value) { to.number(static_cast<std::uint8_t>(value)); }
  static void read(unpacker& from, bool& value) {
    std::uint8_t byte = 0;
    from.number(byte);
    if (byte > 1) from.refuse();
    value = byte == 1;
  }
};

template <>
struct rule<std::string> {
  static void write(packer& to, const std::string& value) { to.text(value); }
  static void read(unpacker& from, std::string& value) { value = from.piece(); }
};

template <class Tag>
struct rule<strong_id<Tag>> {
  static void write(packer& to, strong_id<Tag> value) { to.number(value.value); }
  static void read(unpacker& from, strong_id<Tag>& value) { from.number(value.value); }
};

template <>
struct rule<std::chrono::milliseconds> {
  static void write(packer& to, std::chrono::milliseconds value) {
    to.number(static_cast<std::int64_t>(value.count()));
  }
  static void read(unpacker& from, std::chrono::milliseconds& value) {
    std::int64_t count = 0;
    from.number(count);
    value = std::chrono::milliseconds(count);
  }
};

/// The values that an enum has: `first` to `last`.
template <class Enum>
struct values_of;

template <class Enum>
requires std::is_enum_v<Enum>
struct rule<Enum> {
  using number = std::underlying_type_t<Enum>;
  static void write(packer& to, Enum value) { to.number(static_cast<number>(value)); }
  static void read(unpacker& from, Enum& value) {
    number read = 0;
    from.number(read);
    if (read < static_cast<number>(values_of<Enum>::first) ||
        read > static_cast<number>(values_of<Enum>::last))
      return from.refuse();
    value = static_cast<Enum>(read);
  }
};

template <class T>
struct rule<std::optional<T>> {
  static void write(packer& to, const std::optional<T>& value) {
    to(value.has_value());
    if (value) to(*value);
  }
  static void read(unpacker& from, std::optional<T>& value) {
    bool there = false;
    from(there);
    value.reset();
    if (there && from.ok()) from(value.emplace());
  }
};

template <class T>
struct rule<std::vector<T>> {
  static void write(packer& to, const std::vector<T>& values) {
    to.number(static_cast<std::uint32_t>(values.size()));
    for (const auto& each : values) to(each);
  }
  static void read(unpacker& from, std::vector<T>& values) {
    values.clear();
    // Nothing is reserved: room is made for what is really there.
    for (auto left = from.count(); left > 0 && from.ok(); --left) from(values.emplace_back());
  }
};

template <class First, class Second>
struct rule<std::pair<First, Second>> {
  static void write(packer& to, const std::pair<First, Second>& value) { to(value.first, value.second); }
  static void read(unpacker& from, std::pair<First, Second>& value) { from(value.first, value.second); }
};

/// What is shared within a node is copied to another one.
template <class T>
struct rule<std::shared_ptr<const T>> {
  static void write(packer& to, const std::shared_ptr<const T>& value) {
    static const T nothing{};
    to(value ? *value : nothing);
  }
  static void read(unpacker& from, std::shared_ptr<const T>& value) {
    auto made = std::make_shared<T>();
    from(*made);
    value = std::move(made);
  }
};

template <class... Ts>
struct rule<std::variant<Ts...>> {
  static_assert(sizeof...(Ts) <= std::numeric_limits<std::uint8_t>::max());
  static void write(packer& to, const std::variant<Ts...>& value) {
    to.number(static_cast<std::uint8_t>(value.index()));
    std::visit([&](const auto& each) { to(each); }, value);
  }
  static void read(unpacker& from, std::variant<Ts...>& value) {
    std::uint8_t index = 0;
    from.number(index);
    if (index >= sizeof...(Ts)) return from.refuse();
    read_alternative(from, value, index, std::index_sequence_for<Ts...>{});
  }

private:
  template <std::size_t... Index>
  static void read_alternative(unpacker& from, std::variant<Ts...>& value, std::size_t wanted,
                               std::index_sequence<Index...> /*all*/) {
    ((wanted == Index ? from(value.template emplace<Index>()) : void()), ...);
  }
};

template <class T>
struct rule<outcome<T>> {
  static void write(packer& to, const outcome<T>& value) {
    to(value.has_value());
    if (value.has_value())
      to(value.value());
    else
      to(value.error());
  }
  static void read(unpacker& from, outcome<T>& value) {
    bool good = false;
    from(good);
    T made{};
    failure why;
    if (good)
      from(made);
    else
      from(why);
    if (good)
      value = std::move(made);
    else
      value = std::move(why);
  }
};

}  // namespace parley::link_bytes
