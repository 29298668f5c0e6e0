#include "actors/inspection/message_types.hpp"

#include <cxxabi.h>

#include <array>
#include <atomic>
#include <caf/type_nr.hpp>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>

namespace parley {

namespace {

/// What names a type: the address of its `type_info`, or CAF's number, which no address is equal to.
using type_key = std::uintptr_t;

struct known_types {
  static constexpr std::size_t slot_count = message_types_max * 2;
  struct slot {
    std::atomic<type_key> key{0};
    std::atomic<message_type> number{0};
  };
  std::array<slot, slot_count> slots;
  std::mutex mutex;
  // By number, none ever moved; 0 is nobody's, and 1 is for those that found no place.
  std::deque<std::string> names{"", "other types"};
};

known_types& all_types() {
  static known_types all;
  return all;
}

std::string name_of_ours(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain{
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free};
  std::string name = status == 0 ? plain.get() : type.name();
  constexpr std::string_view house = "parley::";
  for (auto at = name.find(house); at != std::string::npos; at = name.find(house, at))
    name.erase(at, house.size());
  return name;
}

template <class Name>
message_type number_of(type_key key, Name name) {
  auto& all = all_types();
  const auto first = (key >> 4U) * 0x9e3779b97f4a7c15ULL >> 54U;
  for (std::size_t i = 0; i < known_types::slot_count; ++i) {
    auto& slot = all.slots[(first + i) % known_types::slot_count];
    const auto held = slot.key.load(std::memory_order_acquire);
    if (held == key) return slot.number.load(std::memory_order_relaxed);
    if (held != 0) continue;
    {
      const std::scoped_lock lock{all.mutex};
      if (slot.key.load(std::memory_order_relaxed) == 0) {
        if (all.names.size() >= message_types_max) return other_message_types;
        all.names.push_back(name());
        const auto number = static_cast<message_type>(all.names.size() - 1);
        slot.number.store(number, std::memory_order_relaxed);
        slot.key.store(key, std::memory_order_release);
        return number;
      }
    }
    // Somebody was faster, with this type or with another: look at the same place again.
    if (slot.key.load(std::memory_order_acquire) == key) return slot.number.load(std::memory_order_relaxed);
  }
  return other_message_types;
}

}  // namespace

message_type message_type_of(const std::type_info& type) {
  return number_of(reinterpret_cast<type_key>(&type), [&] { return name_of_ours(type); });
}

message_type message_type_of_caf(std::uint16_t number) {
  return number_of(type_key{number} * 16 + 1, [&]() -> std::string {
    if (number == 0) return "empty";
    return number < caf::type_nrs ? caf::numbered_type_names[number - 1] : "caf " + std::to_string(number);
  });
}

message_type message_type_called(const char* name) {
  // Texts lie side by side; odd, as CAF's numbers are, and above them.
  return number_of(reinterpret_cast<type_key>(name) * 32 + 1, [&]() -> std::string { return name; });
}

std::string message_type_name(message_type type) { return std::string(message_type_text(type)); }

std::string_view message_type_text(message_type type) {
  auto& all = all_types();
  const std::scoped_lock lock{all.mutex};
  return type < all.names.size() ? all.names[type] : all.names[other_message_types];
}

}  // namespace parley
