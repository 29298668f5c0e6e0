#pragma once

#include <sodium.h>

#include <array>
#include <string>
#include <string_view>

namespace parley {

/// How a token is kept: its BLAKE2b-256 hash, as the text of a PostgreSQL bytea. Tokens are random, so
/// no salt is needed.
inline std::string token_hash(std::string_view token) {
  std::array<unsigned char, 32> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), nullptr, 0);
  std::array<char, 65> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return std::string("\\x") + hex.data();
}

}  // namespace parley
