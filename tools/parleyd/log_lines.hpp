#pragma once

#include <spdlog/formatter.h>

#include <cstdint>
#include <memory>
#include <string>

#include "actors/contract/values/log_event.hpp"
#include "config/settings.hpp"

namespace parley {

enum class log_format : std::uint8_t { text, json };

/// One line of the log without its time and level. As text: `name: what happened field=value`; as JSON the
/// members `"event":…,"message":…` and one for each field. Whatever stands in it, it stays one line of UTF-8.
std::string rendered(const log_event& event, log_format format);

/// Puts time (UTC) and level before what `rendered` made, and makes such a line of whatever else is logged:
/// as JSON it has the event "note". Events are those of the logger called `events_logger`.
std::unique_ptr<spdlog::formatter> line_formatter(log_format format);
inline constexpr const char* events_logger = "event";

/// Sends the process's log to stderr. Of each event at most `lines_a_second` a second are written, after
/// `lines_at_once`: who makes the node complain does not fill its disk. What is left out is counted in the
/// field `suppressed` of the next line of that event.
void set_up_log(const log_settings& wanted);
inline constexpr double lines_a_second = 10;
inline constexpr double lines_at_once = 100;

/// Says on stderr why the process ends: a line of the log when that is JSON, else `parleyd: why`.
void tell_failure(const std::string& why);

}  // namespace parley
