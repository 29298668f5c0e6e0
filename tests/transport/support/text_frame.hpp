#pragma once

#include <memory>
#include <string>
#include <utility>

#include "actors/contract/values/ports/encoder.hpp"

namespace parley::testing {

/// A text frame behind its header, as the relay and the sessions make them.
inline frame text_frame(std::string payload) {
  std::string bytes{static_cast<char>(0x81)};
  const auto size = payload.size();
  if (size < 126) {
    bytes += static_cast<char>(size);
  } else {
    const std::size_t digits = size < 65'536 ? 2 : 8;
    bytes += static_cast<char>(digits == 2 ? 126 : 127);
    for (std::size_t i = 0; i < digits; ++i)
      bytes += static_cast<char>((size >> (8 * (digits - 1 - i))) & 0xFFU);
  }
  const auto header = bytes.size();
  bytes += payload;
  return std::make_shared<const encoded_frame>(encoded_frame{std::move(bytes), header});
}

}  // namespace parley::testing
