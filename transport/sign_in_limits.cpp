#include "transport/sign_in_limits.hpp"

#include <arpa/inet.h>
#include <locale.h>
#include <netinet/in.h>
#include <wctype.h>

#include <array>
#include <cstring>

namespace parley {

namespace {

constexpr std::size_t name_bytes_max = 256;

/// The code point at the beginning of valid UTF-8, taken off it.
wint_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  auto point = static_cast<wint_t>(size == 1 ? first : first & (0x7FU >> size));
  for (std::size_t i = 1; i < size && i < text.size(); ++i) point = (point << 6U) | (byte(i) & 0x3FU);
  text.remove_prefix(std::min(size, text.size()));
  return point;
}

}  // namespace

std::string counted_address(const std::string& address) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &bytes) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) return ::inet_ntop(AF_INET, &bytes.s6_addr[12], text.data(), text.size());
  std::memset(&bytes.s6_addr[8], 0, 8);
  return std::string{::inet_ntop(AF_INET6, &bytes, text.data(), text.size())} + "/64";
}

std::string counted_name(std::string_view name) {
  // Nobody is called more than 64 characters; what is longer must not fill the memory.
  name = name.substr(0, name_bytes_max);
  // Coarser than the database's lower(), whatever its locale: two names that share a budget lose nothing
  // else, two budgets for one account would double what a guesser has.
  static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string folded;
  while (!name.empty()) {
    auto point = take_code_point(name);
    if (unicode != nullptr) point = ::towlower_l(::towupper_l(point, unicode), unicode);
    folded.append(reinterpret_cast<const char*>(&point), sizeof point);
  }
  return folded;
}

std::variant<sign_in_limits::attempt, sign_in_limits::wait> sign_in_limits::begin(std::string_view name,
                                                                                  const std::string& address,
                                                                                  time_point now) {
  attempt started;
  if (per_minute_ == 0) return started;
  if (const auto delay = addresses_.take(address, now)) return wait{wait::limit::of_address, *delay};
  started.name_ = counted_name(name);
  started.pair_ = started.name_ + counted_address(address);
  const std::scoped_lock lock{mutex_};
  const auto* known = pairs_.find(started.pair_);
  const auto stands = known == nullptr ? standing::unknown : *known;
  if (stands == standing::welcome) return started;
  const token_bucket full{per_minute_ / 60.0, static_cast<double>(per_minute_)};
  auto& left = names_.find_or_add(started.name_, {full, full});
  const bool has_failed = stands == standing::failed;
  if (const auto delay = (has_failed ? left.of_failed : left.of_unknown).take(now))
    return wait{wait::limit::of_name, *delay};
  started.used_ = has_failed ? attempt::budget::of_failed : attempt::budget::of_unknown;
  return started;
}

void sign_in_limits::end(const attempt& done, verdict what) {
  if (per_minute_ == 0) return;
  const std::scoped_lock lock{mutex_};
  if (what == verdict::right) pairs_.find_or_add(done.pair_, standing::welcome) = standing::welcome;
  if (what == verdict::wrong) pairs_.find_or_add(done.pair_, standing::failed);
  if (what == verdict::wrong || done.used_ == attempt::budget::none) return;
  if (auto* left = names_.find(done.name_))
    (done.used_ == attempt::budget::of_failed ? left->of_failed : left->of_unknown).give_back();
}

}  // namespace parley
