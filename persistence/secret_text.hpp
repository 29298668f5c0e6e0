#pragma once

#include <sodium.h>

#include <string>
#include <string_view>

namespace parley {

/// A password on its way to the hash: takes it over, and overwrites it when it goes.
class secret_text {
public:
  /// What was in `text` is overwritten, too: a short one lives within the string itself.
  explicit secret_text(std::string&& text) : text_(text) { wipe(text); }
  ~secret_text() { wipe(text_); }
  secret_text(const secret_text&) = delete;
  secret_text& operator=(const secret_text&) = delete;

  [[nodiscard]] std::string_view view() const { return text_; }

private:
  static void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
    text.clear();
  }
  std::string text_;
};

}  // namespace parley
