#include "tools/parley/topology/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/system/error_code.hpp>
#include <cmath>
#include <limits>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/recorded_lines.hpp"
#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/state_at.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

namespace {

outcome<json::value> parsed(const std::string& text, const std::string& file) {
  boost::json::parser in;
  boost::system::error_code failed;
  const auto read = in.write_some({text.data(), text.size()}, failed);
  if (!failed && text.find_first_not_of(" \t\r\n", read) != std::string::npos)
    return problem{
        trouble::failed,
        fmt::format("{}: more follows after the snapshot at byte {}; is it jsonl? json is read", file, read)};
  if (failed)
    return problem{trouble::failed, fmt::format("{} is no snapshot in JSON and no recording: at byte {}: {}",
                                                file, read, failed.message())};
  return in.release();
}

outcome<snapshot> snapshot_in_recording(const std::string& file, const std::string& at) {
  auto reader = recording_reader::open(file);
  if (reader.has_error()) return reader.error();
  auto moment = std::numeric_limits<std::int64_t>::max();
  if (!at.empty()) {
    const auto span = span_of(file);
    if (span.has_error()) return span.error();
    const auto wanted = moment_in_recording(at, span->first, span->second);
    if (wanted.has_error()) return wanted.error();
    moment = *wanted;
  }
  if (auto done = reader->seek(moment); done.has_error()) return done.error();
  state_at state;
  auto last = std::int64_t{0};
  for (;;) {
    auto next = reader->next();
    if (next.has_error()) return next.error();
    if (!*next || (*next)->at > moment) break;
    const auto lines = lines_of(**next);
    if (lines.has_error())
      return problem{trouble::failed, fmt::format("{}: {}", file, lines.error().message)};
    for (const auto& each : *lines) {
      // Nodes' clocks differ: a line later in the file may be of an earlier moment.
      if (each.at > moment && !state.is_empty()) continue;
      if (auto taken = state.take(each.object); taken.has_error()) return taken.error();
      last = std::max(last, each.at);
    }
  }
  if (!reader->torn_end().empty()) commands::say(reader->torn_end());
  return state.at(at.empty() ? last : moment);
}

}  // namespace

outcome<snapshot> snapshot_in(const std::string& file, const std::string& at) {
  if (file != "-" && is_recording(file)) return snapshot_in_recording(file, at);
  if (!at.empty())
    return problem{trouble::usage,
                   fmt::format("--at is for recordings, and {} is none: it has one moment only", file)};
  const auto text = whole_file(file == "-" ? "/dev/stdin" : file);
  if (text.has_error()) return text.error();
  const auto value = parsed(*text, file);
  if (value.has_error()) return value.error();
  auto taken = read_snapshot(*value);
  if (taken.has_error()) return problem{trouble::failed, fmt::format("{}: {}", file, taken.error().message)};
  return taken;
}

outcome<std::pair<std::int64_t, std::int64_t>> span_of(const std::string& file) {
  auto reader = recording_reader::open(file);
  if (reader.has_error()) return reader.error();
  std::optional<std::int64_t> first;
  std::int64_t last = 0;
  for (;;) {
    auto next = reader->next();
    if (next.has_error()) return next.error();
    if (!*next) break;
    if (!first) first = (*next)->at;
    last = std::max(last, (*next)->at);
    // The last line of a frame is later than its first.
    const auto lines = lines_of(**next);
    if (lines.has_error())
      return problem{trouble::failed, fmt::format("{}: {}", file, lines.error().message)};
    for (const auto& each : *lines) last = std::max(last, each.at);
  }
  if (!first) return problem{trouble::failed, fmt::format("{} holds no snapshot yet", file)};
  return std::pair{*first, last};
}

outcome<std::int64_t> moment_in_recording(std::string_view at, std::int64_t first, std::int64_t last) {
  const auto is_relative = !at.empty() && (at.front() == '+' || at.front() == '-') && at.back() == 's';
  auto moment = moment_of(at);
  if (is_relative) {
    const std::string digits{at.substr(1, at.size() - 2)};
    if (!digits.empty() && digits.size() < 12 &&
        digits.find_first_not_of("0123456789.") == std::string::npos &&
        std::count(digits.begin(), digits.end(), '.') < 2 && digits != ".") {
      const auto ms = std::llround(std::stod(digits) * 1'000);
      moment = at.front() == '+' ? first + ms : last - ms;
    }
  }
  if (!moment)
    return problem{
        trouble::usage,
        fmt::format("--at '{}' is no time: write {}, +30s after the beginning or -30s before the end", at,
                    moment_text(first))};
  if (*moment < first || *moment > last)
    return problem{trouble::usage, fmt::format("--at {} is outside of the recording, which is from {} to {}",
                                               at, moment_text(first), moment_text(last))};
  return *moment;
}

}  // namespace parley::topology
