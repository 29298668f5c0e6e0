#include "tools/parleyd/log_lines.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "actors/contract/values/token_bucket.hpp"
#include "transport/protocol/json_writer.hpp"

namespace parley {

namespace {

/// Without what would end the line, move a terminal's cursor, or be no UTF-8.
std::string harmless(std::string_view text) {
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  std::string clean;
  clean.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      // A message of several lines becomes one.
      if (!clean.empty() && clean.back() != ' ') clean += ' ';
    } else {
      clean += byte >= 0x80 && !is_utf8 ? '?' : c;
    }
  }
  while (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    default:
      return "error";
  }
}

spdlog::level::level_enum level_of(severity level) {
  switch (level) {
    case severity::debug:
      return spdlog::level::debug;
    case severity::info:
      return spdlog::level::info;
    case severity::warning:
      return spdlog::level::warn;
    case severity::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class one_line : public spdlog::formatter {
public:
  explicit one_line(log_format format) : format_(format) {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& to) override {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(line.time.time_since_epoch()).count();
    const auto second = fmt::gmtime(static_cast<std::time_t>(ms / 1'000));
    std::string content{line.payload.data(), line.payload.size()};
    const std::string_view logger{line.logger_name.data(), line.logger_name.size()};
    if (logger != events_logger)
      content =
          format_ == log_format::json ? rendered({{}, "note", content, {}}, format_) : harmless(content);
    auto out = fmt::appender(to);
    if (format_ == log_format::json) {
      fmt::format_to(out,
                     R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}",{}}})"
                     "\n",
                     second, ms % 1'000, name_of(line.level), content);
    } else {
      fmt::format_to(out, "{:%Y-%m-%d %H:%M:%S}.{:03}Z {:<5} {}\n", second, ms % 1'000, name_of(line.level),
                     content);
    }
  }
  [[nodiscard]] std::unique_ptr<formatter> clone() const override {
    return std::make_unique<one_line>(format_);
  }

private:
  log_format format_;
};

/// What the process's sink needs; there is one log, as there is one stderr.
struct process_log {
  std::shared_ptr<spdlog::logger> events;
  log_format format = log_format::text;
  std::mutex mutex;
  struct rate {
    token_bucket allowed{lines_a_second, lines_at_once};
    std::uint64_t suppressed = 0;
  };
  std::map<std::string_view, rate> rates;
};

process_log& the_log() {
  static process_log only;
  return only;
}

/// How many lines of the event were left out before this one; nothing if it is left out itself.
std::optional<std::uint64_t> suppressed_before(process_log& log, std::string_view event) {
  const std::scoped_lock lock{log.mutex};
  auto& rate = log.rates[event];
  if (rate.allowed.take(std::chrono::steady_clock::now())) {
    ++rate.suppressed;
    return std::nullopt;
  }
  return std::exchange(rate.suppressed, 0);
}

void write_event(const log_event& event) {
  auto& log = the_log();
  const auto level = level_of(event.level);
  if (!log.events->should_log(level)) return;
  const auto left_out = suppressed_before(log, event.name);
  if (!left_out) return;
  auto shown = event;
  if (*left_out > 0) shown.fields.push_back({"suppressed", std::to_string(*left_out)});
  log.events->log(level, spdlog::string_view_t{rendered(shown, log.format)});
}

}  // namespace

std::string rendered(const log_event& event, log_format format) {
  std::string line;
  if (format == log_format::json) {
    json_writer to{line};
    to.raw("\"event\":").text(event.name);
    to.raw(",\"message\":").text(harmless(event.text));
    for (const auto& field : event.fields) {
      to.raw(",").text(field.name);
      to.raw(":").text(harmless(field.value));
    }
    return line;
  }
  line = fmt::format("{}: {}", event.name, harmless(event.text));
  for (const auto& field : event.fields) {
    const auto value = harmless(field.value);
    const bool needs_quotes = value.empty() || value.find_first_of(" =\"") != std::string::npos;
    line += needs_quotes ? fmt::format(" {}=\"{}\"", field.name, value)
                         : fmt::format(" {}={}", field.name, value);
  }
  return line;
}

std::unique_ptr<spdlog::formatter> line_formatter(log_format format) {
  return std::make_unique<one_line>(format);
}

void tell_failure(const std::string& why) {
  const auto& the = the_log();
  if (the.events && the.format == log_format::json) return log(severity::error, "failed", why);
  fmt::print(stderr, "parleyd: {}\n", why);
}

void set_up_log(const log_settings& wanted) {
  auto& log = the_log();
  log.format = wanted.format == "json" ? log_format::json : log_format::text;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(line_formatter(log.format));
  const auto level = spdlog::level::from_str(wanted.level);
  log.events = std::make_shared<spdlog::logger>(events_logger, sink);
  log.events->set_level(level);
  auto others = std::make_shared<spdlog::logger>("parleyd", sink);
  others->set_level(level);
  spdlog::set_default_logger(std::move(others));
  log_lines_go_to.store(&write_event);
}

}  // namespace parley
