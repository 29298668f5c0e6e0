#pragma once

#include <functional>
#include <string>

#include "tools/parley/view/log_entry.hpp"

namespace parley::view {

/// Whether to colour.
enum class colouring { off, on };

/// Answers the name of a user by id.
using name_lookup = std::function<std::string(const std::string& id)>;

/// What happened, in words without the sender: `hello`, `made the group Friends with bob`. Safe to print.
std::string words_for(const log_entry& entry, const name_lookup& names);

/// A line for a person: local time, sender, text. Further lines of the text are indented below it.
std::string screen_lines(const log_entry& entry, const name_lookup& names, colouring colours);

/// A line for a program that reads lines: `TIME<tab>SENDER<tab>TEXT`, the text's line ends as `\n`.
std::string plain_line(const log_entry& entry, const name_lookup& names);

/// The entry as it came, with `sender_name`.
client::json::object json_entry(const client::json::object& entry, const name_lookup& names);
client::json::object json_entry(const log_entry& entry, const name_lookup& names);

/// `21:04` of today, `24 Nov 21:04` of another day, in the local time of `TZ`, for an RFC 3339 time.
std::string local_time(const std::string& at);

}  // namespace parley::view
