#pragma once

#include <optional>

namespace parley::top {

/// The signals that a terminal sends to whom it belongs, as something that can be read: INT, TERM, HUP, QUIT,
/// TSTP and WINCH. Make it before any thread, since it blocks them in all that follow.
class signals {
public:
  signals();
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  [[nodiscard]] int readable() const { return descriptor_; }
  /// The next one that came; nothing when there is none.
  std::optional<int> next() const;
  /// Ends this process as the signal would have.
  [[noreturn]] static void die_of(int signal);

private:
  int descriptor_;
};

}  // namespace parley::top
