#include "tools/parley/topology/moment.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace parley::topology {

namespace {

namespace time = std::chrono;

/// Takes parts off the front of a text; once something is missing, all that follows is.
class parts {
public:
  explicit parts(std::string_view text) : text_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (text_.size() < count) return fail();
    const auto [end, failed] = std::from_chars(text_.data(), text_.data() + count, value);
    if (failed != std::errc{} || end != text_.data() + count || text_.front() == '-') return fail();
    text_.remove_prefix(count);
    return value;
  }
  char one_of(std::string_view these) {
    if (text_.empty() || these.find(text_.front()) == std::string_view::npos)
      return static_cast<char>(fail());
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }
  /// Of a fraction of a second, after its point.
  int milliseconds() {
    if (text_.empty() || text_.front() != '.') return 0;
    text_.remove_prefix(1);
    int value = 0;
    std::size_t count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++count)
      if (count < 3) value = value * 10 + (text_.front() - '0');
    if (count == 0) return fail();
    for (; count < 3; ++count) value *= 10;
    return value;
  }
  [[nodiscard]] bool are_over() const { return !failed_ && text_.empty(); }

private:
  int fail() {
    failed_ = true;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

std::optional<std::int64_t> moment_of(std::string_view text) {
  parts in{text};
  const auto year = in.digits(4);
  in.one_of("-");
  const auto month = static_cast<unsigned>(in.digits(2));
  in.one_of("-");
  const auto day = static_cast<unsigned>(in.digits(2));
  in.one_of("Tt ");
  const auto hour = in.digits(2);
  in.one_of(":");
  const auto minute = in.digits(2);
  in.one_of(":");
  const auto second = in.digits(2);
  const auto fraction = in.milliseconds();
  const auto zone = in.one_of("Zz+-");
  int offset = 0;
  if (zone == '+' || zone == '-') {
    offset = in.digits(2) * 60;
    in.one_of(":");
    offset += in.digits(2);
    if (zone == '-') offset = -offset;
  }
  const time::year_month_day date{time::year{year}, time::month{month}, time::day{day}};
  if (!in.are_over() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto moment = time::sys_days{date} + time::hours{hour} + time::minutes{minute - offset} +
                      time::seconds{second} + time::milliseconds{fraction};
  return time::duration_cast<time::milliseconds>(moment.time_since_epoch()).count();
}

std::string moment_text(std::int64_t ms) {
  const time::sys_time<time::milliseconds> moment{time::milliseconds{ms}};
  const auto day = time::floor<time::days>(moment);
  const time::year_month_day date{day};
  const auto in_day = (moment - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1'000 % 60, in_day % 1'000);
}

std::int64_t moment_now() {
  return time::duration_cast<time::milliseconds>(time::system_clock::now().time_since_epoch()).count();
}

}  // namespace parley::topology
