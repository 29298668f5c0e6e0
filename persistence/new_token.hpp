#pragma once

#include <sodium.h>

#include <array>
#include <string>

namespace parley {

/// 256 random bits, as text that can stand in an HTTP header.
inline std::string new_token() {
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 48> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

}  // namespace parley
