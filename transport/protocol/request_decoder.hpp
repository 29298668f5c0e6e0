#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/request.hpp"

namespace parley {

/// The frame cannot be answered: no JSON object, or no usable id. The connection ends with 4400.
struct not_the_protocol {
  const char* reason;
};

using decoded_frame = std::variant<client_request, not_the_protocol>;

/// Reads client frames of `parley.v1`. Everything that has a usable id comes back as a request; what is
/// wrong with it stands in `defect`, since membership is checked before content and `identify` before
/// both. Holds the parser's memory: one per I/O thread.
class request_decoder {
public:
  explicit request_decoder(const limits& rules);
  ~request_decoder();

  /// `ordinal` and `bytes` of the result are the caller's to fill.
  decoded_frame decode(std::string_view text);

private:
  struct parser;
  limits rules_;
  std::unique_ptr<parser> parser_;
};

}  // namespace parley
