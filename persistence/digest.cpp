#include "persistence/digest.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace parley {

namespace {

class hasher {
public:
  hasher() { crypto_generichash_init(&state_, nullptr, 0, 16); }
  void number(std::int64_t value) {
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(value) >> (8 * i));
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
  }
  void text(const std::string& value) {
    number(static_cast<std::int64_t>(value.size()));
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(value.data()), value.size());
  }
  std::string finish() {
    std::array<unsigned char, 16> hash{};
    crypto_generichash_final(&state_, hash.data(), hash.size());
    std::array<char, 33> hex{};
    sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
    return std::string(hex.data(), 32);
  }

private:
  crypto_generichash_state state_{};
};

}  // namespace

std::string digest_of(const entry_draft& draft) {
  hasher hash;
  hash.number(static_cast<std::int64_t>(draft.kind));
  hash.number(draft.target);
  hash.number(draft.user.value);
  hash.number(static_cast<std::int64_t>(draft.role));
  hash.text(draft.text);
  hash.number(draft.name ? 1 : 0);
  if (draft.name) hash.text(*draft.name);
  auto members = draft.members;
  std::ranges::sort(members);
  for (const auto member : members) hash.number(member.value);
  return hash.finish();
}

}  // namespace parley
