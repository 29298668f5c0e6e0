#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::top {

/// `12,345`; from ten millions on `12.3 M`.
std::string count_text(std::uint64_t number);
/// A rate for people: `0`, `0.4`, `12.5`, `1,204`; a dash when nothing is known.
std::string rate_text(const std::optional<double>& rate);
/// A number of microseconds: `12 us`, `1.5 ms`, `2.1 s`.
std::string time_text(double microseconds);
/// A part of one thread: `3.2 %`; a dash when nothing is known.
std::string share_text(const std::optional<double>& share);
/// A number of bytes: `900 B`, `14 kB`, `6.1 MB`.
std::string bytes_text(std::uint64_t bytes);
/// The last `columns` of these numbers as bars, scaled to the highest of them.
std::string trend_text(const std::vector<double>& numbers, int columns);

/// Cut to so many columns of a terminal, with an ellipsis when something is missing.
std::string cut_to(const std::string& text, int columns);
/// That, and filled up with spaces before or after.
std::string left_in(const std::string& text, int columns);
std::string right_in(const std::string& text, int columns);

/// For a terminal that shows no more: the signs used here become similar ones, others a question mark.
std::string as_ascii(std::string_view text);

}  // namespace parley::top
