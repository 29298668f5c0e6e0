#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "actors/contract/values/token_bucket.hpp"
#include "transport/address_limits.hpp"
#include "transport/recent_map.hpp"

namespace parley {

/// A name as sign-ins count it: names that an account could not tell apart are one.
std::string counted_name(std::string_view name);

/// How often somebody may try to sign in: `per_minute` from one address, whatever the names, and wrong
/// passwords for one name, whatever the addresses.
///
/// A limit by name alone would let anybody lock anybody out. So it never meets an address from which the
/// name has signed in before, and addresses that failed with a name share a budget of their own: who guesses
/// one name from many addresses uses up theirs, not that of the owner at a new place. Nothing lasts longer
/// than the guessing: the budgets fill again at the same rate.
class sign_in_limits {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// An attempt under way; given back with what became of it.
  class attempt {
    friend class sign_in_limits;
    enum class budget : std::uint8_t { none, of_unknown, of_failed };
    std::string name_;
    std::string pair_;
    budget used_ = budget::none;
  };
  /// Why not now, and for how long.
  struct wait {
    enum class limit : std::uint8_t { of_address, of_name } of;
    std::chrono::milliseconds retry_after{0};
  };
  enum class verdict : std::uint8_t {
    right,
    wrong,
    none,  // nobody looked at the password
  };

  explicit sign_in_limits(std::uint32_t per_minute, std::size_t names_max = 50'000)
      : per_minute_(per_minute), addresses_(per_minute), names_(names_max), pairs_(2 * names_max) {}

  /// Any thread.
  std::variant<attempt, wait> begin(std::string_view name, const std::string& address, time_point now);
  /// Any thread; `none` and `right` cost the name nothing.
  void end(const attempt& done, verdict what);

private:
  enum class standing : std::uint8_t { unknown, failed, welcome };
  struct budgets {
    token_bucket of_unknown;
    token_bucket of_failed;
  };

  const std::uint32_t per_minute_;
  address_limits addresses_;
  std::mutex mutex_;
  recent_map<budgets> names_;
  recent_map<standing> pairs_;  // a name and an address
};

}  // namespace parley
